"""What cannot wait in the yard: reefers that are not cooled, dangerous goods too near to each other, empties short."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from storage.queries.acts.act import Act, Facts
from storage.queries.containers import FEEDS as BOX_FEEDS
from storage.queries.containers import ContainerRow
from storage.queries.exceptions.dangerous import CONFLICTS
from storage.queries.exceptions.empties import EMPTIES, by_type
from storage.queries.exceptions.empties import FEEDS as EMPTIES_FEEDS
from storage.queries.exceptions.reefers import unwell

__all__ = ["FEEDS", "acts"]

FEEDS = tuple(dict.fromkeys((*BOX_FEEDS, *EMPTIES_FEEDS)))


def acts(facts: Facts) -> Iterator[Act]:
    """One a block for reefers, one for all dangerous goods at the block that has most, one a size-type for empties."""
    yield from _of_reefers(facts)
    yield from _of_dangerous(facts)
    yield from _of_empties(facts)


def _of_reefers(facts: Facts) -> Iterator[Act]:
    tolerance = facts.policy.reefer_tolerance
    bad: defaultdict[str, list[tuple[str, ContainerRow]]] = defaultdict(list)
    for box in unwell(facts.session, facts.moment):
        if box.block_id is not None:
            bad[box.block_id].append((box.reefer or "", box))
    for block, boxes in bad.items():
        counted = Counter(state for state, _ in boxes)
        words = ", ".join(f"{number} {state}" for state, number in sorted(counted.items()))
        reefers = "1 reefer" if len(boxes) == 1 else f"{len(boxes)} reefers"
        words = f"{reefers} {next(iter(counted))}" if len(counted) == 1 else f"{reefers}: {words}"
        off = [
            deviation
            for _, box in boxes
            if box.reading_c is not None
            and box.setpoint_c is not None
            and abs(deviation := box.reading_c - box.setpoint_c) > tolerance
        ]
        worst = f", worst by {max(off, key=abs):+.1f} K" if off else ""
        yield Act(
            level="act", by=facts.moment.now, subject=boxes[0][1].block or block, words=(words + worst,),
            helps=(f"have {'it' if len(boxes) == 1 else 'them'} plugged in, or looked at",), short=(words,),
            kind="block", id=block,
        )  # fmt: skip


def _of_dangerous(facts: Facts) -> Iterator[Act]:
    by_block = Counter(
        (row.block_id, row.block)
        for row in CONFLICTS.page(facts.session, facts.clock, policy=facts.policy).rows
        if row.risk == "act"
    )
    if not by_block:
        return
    (block, name), pairs = by_block.most_common(1)[0]
    words = f"{pairs} {'pair' if pairs == 1 else 'pairs'} of dangerous goods too near to each other"
    others = sorted(other or "yard" for (_, other) in by_block if other != name)
    more = f", {by_block.total() - pairs} more in {', '.join(others)}" if others else ""
    yield Act(
        level="act", by=facts.moment.now, subject=name or "yard", words=(words + more,), helps=("move them apart",),
        short=(words + more,), kind="block", id=block or "",
    )  # fmt: skip


def _of_empties(facts: Facts) -> Iterator[Act]:
    for row in by_type(EMPTIES.page(facts.session, facts.clock, policy=facts.policy).rows):
        if row.short and row.booking_id is not None:
            words = f"{row.short} {'empty' if row.short == 1 else 'empties'} short, {row.wanted} wanted in 72 h"
            yield Act(
                level="watch", by=row.by, subject=row.size_type or "empties", words=(words,),
                helps=("have some brought in, or swap owners",), short=(words,), kind="booking", id=row.booking_id,
            )  # fmt: skip
