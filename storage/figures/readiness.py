"""Readiness of an outbound train: its booked boxes in seven classes that add up to booked (definitions 1 to 4).

The class of a box is told from the same rules twice: here by SQL for whole trains, and in `storage.figures.box_class`
for one box, with every reason. A test holds the two together.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    Subquery,
    and_,
    bindparam,
    case,
    cast,
    false,
    func,
    literal,
    not_,
    or_,
    select,
)
from sqlmodel import Session

from storage.figures.expressions import NOW, parameters, teu_expression
from storage.figures.policy import Moment
from storage.figures.registry import declare
from storage.models import Container, Train, TrainCutoff, table_of
from storage.models.trains import CUTOFFS

Class = Literal["loaded", "ready", "customs", "held", "due", "no ETA", "late"]
CLASSES: tuple[Class, ...] = ("loaded", "ready", "customs", "held", "due", "no ETA", "late")
"""In the order of a readiness bar."""
OUTSIDE: tuple[Class, ...] = ("due", "no ETA", "late")
"""Classes of boxes that are not received."""

declare(
    "readiness", "Readiness", "boxes and TEU",
    """The booked boxes of an outbound train in seven classes; a box is in the first that holds, and they add up to
    booked. Not received: late (expected after its own gate cut-off, or that is past), no ETA (nothing known and the
    cut-off ahead; places not named yet count here), due. Received: held (any hold but customs; VGM, weight or documents
    missing), customs (no permission to leave, also not declared), loaded, ready. So a loaded box that may not leave
    counts as held or customs: it is on the train and must come off. After departure what was not loaded is left
    behind.""",
    "definition 3",
)  # fmt: skip
declare(
    "booked", "Booked", "boxes and TEU",
    """Boxes on the train's load list and places booked that are not named yet; cancelled and rolled ones are counted
    aside.""",
    "definition 1",
)  # fmt: skip
declare(
    "received", "Received", "",
    """Gate-in complete, or discharged from the train it came by. On a truck, or on an inbound train even when that has
    arrived, is not received; in inspection, in the workshop and under the crane is.""",
    "definition 2",
)  # fmt: skip
declare("ready", "Ready", "% of booked", "Loaded and ready boxes of those booked, rounded down.", "definition 4")

HERE = ("yard", "loaded", "departed")
ON_TRAIN = ("loaded", "departed")
PERMITTED = ("released", "not needed")
"""Customs permissions that let a box leave."""

_box = table_of(Container).c


class GateCutoffs(NamedTuple):
    """Expressions of the times by which a box's train wants general boxes, reefers and dangerous goods received."""

    gate: ColumnElement[Any]
    reefer: ColumnElement[Any]
    dangerous: ColumnElement[Any]


def cutoffs_by_train() -> Subquery:
    """One row for each train bound as `ids`, with its gate cut-offs: boxes are joined to it, train after train."""
    train, cutoff = table_of(Train).c, table_of(TrainCutoff).c
    named = (
        func.max(case((cutoff.name == name, cutoff.at)), type_=cutoff.at.type).label(name)
        for name in GateCutoffs._fields
    )
    its_own = table_of(Train).outerjoin(table_of(TrainCutoff), cutoff.train_id == train.id)
    asked = train.id.in_(bindparam("ids", expanding=True))
    return select(train.id, *named).select_from(its_own).where(asked).group_by(train.id).subquery("asked")


def cutoffs_of_box() -> GateCutoffs:
    """The gate cut-offs of the train of a row of `containers`, looked up row by row: for a page of boxes."""
    cutoff = table_of(TrainCutoff).c
    return GateCutoffs(
        *(
            select(func.max(cutoff.at, type_=cutoff.at.type))
            .where(cutoff.train_id == _box.train_id, cutoff.name == name)
            .scalar_subquery()
            for name in GateCutoffs._fields
        )
    )


def is_reefer() -> ColumnElement[bool]:
    """A reefer, by size-type or set-point."""
    return or_(func.coalesce(func.substr(_box.size_type, 3, 1) == "R", false()), _box.setpoint_c.is_not(None))


