"""A terminal of 5 000 trains and 100 000 containers with a long past, for the benchmarks of the rail dispatcher's day.

Half of the visits leave, one every sixteen minutes, and forty boxes are booked on each: most of them here and ready,
some still to come, some held, some not released.
"""

from pathlib import Path

from storage.cache import Cache
from storage.models import to_ms
from tests.bench.past import NOW, build

TRAINS, CONTAINERS, VERSIONS = 5_000, 100_000, 1_000_000
APART_MS = 8 * 60_000
"""Between two visits, milliseconds."""
HOUR_MS = 3_600_000

_OUTBOUND = f"printf('trai-%07d', 2 * (rowid % {TRAINS // 2}) + 1)"
"""The visit that a box or a cut-off belongs to: each second one leaves."""
_TENTH, _MIXED = f"rowid / {TRAINS // 2} % 10", f"(rowid / {TRAINS // 2} + rowid)"
"""Numbers that differ from box to box of one train."""
_SHAPED = (
    f"""UPDATE trains SET direction = iif(rowid % 2, 'arrival', 'departure'), number = printf('X%05d', rowid),
        phase = CASE WHEN rowid <= {TRAINS // 2} THEN 'departed' WHEN rowid < {TRAINS // 2 + 20} THEN 'working'
            ELSE 'created' END,
        planned_arrival = :now + (rowid - {TRAINS // 2}) * {APART_MS} - iif(rowid % 2, 0, 6 * {HOUR_MS}),
        planned_departure = iif(rowid % 2, NULL, :now + (rowid - {TRAINS // 2}) * {APART_MS}),
        estimated_arrival = NULL, estimated_departure = NULL, actual_departure = NULL, unknown_delay = NULL,
        actual_arrival = iif(rowid < {TRAINS // 2 + 20}, :now - {HOUR_MS}, NULL), loading_closes = NULL,
        track_id = printf('trac-%07d', rowid % 18), turned_from = NULL, voyage_id = NULL, booked_boxes = 40,
        booked_teu = 60, capacity_teu = 100, length_limit_m = 800, weight_limit_t = 3000""",
    f"""UPDATE containers SET train_id = {_OUTBOUND}, inbound_train_id = NULL, rolled = NULL, wagon_id = NULL,
        size_type = CASE {_MIXED} % 5 WHEN 0 THEN '45G1' WHEN 1 THEN '42G1' WHEN 2 THEN '45R1' ELSE '22G1' END,
        state = CASE WHEN {_TENTH} < 2 THEN 'inbound' WHEN {_TENTH} = 2 THEN 'loaded' ELSE 'yard' END,
        received_at = iif({_TENTH} < 2, NULL, :now - {HOUR_MS}), setpoint_c = iif({_MIXED} % 5 = 2, -18, NULL),
        expected_at = iif({_TENTH} = 0, :now + {HOUR_MS}, NULL), full = 1, gross_kg = 20000, vgm_kg = 20000,
        documents_complete = iif({_MIXED} % 31, 1, 0), holds = iif({_MIXED} % 23, NULL, 'damage'),
        customs = CASE {_MIXED} % 9 WHEN 0 THEN 'declared' WHEN 1 THEN 'not declared' ELSE 'released' END,
        imdg_class = iif({_MIXED} % 50, NULL, '3'), un_number = NULL,
        block_id = iif({_TENTH} < 3, NULL, printf('bloc-%07d', rowid % 90)), bay = rowid / 90 % 30 * 2 + 1,
        "row" = rowid / 2700 % 8 + 1, tier = rowid / 21600 + 1""",
    f"""UPDATE train_cutoffs SET train_id = {_OUTBOUND},
        name = CASE rowid / {TRAINS // 2} WHEN 0 THEN 'gate' WHEN 1 THEN 'reefer' WHEN 2 THEN 'documents'
            ELSE 'vgm' END""",
    f"""UPDATE train_cutoffs SET at = (SELECT planned_departure - 3 * {HOUR_MS} FROM trains
        WHERE trains.id = train_cutoffs.train_id)""",
    f"""UPDATE work_instructions SET kind = 'load', state = 'done', done_at = :now - rowid / 20 * 240000,
        train_id = printf('trai-%07d', {TRAINS // 2 - 1} + rowid % 20)""",
    "UPDATE tracks SET usable_m = 850, crane = 1",
    "UPDATE track_closures SET starts = NULL",
)


def open_railway(path: Path, versions: int = VERSIONS) -> Cache:
    """The cache at `path`, built if it is not there; at `NOW` half of the visits are over.

    `versions`: closed ones of containers.
    """
    if path.exists():
        return Cache.open(path, role="writer")
    cache = build(path, CONTAINERS, versions, skewed=False)
    with cache.write() as session:
        for statement in _SHAPED:
            session.connection().exec_driver_sql(statement, {"now": to_ms(NOW)} if ":now" in statement else {})
    return cache
