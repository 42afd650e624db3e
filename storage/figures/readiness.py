"""Readiness of an outbound train: its booked boxes in seven classes that add up to booked (definitions 1 to 4).

The class of a box is told from the same rules twice: here by SQL for whole trains, and in `storage.figures.box_class`
for one box, with every reason. A test holds the two together.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, Select, Subquery, and_, bindparam, case, false, func, literal, not_, or_, select
from sqlmodel import Session

from storage.figures.expressions import NOW, parameters, teu_expression
from storage.figures.policy import Moment
from storage.figures.registry import declare
from storage.models import Container, TrainCutoff, table_of

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
    """The gate cut-offs of the trains bound as `ids`, to be joined by `train_id`: for many boxes of many trains."""
    cutoff = table_of(TrainCutoff).c
    named = (
        func.max(case((cutoff.name == name, cutoff.at)), type_=cutoff.at.type).label(name)
        for name in GateCutoffs._fields
    )
    asked = cutoff.train_id.in_(bindparam("ids", expanding=True))
    return select(cutoff.train_id, *named).where(asked).group_by(cutoff.train_id).subquery("cutoffs")


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
    return or_(_box.received_at.is_not(None), func.coalesce(_box.state.in_(HERE), false()))


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


def cutoff_name(cut: GateCutoffs) -> ColumnElement[str]:
    """Which cut-off is the box's own: `dangerous` or `reefer` where the train has that one, the earlier of both."""
    hazard_first = or_(not_(is_reefer()), cut.reefer.is_(None), cut.dangerous <= cut.reefer)
    return case(
        (and_(is_dangerous(), cut.dangerous.is_not(None), hazard_first), "dangerous"),
        (and_(is_reefer(), cut.reefer.is_not(None)), "reefer"),
        else_="gate",
    )


def own_cutoff(cut: GateCutoffs) -> ColumnElement[Any]:
    """When the box must be received; NULL where its train has no such cut-off."""
    name = cutoff_name(cut)
    return case((name == "dangerous", cut.dangerous), (name == "reefer", cut.reefer), else_=cut.gate)


def class_expression(cutoffs: GateCutoffs) -> ColumnElement[str]:
    """The class of a row of `containers` that is booked on a train with these cut-offs."""
    own = own_cutoff(cutoffs)
    return case(
        (and_(not_(received()), func.coalesce(or_(_box.expected_at > own, own < NOW), false())), "late"),
        (and_(not_(received()), _box.expected_at.is_(None)), "no ETA"),
        (not_(received()), "due"),
        (held(), "held"),
        (not_(permitted()), "customs"),
        (func.coalesce(_box.state.in_(ON_TRAIN), false()), "loaded"),
        else_="ready",
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


def readiness(session: Session, visits: Collection[Visit], moment: Moment) -> dict[str, Readiness]:
    """The partition of each visit, by its id: one aggregate over the boxes booked on them."""
    rows: dict[str, list[Any]] = {visit.id: [] for visit in visits}
    for row in session.connection().execute(_AGGREGATE, {**parameters(moment), "ids": list(rows)}):
        rows[row.train_id].append(row)
    return {visit.id: _partition(visit, rows[visit.id]) for visit in visits}


def _aggregate() -> Select[Any]:
    """Rows of (train, class), boxes that were rolled in a class of that name: how many, and what blocks whom."""
    cutoffs = cutoffs_by_train()
    cut = GateCutoffs(cutoffs.c.gate, cutoffs.c.reefer, cutoffs.c.dangerous)
    teu = teu_expression(_box.size_type)
    rolled = func.coalesce(_box.rolled, false())
    of_class = case((rolled, "rolled"), else_=class_expression(cut)).label("class")
    boxes = (
        select(
            _box.train_id, of_class, teu.label("teu"),
            (_box.documents_complete.is_(False)).label("no_documents"), vgm_missing().label("no_vgm"),
            and_(received(), not_(permitted())).label("no_permission"),
            and_(received(), _box.customs == "not declared").label("undeclared"),
            cutoff_name(cut).label("cutoff"),
            func.coalesce(_box.state.in_(ON_TRAIN), false()).label("on_train"),
        )
        .select_from(table_of(Container).outerjoin(cutoffs, cutoffs.c.train_id == _box.train_id))
        .where(_box.train_id.in_(bindparam("ids", expanding=True)))
        .subquery("boxes")
    )  # fmt: skip

    def how_many(condition: ColumnElement[bool], name: str) -> ColumnElement[int]:
        return func.sum(case((condition, 1), else_=0)).label(name)

    box = boxes.c
    return select(
        box.train_id, box["class"], func.count().label("boxes"), func.sum(box.teu).label("teu"),
        how_many(box.teu.is_(None), "teu_unknown"), how_many(box.on_train, "on_train"),
        func.sum(case((box.on_train, box.teu))).label("on_train_teu"),
        how_many(box.undeclared, "undeclared"),
        how_many(box.no_documents, "documents"), how_many(box.no_vgm, "vgm"), how_many(box.no_permission, "customs"),
        how_many(box.cutoff == "gate", "gate"), how_many(box.cutoff == "reefer", "reefer"),
        how_many(box.cutoff == "dangerous", "dangerous"),
    ).group_by(box.train_id, box["class"])  # fmt: skip


_AGGREGATE = _aggregate()


def _partition(visit: Visit, rows: Iterable[Any]) -> Readiness:
    by_class = {row._mapping["class"]: row for row in rows}
    rolled = by_class.pop("rolled", None)
    named = sum(row.boxes for row in by_class.values())
    unnamed = max(0, (visit.booked_boxes or 0) - named)
    aside = {
        "rolled": rolled.boxes if rolled else 0,
        "teu_unknown": sum(row.teu_unknown for row in by_class.values()),
    }
    if visit.departed:
        loaded = sum(row.on_train for row in by_class.values())
        return Readiness(
            boxes={"loaded": loaded}, teu={"loaded": sum(row.on_train_teu or 0.0 for row in by_class.values())},
            left_behind=named - loaded + unnamed, **aside,
        )  # fmt: skip
    boxes = {name: by_class[name].boxes for name in CLASSES if name in by_class}
    teu = {name: by_class[name].teu or 0.0 for name in CLASSES if name in by_class}
    if unnamed:
        boxes["no ETA"] = boxes.get("no ETA", 0) + unnamed
        teu["no ETA"] = teu.get("no ETA", 0.0) + max(0.0, (visit.booked_teu or 0.0) - sum(teu.values()))
    blocks = {
        name: sum(getattr(row, name) for row in by_class.values()) for name in ("documents", "vgm", "customs")
    } | {
        name: sum(getattr(row, name) for of_class, row in by_class.items() if of_class in OUTSIDE)
        for name in ("gate", "reefer", "dangerous")
    }
    blocks["gate"] += unnamed
    come_off = sum(row.on_train for of_class, row in by_class.items() if of_class in ("held", "customs"))
    undeclared = sum(row.undeclared for row in by_class.values())
    return Readiness(boxes, teu, unnamed=unnamed, undeclared=undeclared, must_come_off=come_off, blocks=blocks, **aside)