def is_dangerous() -> ColumnElement[bool]:
    """Dangerous goods, by class or UN number."""
    return or_(_box.imdg_class.is_not(None), _box.un_number.is_not(None))


def received() -> ColumnElement[bool]:
    """Received, by its time or by its state."""
    # A row of comparisons is twice as quick as a look into a list of three, and this is asked of every box.
    return or_(_box.received_at.is_not(None), *(func.coalesce(_box.state == state, false()) for state in HERE))


def permitted() -> ColumnElement[bool]:
    """Customs lets it leave; an empty box of which nothing is said needs no permission."""
    unsaid_empty = and_(_box.customs.is_(None), _box.full.is_(False))
    return func.coalesce(or_(_box.customs.in_(PERMITTED), unsaid_empty), false())


def vgm_missing() -> ColumnElement[bool]:
    """A full box, or one of which that is not known, without a verified gross mass."""
    return and_(_box.vgm_kg.is_(None), func.coalesce(_box.full, literal(True)))


def held() -> ColumnElement[bool]:
    """Any hold but customs; VGM (and with it the weight) or documents missing."""
    return or_(
        func.coalesce(_box.holds, "") != "", vgm_missing(), func.coalesce(not_(_box.documents_complete), false())
    )


def loadable() -> ColumnElement[bool]:
    """In the class ready: here, nothing holds it, and not on the train; rolled boxes are not to be loaded."""
    waiting = not_(func.coalesce(or_(_box.state.in_(ON_TRAIN), _box.rolled), false()))
    return and_(received(), not_(held()), permitted(), waiting)


def on_train() -> ColumnElement[bool]:
    """On the train, or gone with it."""
    return func.coalesce(_box.state.in_(ON_TRAIN), false())


def cutoff_name(cut: GateCutoffs) -> ColumnElement[str]:
    """Which cut-off is the box's own: `dangerous` or `reefer` where the train has that one, the earlier of both."""
    return _own(cut, GateCutoffs(*map(literal, GateCutoffs._fields)))


def own_cutoff(cut: GateCutoffs) -> ColumnElement[Any]:
    """When the box must be received; NULL where its train has no such cut-off."""
    return _own(cut, cut)


def _own(cut: GateCutoffs, given: GateCutoffs) -> ColumnElement[Any]:
    """What is given for the box's own cut-off."""
    hazard_first = or_(not_(is_reefer()), cut.reefer.is_(None), cut.dangerous <= cut.reefer)
    return case(
        (and_(is_dangerous(), cut.dangerous.is_not(None), hazard_first), given.dangerous),
        (and_(is_reefer(), cut.reefer.is_not(None)), given.reefer),
        else_=given.gate,
    )


def class_expression(cutoffs: GateCutoffs) -> ColumnElement[str]:
    """The class of a row of `containers` that is booked on a train with these cut-offs."""
    return _class(cutoffs, {name: literal(name) for name in CLASSES})


def _class(cutoffs: GateCutoffs, given: Mapping[Class, ColumnElement[Any]]) -> ColumnElement[Any]:
    """What is given for the box's class."""
    return case((received(), _class_here(given)), else_=_class_outside(cutoffs, given))


def _class_outside(cutoffs: GateCutoffs, given: Mapping[Class, ColumnElement[Any]]) -> ColumnElement[Any]:
    """The same of a box that is not received."""
    own = own_cutoff(cutoffs)
    return case(
        (func.coalesce(or_(_box.expected_at > own, own < NOW), false()), given["late"]),
        (_box.expected_at.is_(None), given["no ETA"]),
        else_=given["due"],
    )


def _class_here(given: Mapping[Class, ColumnElement[Any]]) -> ColumnElement[Any]:
    """The same of a box that is received."""
    return case(
        (held(), given["held"]),
        (not_(permitted()), given["customs"]),
        (on_train(), given["loaded"]),
        else_=given["ready"],
    )


