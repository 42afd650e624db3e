"""What must hold in every state of the simulated terminal, as functions that return what is wrong."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from typing import Any

from console.simulator.log import ChangeLog
from console.simulator.world import World
from storage.figures.box_class import is_dangerous
from storage.figures.departure_checks import wagons_apart
from storage.figures.policy import DEFAULT
from storage.models import FEEDS

PHASES = ["created", "inbound", "arrived", "working", "complete", "departed", "closed"]
ENDED = ("departed", "closed")


def rows(log: ChangeLog, feed: str) -> list[Any]:
    return list(log.records[feed].values())


def missing_references(log: ChangeLog) -> Iterator[str]:
    """Every id that a record refers to is the id of a record."""
    for feed, model in FEEDS.items():
        for name, field in model.model_fields.items():
            extra = field.json_schema_extra
            target = extra.get("refers_to") if isinstance(extra, dict) else None
            if isinstance(target, str):
                for row in rows(log, feed):
                    value = getattr(row, name)
                    if value is not None and value not in log.records[target]:
                        yield f"{feed} {row.id}: {name} {value} is not in {target}"


def misplaced_boxes(log: ChangeLog) -> Iterator[str]:
    """A box is in one place: in a stack, on a wagon, on a truck, under a crane, away; its fields say the same."""
    for box in rows(log, "containers"):
        stacked = box.block_id is not None
        slot = stacked and log.records["blocks"][box.block_id].kind != "heap"  # type: ignore[attr-defined]
        if stacked != (box.place == "yard") or slot != all((box.bay, box.row, box.tier)):
            yield f"{box.id} at {box.place} has block {box.block_id}"
        if box.place == "wagon" and (box.wagon_id is None or box.vehicle is not None):
            yield f"{box.id} stands on no wagon"
        if stacked and (box.wagon_id is not None or box.vehicle is not None):
            yield f"{box.id} is in the yard and on a vehicle"
        if (box.departed_at is not None) != (box.state == "departed") or (box.place == "gone") != (
            box.state == "departed"
        ):
            yield f"{box.id} is {box.state}, {box.place}, departed at {box.departed_at}"
        if box.state in ("yard", "loaded") and box.received_at is None:
            yield f"{box.id} is {box.state} and was never received"


def unsound_stacks(log: ChangeLog) -> Iterator[str]:
    """One box a slot, nothing floats, 20 foot in odd bays, 40 foot across two, all within the block."""
    taken: dict[tuple[str, int, int, int], Any] = {}
    for box in rows(log, "containers"):
        if box.block_id is None or box.bay is None:
            continue
        block = log.records["blocks"][box.block_id]
        forty = box.size_type[0] != "2"
        if forty == bool(box.bay % 2):
            yield f"{box.id} of type {box.size_type} stands in bay {box.bay}"
        for bay in (box.bay - 1, box.bay + 1) if forty else (box.bay,):
            slot = (box.block_id, bay, box.row, box.tier)
            if slot in taken:
                yield f"{box.id} and {taken[slot].id} share {slot}"
            taken[slot] = box
            limits = (2 * block.bays - 1, block.rows, block.tiers)  # type: ignore[attr-defined]
            if any(value > limit for value, limit in zip(slot[1:], limits, strict=True)):
                yield f"{box.id} stands outside of {box.block_id}: {slot}"
    for (block_id, bay, row, tier), box in taken.items():
        if tier > 1 and (block_id, bay, row, tier - 1) not in taken:
            yield f"{box.id} floats"
        below = taken.get((block_id, bay, row, tier - 1))
        if below is not None and below.size_type[0] != "2" and box.size_type[0] == "2":
            yield f"{box.id}, 20 foot, stands on {below.id}, 40 foot"


def uncooled_reefers(log: ChangeLog) -> Iterator[str]:
    """A block has no more reefers at plugs than plugs, none without one while one is free, and none is a stove."""
    for block in rows(log, "blocks"):
        reefers = [box for box in rows(log, "containers") if box.block_id == block.id and box.setpoint_c is not None]
        plugged = sum(box.plugged for box in reefers)
        if plugged != min(len(reefers), block.plugs or 0):
            yield f"{block.id} has {plugged} of {len(reefers)} reefers at {block.plugs} plugs"
        yield from (f"{box.id} at {box.reading_c} degrees" for box in reefers if not -30 < (box.reading_c or 0) < 30)


def loaded_too_soon(log: ChangeLog) -> Iterator[str]:
    """A loaded box was received and released, without a hold, with documents and verified mass."""
    for box in rows(log, "containers"):
        if box.state == "loaded" or (box.state == "departed" and box.train_id is not None):
            complete = box.documents_complete and (box.vgm_kg is not None or not box.full)
            if box.customs != "released" or box.holds or not complete or box.received_at is None:
                yield f"{box.id} on {box.train_id}: customs {box.customs}, holds {box.holds}"


def overloaded_wagons(log: ChangeLog) -> Iterator[str]:
    """Boxes on one wagon stand in different slots and are not heavier than it may carry."""
    on_wagon: dict[str, list[Any]] = defaultdict(list)
    for box in rows(log, "containers"):
        if box.place == "wagon":
            on_wagon[box.wagon_id].append(box)
    for wagon_id, boxes in on_wagon.items():
        wagon: Any = log.records["wagons"][wagon_id]
        slots = [box.wagon_slot + extra for box in boxes for extra in range(1 if box.size_type[0] == "2" else 2)]
        if len(slots) != len(set(slots)) or max(slots) > wagon.slots:
            yield f"{wagon_id} has slots {slots}"
        if sum(box.gross_kg for box in boxes) > wagon.max_load_kg:
            yield f"{wagon_id} is overloaded"


def dangerous_goods_too_near(log: ChangeLog) -> Iterator[str]:
    """On a train that is loaded here, dangerous goods have the wagons between them that its check asks for."""
    on_train: dict[str, list[Any]] = defaultdict(list)
    for box in rows(log, "containers"):
        if box.state in ("loaded", "departed") and box.wagon_id is not None and is_dangerous(box):
            on_train[box.train_id].append(box)
    for train_id, boxes in on_train.items():
        for one, other in combinations(boxes, 2):
            here, there = (log.records["wagons"].get(box.wagon_id) for box in (one, other))
            if here is not None and there is not None:
                needed = wagons_apart(one.imdg_class, other.imdg_class, DEFAULT)
                if abs(here.position - there.position) < needed:  # type: ignore[attr-defined]  # wagons
                    yield f"{one.id} and {other.id} are too near on {train_id}"


def shared_tracks(log: ChangeLog) -> Iterator[str]:
    """One train stands on a track."""
    standing: dict[str, str] = {}
    for train in rows(log, "trains"):
        if train.phase in ("arrived", "working", "complete"):
            if train.track_id in standing:
                yield f"{train.id} and {standing[train.track_id]} both stand on {train.track_id}"
            standing[train.track_id] = train.id


def wrong_bookings(log: ChangeLog) -> Iterator[str]:
    """What a train says is booked is the sum of its bookings, and it is not more than it can take."""
    for train in rows(log, "trains"):
        if train.direction == "departure":
            bookings = [booking for booking in rows(log, "bookings") if booking.train_id == train.id]
            if train.booked_boxes != sum(booking.boxes for booking in bookings):
                yield f"{train.id} says {train.booked_boxes} boxes"
            if train.booked_teu > train.capacity_teu:
                yield f"{train.id} is overbooked: {train.booked_teu} TEU"


def wrong_in(world: World) -> list[str]:
    """Everything that is wrong now."""
    checks = (
        missing_references, misplaced_boxes, unsound_stacks, uncooled_reefers, loaded_too_soon, overloaded_wagons,
        dangerous_goods_too_near, shared_tracks, wrong_bookings,
    )  # fmt: skip
    return [problem for check in checks for problem in check(world.log)]
