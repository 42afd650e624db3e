"""The readiness class of one box, with every reason it is not ready and whose turn it is (definition 3)."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, Protocol

from storage.figures.delay import overdue
from storage.figures.readiness import OUTSIDE, Class
from storage.models import Container
from storage.models.box_facts import HERE, ON_TRAIN, PERMITTED

OVERDUE = "overdue"
HOLD_TURNS = {"damage": "terminal", "payment": "broker", "weight": "terminal", "reefer": "terminal",
              "dangerous": "carrier", "documents": "broker", "seal": "customs"}  # fmt: skip
"""Hold code to who can lift it; of others that is unknown."""


class Received(Protocol):
    """What says of a box, or of a row about one, whether it is received."""

    @property
    def received_at(self) -> datetime | None:
        """When it was."""

    @property
    def state(self) -> str | None:
        """What became of it."""


class Reason(NamedTuple):
    """One thing that keeps a box from leaving; `turn` is who must act, None when unknown."""

    of_class: Class
    words: str
    turn: str | None


class BoxClass(NamedTuple):
    """A box's class, and all its reasons, the deciding ones first; none when it is loaded or ready.

    `on_train`: it stands on the train; with a reason it must come off. `cutoff`: its own gate cut-off.
    """

    name: Class
    reasons: tuple[Reason, ...]
    on_train: bool
    cutoff: datetime | None


def judge_box(box: Container, cutoffs: Mapping[str, datetime | None], now: datetime) -> BoxClass:
    """The class of `box` on a train with these cut-offs (name to time)."""
    cutoff = own_cutoff(box, cutoffs)
    on_train = box.state in ON_TRAIN
    if not is_received(box):
        outside = _outside(box, cutoff, now)
        return BoxClass(outside.of_class, (outside, *_inside(box)), on_train=False, cutoff=cutoff)
    reasons = _inside(box)
    name: Class = reasons[0].of_class if reasons else "loaded" if on_train else "ready"
    return BoxClass(name, reasons, on_train, cutoff)


def own_cutoff(box: Container, cutoffs: Mapping[str, datetime | None]) -> datetime | None:
    """When the box must be received: by the cut-off of reefers or dangerous goods where there is one."""
    return cutoffs.get(own_cutoff_name(box, cutoffs))


def own_cutoff_name(box: Container, cutoffs: Mapping[str, datetime | None]) -> str:
    """Which cut-off that is: `reefer` or `dangerous` where the train has that one, the earlier of both; else `gate`."""
    own = [
        (moment, name)
        for applies, name in ((is_dangerous(box), "dangerous"), (is_reefer(box), "reefer"))
        if applies and (moment := cutoffs.get(name))
    ]
    return min(own)[1] if own else "gate"


def is_reefer(box: Container) -> bool:
    """A reefer, by size-type or set-point."""
    return box.setpoint_c is not None or (box.size_type or "")[2:3] == "R"


def is_dangerous(box: Container) -> bool:
    """Dangerous goods, by class or UN number."""
    return box.imdg_class is not None or box.un_number is not None


def vgm_missing(box: Container) -> bool:
    """A full box, or one of which that is not known, without a verified gross mass."""
    return box.vgm_kg is None and box.full is not False


def is_permitted(box: Container) -> bool:
    """Customs lets it leave; an empty box of which nothing is said needs no permission."""
    return box.customs in PERMITTED or (box.customs is None and box.full is False)


def is_received(box: Received) -> bool:
    """Received, by its time or by its state."""
    return box.received_at is not None or box.state in HERE


def blocking(box: Container, verdict: BoxClass, cutoffs: Mapping[str, datetime | None]) -> tuple[str, ...]:
    """The names of the cut-offs that still block it (definition 5), whether the train has them or not."""
    found = []
    if box.documents_complete is False:
        found.append("documents")
    if vgm_missing(box):
        found.append("vgm")
    if verdict.name in OUTSIDE:
        found.append(own_cutoff_name(box, cutoffs))
    elif not is_permitted(box):
        found.append("customs")
    return tuple(found)


def _outside(box: Container, cutoff: datetime | None, now: datetime) -> Reason:
    who = "carrier" if box.inbound_train_id else "haulier"
    if cutoff is not None and cutoff < now:
        return Reason("late", "not here after its cut-off", who)
    if box.expected_at is None:
        return Reason("no ETA", "no expected time", who)
    if cutoff is not None and box.expected_at > cutoff:
        return Reason("late", "expected after its cut-off", who)
    return Reason("due", "on its way" if overdue(box.expected_at, now) is None else OVERDUE, who)


def _inside(box: Container) -> tuple[Reason, ...]:
    reasons = [Reason("held", f"{code} hold", HOLD_TURNS.get(code)) for code in (box.holds or "").split()]
    if vgm_missing(box):
        missing = "VGM missing" if box.gross_kg is not None else "VGM and weight missing"
        reasons.append(Reason("held", missing, "broker"))
    if box.documents_complete is False:
        reasons.append(Reason("held", "documents missing", "broker"))
    if not is_permitted(box):
        reasons.append(_customs(box.customs))
    return tuple(reasons)


def _customs(permission: str | None) -> Reason:
    if permission is None:
        return Reason("customs", "customs permission unknown", None)
    words = {"declared": "declared, not released", "inspection": "customs inspection"}.get(permission, permission)
    return Reason("customs", words, "broker" if permission == "not declared" else "customs")