@dataclass(frozen=True, slots=True)
class Readiness:
    """The partition of one train. `boxes` and `teu` by class; boxes of unknown size-type count in `teu_unknown` only.

    `blocks`: cut-off name (documents, vgm, gate, reefer, dangerous, customs) to the boxes it still blocks.
    `undeclared`: received and not declared. `must_come_off`: loaded boxes that may not leave.
    `left_behind`: booked on a departed train and not loaded.
    """

    boxes: Mapping[Class, int] = field(default_factory=dict)
    teu: Mapping[Class, float] = field(default_factory=dict)
    teu_unknown: int = 0
    unnamed: int = 0
    rolled: int = 0
    undeclared: int = 0
    must_come_off: int = 0
    left_behind: int = 0
    blocks: Mapping[str, int] = field(default_factory=dict)

    @property
    def booked(self) -> int:
        """All classes together, and what a departed train left behind."""
        return sum(self.boxes.values()) + self.left_behind

    @property
    def booked_teu(self) -> float:
        """TEU of all classes together."""
        return sum(self.teu.values())

    @property
    def ready(self) -> int:
        """Loaded and ready boxes."""
        return self.count("loaded") + self.count("ready")

    @property
    def ready_teu(self) -> float:
        """TEU of loaded and ready boxes."""
        return self.teu.get("loaded", 0.0) + self.teu.get("ready", 0.0)

    @property
    def percent(self) -> int | None:
        """Ready of booked, rounded down; None without bookings."""
        return None if self.booked == 0 else 100 * self.ready // self.booked

    @property
    def not_received(self) -> int:
        """Boxes that are not in the terminal, unnamed ones among them."""
        return sum(self.count(name) for name in OUTSIDE)

    def count(self, name: Class) -> int:
        """Boxes of a class."""
        return self.boxes.get(name, 0)


class Visit(NamedTuple):
    """What readiness needs of a train."""

    id: str
    booked_boxes: int | None
    booked_teu: float | None
    departed: bool


class _Kind(NamedTuple):
    """What the partition needs of a box; most boxes of a train are alike, so they are counted by kind.

    `blocked`: the cut-offs that it would miss as it is. `teu`: None where nobody knows.
    """

    of_class: Class
    rolled: bool
    on_train: bool
    undeclared: bool
    blocked: tuple[str, ...]
    teu: float | None


def readiness(session: Session, visits: Collection[Visit], moment: Moment) -> dict[str, Readiness]:
    """The partition of each visit, by its id: one pass over the boxes booked on them."""
    booked: dict[str, Counter[str]] = {}
    for statement, departed in ((_BOOKED, False), (_LEFT, True)):
        if ids := [visit.id for visit in visits if visit.departed == departed]:
            found = session.connection().execute(statement, {**parameters(moment), "ids": ids})
            booked |= {train: Counter((kinds or "").split()) for train, kinds in found}
    return {visit.id: _partition(visit, booked.get(visit.id, {})) for visit in visits}


_GATES = (None, *GateCutoffs._fields)
"""The gate cut-off that a box would miss; none when it is received."""
_FLAGS = ("rolled", "on_train", "undeclared", "documents", "vgm", "customs")
"""What else is so of a box; the last three are cut-offs that it would miss."""
_GATE, _FLAG = len(CLASSES), len(CLASSES) * len(_GATES)
_BIT = {name: _FLAG << place for place, name in enumerate(_FLAGS)}
_TEU = _FLAG << len(_FLAGS)
"""What each part of a kind's number is counted in; the first part is the class, the last the TEU in thousandths."""


def _kinds(asked: Subquery, number: ColumnElement[Any]) -> Select[Any]:
    """Each train asked for with the numbers of the kinds of its boxes, which `_kind` reads; `number` is all but TEU.

    So boxes are gathered train by train, along the index. Grouped by kind they would be sorted first, which takes SQL
    as long as all the rest.
    """
    number += _TEU * func.coalesce(cast(teu_expression(_box.size_type) * 1000, Integer) + 1, 0)
    numbers = select(func.aggregate_strings(cast(number, String), " ")).where(_box.train_id == asked.c.id)
    return select(asked.c.id, numbers.correlate(asked).scalar_subquery())


