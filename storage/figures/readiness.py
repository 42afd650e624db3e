"""Readiness of an outbound train: its booked boxes in seven classes that add up to booked (definitions 1 to 4).

The class of a box is told from the same rules three times: here of whole trains out of the facts that an index holds,
and by SQL for a page of boxes; in `storage.figures.box_class` for one box, with every reason. Tests hold them together.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
)
from sqlmodel import Session

from storage.figures.expressions import NOW, milliseconds
from storage.figures.policy import Moment
from storage.figures.registry import declare
from storage.models import Container, TrainCutoff, table_of, to_ms
from storage.models.box_facts import BOX_FACTS, FACTS, FORTY_FIVE, HERE, LENGTH, ON_TRAIN, PERMITTED
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

_box = table_of(Container).c


class GateCutoffs(NamedTuple):
    """Expressions of the times by which a box's train wants general boxes, reefers and dangerous goods received."""

    gate: ColumnElement[Any]
    reefer: ColumnElement[Any]
    dangerous: ColumnElement[Any]


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


def own_cutoff(cut: GateCutoffs) -> ColumnElement[Any]:
    """When the box must be received: by the cut-off of its own where the train has one, the earlier of both."""
    hazard_first = or_(not_(is_reefer()), cut.reefer.is_(None), cut.dangerous <= cut.reefer)
    return case(
        (and_(is_dangerous(), cut.dangerous.is_not(None), hazard_first), cut.dangerous),
        (and_(is_reefer(), cut.reefer.is_not(None)), cut.reefer),
        else_=cut.gate,
    )


def class_expression(cutoffs: GateCutoffs) -> ColumnElement[str]:
    """The class of a row of `containers` that is booked on a train with these cut-offs."""
    own = own_cutoff(cutoffs)
    here = case((held(), "held"), (not_(permitted()), "customs"), (on_train(), "loaded"), else_="ready")
    late = func.coalesce(or_(_box.expected_at > own, own < NOW), false())
    outside = case((late, "late"), (_box.expected_at.is_(None), "no ETA"), else_="due")
    return case((received(), here), else_=outside)


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


class _Facts(NamedTuple):
    """What is so of a box whatever the time and its train. `of_class`: None when it is not received.

    `blocked`: the cut-offs that it would miss as it is, its gate aside. `half_teu`: see `box_facts.FORTY_FIVE`.
    """

    of_class: Class | None
    rolled: bool
    on_train: bool
    undeclared: bool
    reefer: bool
    dangerous: bool
    blocked: tuple[str, ...]
    half_teu: int


def readiness(session: Session, visits: Collection[Visit], moment: Moment) -> dict[str, Readiness]:
    """The partition of each visit, by its id: one pass over the boxes booked on them."""
    run = session.connection().execute
    kinds = {row[0]: row[1] for row in run(_KINDS, {"ids": [visit.id for visit in visits]})}
    gates = {row[0]: row[1:] for row in run(_GATES, {"ids": [visit.id for visit in visits if not visit.departed]})}
    now, teu_45 = to_ms(moment.now), moment.policy.teu_45
    return {
        visit.id: _partition(visit, kinds.get(visit.id, ""), _Gates(gates.get(visit.id, _NO_GATES), now), teu_45)
        for visit in visits
    }


def _kinds() -> Select[Any]:
    """Each train with the kinds of its boxes: the number of their facts, and when they are expected if not received.

    Most boxes of a train are alike, so they are counted by kind. They are gathered train by train along the index that
    holds just this; grouped by kind they would be sorted first, which takes SQL as long as all the rest.
    """
    facts: ColumnElement[int] = literal_column(f"({BOX_FACTS})", Integer())
    expected = case((facts % 2 == 0, func.coalesce(":" + cast(milliseconds(_box.expected_at), String), "")), else_="")
    kinds = func.aggregate_strings(cast(facts, String) + expected, " ")
    asked = _box.train_id.in_(bindparam("ids", expanding=True))
    return select(_box.train_id, kinds).where(asked).group_by(_box.train_id)


def _gates() -> Select[Any]:
    """Each train with the times of its gate cut-offs in milliseconds, in the order of `GateCutoffs`."""
    cutoff = table_of(TrainCutoff).c
    at = milliseconds(cutoff.at)
    named = (func.max(case((cutoff.name == name, at))) for name in GateCutoffs._fields)
    return (
        select(cutoff.train_id, *named)
        .where(cutoff.train_id.in_(bindparam("ids", expanding=True)))
        .group_by(cutoff.train_id)
    )


_KINDS, _GATES = _kinds(), _gates()
_NO_GATES = (None, None, None)


@lru_cache(maxsize=4096)
def _facts(number: str) -> _Facts:
    length, bits = divmod(int(number), LENGTH)
    so = {name: bool(bits >> place & 1) for place, name in enumerate(FACTS)}
    missing = [name for name in ("documents", "vgm") if so[name]]
    of_class: Class | None = None
    if so["received"]:
        loaded: Class = "loaded" if so["on train"] else "ready"
        of_class = "held" if so["on hold"] or missing else loaded if so["permitted"] else "customs"
        missing += [] if so["permitted"] else ["customs"]
    return _Facts(
        of_class, so["rolled"], so["on train"], so["received"] and so["undeclared"], so["reefer"], so["dangerous"],
        tuple(missing), length,
    )  # fmt: skip


class _Gates:
    """The gate cut-offs of a train at a moment, in milliseconds."""

    def __init__(self, times: Sequence[int | None], now: int) -> None:
        self.gate, self.reefer, self.dangerous = times
        self.now = now

    def own(self, facts: _Facts) -> tuple[str, int | None]:
        """Name and time of a box's own: of dangerous goods or reefers where there is one, the earlier of both."""
        kinds = ((facts.dangerous, "dangerous", self.dangerous), (facts.reefer, "reefer", self.reefer))
        own = [(at, name) for applies, name, at in kinds if applies and at is not None]
        return min(own)[::-1] if own else ("gate", self.gate)

    def class_outside(self, cutoff: int | None, expected: str) -> Class:
        """The class of a box that is not received, `expected` then in milliseconds, empty when unknown."""
        if cutoff is not None and (cutoff < self.now or (expected and int(expected) > cutoff)):
            return "late"
        return "due" if expected else "no ETA"


def _partition(visit: Visit, kinds: str, gates: _Gates, teu_45: float) -> Readiness:
    boxes: dict[Class, int] = {}
    teu: dict[Class, float] = {}
    blocks = dict.fromkeys(CUTOFFS, 0)
    rolled = unknown = undeclared = loaded = come_off = 0
    loaded_teu = 0.0
    for kind, count in Counter(kinds.split()).items():
        number, _, expected = kind.partition(":")
        facts = _facts(number)
        if facts.rolled:
            rolled += count
            continue
        of_class, blocked = facts.of_class, facts.blocked
        if of_class is None:
            gate, cutoff = gates.own(facts)
            of_class, blocked = gates.class_outside(cutoff, expected), (*blocked, gate)
        all_teu = count * (teu_45 if facts.half_teu == FORTY_FIVE else facts.half_teu / 2)
        boxes[of_class] = boxes.get(of_class, 0) + count
        teu[of_class] = teu.get(of_class, 0.0) + all_teu
        unknown += 0 if facts.half_teu else count
        for name in blocked:
            blocks[name] += count
        undeclared += count if facts.undeclared else 0
        if facts.on_train:
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