def _if(condition: ColumnElement[bool], flag: str) -> ColumnElement[int]:
    """One of `_FLAGS` as part of a kind's number."""
    return case((condition, _BIT[flag]), else_=0)


def _booked() -> Select[Any]:
    """The kinds of the boxes booked on trains that are here or to come."""
    asked = cutoffs_by_train()
    cut = GateCutoffs(asked.c.gate, asked.c.reefer, asked.c.dangerous)
    classes = {name: literal(place) for place, name in enumerate(CLASSES)}
    gates = GateCutoffs(*(literal(_GATE * place) for place in range(1, len(_GATES))))
    undeclared = case((_box.customs == "not declared", _BIT["undeclared"] + _BIT["customs"]), else_=_BIT["customs"])
    here = _class_here(classes) + _if(on_train(), "on_train") + case((permitted(), 0), else_=undeclared)
    outside = _class_outside(cut, classes) + _own(cut, gates)
    either = _if(_rolled, "rolled") + _if(_box.documents_complete.is_(False), "documents") + _if(vgm_missing(), "vgm")
    return _kinds(asked, case((received(), here), else_=outside) + either)


def _left() -> Select[Any]:
    """Those booked on trains that have left, of which only one thing counts: whether they were loaded."""
    train = table_of(Train).c.id
    asked = select(train).where(train.in_(bindparam("ids", expanding=True))).subquery("asked")
    return _kinds(asked, _if(_rolled, "rolled") + _if(on_train(), "on_train"))


_rolled = func.coalesce(_box.rolled, false())
_BOOKED, _LEFT = _booked(), _left()


@lru_cache(maxsize=4096)
def _kind(number: str) -> _Kind:
    teu, rest = divmod(int(number), _TEU)
    bits, rest = divmod(rest, _FLAG)
    gate, of_class = divmod(rest, _GATE)
    so = [name for bit, name in enumerate(_FLAGS) if bits >> bit & 1]
    missed = [_GATES[gate], *(name for name in so if name in _FLAGS[3:])]
    return _Kind(
        CLASSES[of_class], "rolled" in so, "on_train" in so, "undeclared" in so,
        tuple(filter(None, missed)), (teu - 1) / 1000 if teu else None,
    )  # fmt: skip


def _partition(visit: Visit, numbers: Mapping[str, int]) -> Readiness:
    boxes: dict[Class, int] = {}
    teu: dict[Class, float] = {}
    blocks = dict.fromkeys(CUTOFFS, 0)
    rolled = unknown = undeclared = loaded = come_off = 0
    loaded_teu = 0.0
    for number, count in numbers.items():
        of_class, is_rolled, is_on_train, is_undeclared, blocked, its_teu = _kind(number)
        if is_rolled:
            rolled += count
            continue
        boxes[of_class] = boxes.get(of_class, 0) + count
        if its_teu is None:
            unknown += count
        all_teu = count * (its_teu or 0.0)
        teu[of_class] = teu.get(of_class, 0.0) + all_teu
        if is_undeclared:
            undeclared += count
        for name in blocked:
            blocks[name] += count
        if is_on_train:
            loaded += count
            loaded_teu += all_teu
            come_off += count if of_class in ("held", "customs") else 0
    named = sum(boxes.values())
    unnamed = max(0, (visit.booked_boxes or 0) - named)
    if visit.departed:
        return Readiness(
            boxes={"loaded": loaded}, teu={"loaded": loaded_teu}, left_behind=named - loaded + unnamed,
            rolled=rolled, teu_unknown=unknown,
        )  # fmt: skip
    if unnamed:
        boxes["no ETA"] = boxes.get("no ETA", 0) + unnamed
        teu["no ETA"] = teu.get("no ETA", 0.0) + max(0.0, (visit.booked_teu or 0.0) - sum(teu.values()))
        blocks["gate"] += unnamed
    return Readiness(
        {name: boxes[name] for name in CLASSES if name in boxes}, {name: teu[name] for name in CLASSES if name in teu},
        unknown, unnamed, rolled, undeclared, come_off, blocks=blocks,
    )  # fmt: skip
