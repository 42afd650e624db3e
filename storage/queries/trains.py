"""Trains: one row a visit, with its times, the readiness of its boxes, and its risk with the reason in words."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, select, type_coerce
from sqlmodel import Session

from storage.clock import Clock
from storage.figures.conflicts import GONE, Conflict, track_conflicts
from storage.figures.cutoffs import Cutoff, cutoffs_of, loading_closes, next_cutoff, with_boxes
from storage.figures.expressions import milliseconds, parameters
from storage.figures.loading import Loading, Loads, begins, loading_of
from storage.figures.margins import onward_margin
from storage.figures.policy import DEFAULT, Moment, Policy
from storage.figures.readiness import Readiness, Visit, readiness, received
from storage.figures.risk import (
    CALM,
    LEVELS,
    Arrival,
    Cause,
    Departure,
    Level,
    Risk,
    arrival_risk,
    departure_risk,
    not_loaded,
)
from storage.models import Container, Train, TrainStop, Voyage, table_of
from storage.models.base import EpochMs
from storage.queries.checks import failed_checks
from storage.queries.clearances import FEEDS as CUSTOMS_FEEDS
from storage.queries.clearances import Clearances, clearances
from storage.queries.columns import Column
from storage.queries.feeds import as_last_known, not_come
from storage.queries.views import Preset, View

FEEDS = tuple(dict.fromkeys((
    "trains", "train_stops", "train_cutoffs", "tracks", "track_closures", "wagons", "containers", "cranes",
    "work_instructions", "voyages", *CUSTOMS_FEEDS,
)))  # fmt: skip
MINUTE_MS = 60_000

_train, _voyage = table_of(Train).c, table_of(Voyage).c
_arriving = _train.direction == "arrival"


def _by_direction(arrival: ColumnElement[Any], departure: ColumnElement[Any]) -> ColumnElement[datetime]:
    return type_coerce(case((_arriving, arrival), else_=departure), EpochMs())


_planned = _by_direction(_train.planned_arrival, _train.planned_departure)
_estimated = _by_direction(_train.estimated_arrival, _train.estimated_departure)
_actual = _by_direction(_train.actual_arrival, _train.actual_departure)
_unknown_delay = and_(_train.unknown_delay.is_(True), _actual.is_(None))
_late = case(
    (_unknown_delay, None),
    else_=(milliseconds(func.coalesce(_actual, _estimated)) - milliseconds(_planned)) // MINUTE_MS,
)
_direction = case((_arriving, "arr"), (_train.direction == "departure", "dep"), else_=_train.direction)

COLUMNS = (
    Column("risk", "Risk", "text", "What it needs: act, watch, unknown (cannot tell) or calm.", order=LEVELS),
    Column("number", "Train", "text", "Train number.", expression=_train.number, words=True),
    Column("direction", "Dir", "text", "arr or dep, at this terminal.", expression=_direction),
    Column(
        "place", "From/to", "text", "Where an arrival comes from, where a departure goes.",
        expression=case((_arriving, _train.origin), else_=_train.destination), words=True,
    ),
    Column("corridor", "Corridor", "text", "Corridor.", expression=_train.corridor, words=True),
    Column("service", "Service", "text", "Regular service.", expression=_train.service, words=True),
    Column("service_type", "Type", "text", "Service type.", expression=_train.service_type),
    Column("phase", "Phase", "text", "Visit phase.", expression=_train.phase, words=True),
    Column("track", "Track", "text", "Track here.", expression=func.coalesce(_train.track, _train.track_id)),
    Column("planned", "Plan", "time", "Planned arrival of an arrival, departure of a departure.", expression=_planned),
    Column("estimated", "Est.", "time", "Estimated, the same.", expression=_estimated),
    Column("actual", "Actual", "time", "Actual, the same.", expression=_actual),
    Column(
        "at", "Time", "time", "Actual, else estimated, else planned time.",
        expression=func.coalesce(_actual, _estimated, _planned),
    ),
    Column("late", "Late", "number", "Minutes later than plan; unknown without an estimate.", "min", _late),
    Column("cause", "Cause", "text", "Cause of the delay.", expression=_train.delay_cause, words=True),
    Column("cutoff", "Cut-off", "text", "Next cut-off ahead that still blocks a box."),
    Column("cutoff_at", "Cut-off at", "time", "When that is."),
    Column("cutoff_boxes", "Blocks", "number", "Boxes it still blocks.", "boxes"),
    Column("closes_at", "Closes", "time", "When loading closes."),
    Column("rate", "Rate", "number", "Loading rate: moves of the last hour, else the norm.", "moves/h"),
    Column("ready_done", "Ready done", "time", "When the ready boxes are loaded."),
    Column("room", "Room", "number", "Moves there is time for after that, until loading closes.", "moves"),
    Column("onward_margin", "Onward", "duration", "Port's cargo cut-off less arrival there less transfer."),
    Column("loaded", "Loaded", "number", "Boxes loaded.", "boxes"),
    Column("ready", "Ready", "number", "Boxes ready to load.", "boxes"),
    Column("customs", "Customs", "number", "Boxes that customs has not released.", "boxes"),
    Column("held", "Held", "number", "Boxes with another hold, or VGM or documents missing.", "boxes"),
    Column("due", "Due", "number", "Boxes expected before their cut-off.", "boxes"),
    Column("no_eta", "No ETA", "number", "Boxes without an expected time, unnamed ones among them.", "boxes"),
    Column("too_late", "Late boxes", "number", "Boxes expected after their cut-off.", "boxes"),
    Column("done", "Done", "number", "Loaded and ready boxes of a departure, unloaded of an arrival.", "boxes"),
    Column("boxes", "Boxes", "number", "Boxes booked on a departure, carried by an arrival.", "boxes"),
    Column("percent", "Ready", "number", "Loaded and ready of booked, rounded down.", "%"),
    Column("teu", "TEU", "number", "Booked or carried.", "TEU", _train.booked_teu),
    Column("capacity_teu", "Capacity", "number", "Capacity of the train.", "TEU", _train.capacity_teu),
    Column("act_by", "Act by", "time", "When somebody must have acted; else when it runs."),
    Column("reason", "Why", "text", "The gravest reason for its risk, in words."),
    Column("id", "Id", "text", "Identity of the visit.", expression=_train.id),
)  # fmt: skip


class TrainRow(msgspec.Struct, frozen=True, kw_only=True):
    """A visit; see `COLUMNS`. `causes` are all reasons of its risk; `unsure`: judged from old data, a `?` beside it.

    `readiness` is None of an arrival, and before the boxes have come.
    """

    id: str
    number: str
    direction: str
    place: str | None
    corridor: str | None
    service: str | None
    service_type: str | None
    phase: str
    track: str | None
    planned: datetime | None
    estimated: datetime | None
    actual: datetime | None
    at: datetime | None
    late: int | None
    cause: str | None
    unknown_delay: bool
    cutoff: str | None
    cutoff_at: datetime | None
    cutoff_boxes: int | None
    cutoffs: tuple[Cutoff, ...]
    closes_at: datetime | None
    loading: Loading | None
    rate: float | None
    ready_done: datetime | None
    room: int | None
    onward_margin: timedelta | None
    readiness: Readiness | None
    loaded: int | None
    ready: int | None
    customs: int | None
    held: int | None
    due: int | None
    no_eta: int | None
    too_late: int | None
    done: int | None
    boxes: int | None
    percent: int | None
    teu: float | None
    capacity_teu: float | None
    risk: Level
    unsure: bool
    causes: tuple[Cause, ...]
    reason: str | None
    act_by: datetime | None


_stop = table_of(TrainStop).c
# Only trains with a voyage are looked up, each by the index of its stops.
_at_port = case(
    (_train.voyage_id.is_(None), None),
    else_=select(func.max(func.coalesce(_stop.actual_arrival, _stop.estimated_arrival), type_=EpochMs()))
    .where(_stop.train_id == _train.id, _stop.place_code == _voyage.port_code)
    .scalar_subquery(),
)

_STATEMENT = select(
    *(column.expression.label(column.key) for column in COLUMNS if column.expression is not None),
    _unknown_delay.label("unknown_delay"), _train.loading_closes, _train.booked_boxes,
    _train.track_id, _train.turned_from, _train.planned_arrival, _train.estimated_arrival, _train.actual_arrival,
    _voyage.cargo_cutoff, _voyage.transfer_min,
    func.coalesce(_at_port, _voyage.train_arrival, type_=EpochMs()).label("at_port"),
).select_from(table_of(Train).outerjoin(table_of(Voyage), _voyage.id == _train.voyage_id))  # fmt: skip


def _read(session: Session, statement: Select[Any], moment: Moment) -> Sequence[TrainRow]:
    found = session.connection().execute(statement, parameters(moment)).all()
    known = _Known(session, moment, found)
    return [known.departure(row) if row.direction == "dep" else known.arrival(row) for row in found]


class _Known:
    """What is read once for all rows."""

    def __init__(self, session: Session, moment: Moment, rows: Sequence[Any]) -> None:
        departures = [row for row in rows if row.direction == "dep"]
        outbound = [Visit(row.id, row.booked_boxes, row.teu, row.phase in GONE) for row in departures]
        # Old input changes no risk: it is judged as of the last good answer, and marked.
        judged_at, self.unsure, self.missing = as_last_known(session, FEEDS, moment)
        self.moment = moment
        self.judged = Moment(judged_at, moment.policy)
        self.readiness = readiness(session, outbound, moment)
        self.judged_readiness = readiness(session, outbound, self.judged) if self.unsure else self.readiness
        self.cutoffs = cutoffs_of(session, [visit.id for visit in outbound])
        self.boxes_came = not not_come(session, ("containers",))
        self.carried = _carried(session, [row.id for row in rows if row.direction != "dep"])
        here = [row for row in departures if row.phase not in GONE]
        self.loading = loading_of(session, [self._loads(row) for row in here], judged_at)
        self.failed = self._failed_checks(session, here)
        self.clearances = self._clearances(session, here)
        self.conflicts: dict[str, list[Conflict]] = {}
        for conflict in track_conflicts(session, judged_at, [row.id for row in rows]):
            for train in conflict.trains:
                self.conflicts.setdefault(train, []).append(conflict)

    def departure(self, row: Any) -> TrainRow:
        """A visit that leaves: readiness, cut-offs, risk."""
        if not self.boxes_came:
            return self._without_boxes(row)
        ready = self.readiness[row.id]
        cutoffs = with_boxes(self.cutoffs[row.id], ready.blocks)
        closes, loading = self._closes(row), self.loading.get(row.id)
        onward = onward_margin(row.cargo_cutoff, row.at_port, row.transfer_min)
        gone = row.phase in GONE
        ahead = None if gone else next_cutoff(cutoffs, self.moment.now)
        judged = self.judged_readiness[row.id]
        facts = Departure(
            judged, with_boxes(self.cutoffs[row.id], judged.blocks), closes,
            loading.ready_done if loading else None,
            self.conflicts.get(row.id, ()), onward, self.failed.get(row.id, ()), row.estimated or row.planned,
            *self.clearances.get(row.id, Clearances()),
        )  # fmt: skip
        risk = self._risk(gone, lambda: departure_risk(facts, self.judged, unsure=self.unsure))
        return self._row(
            row, risk, readiness=ready, cutoffs=tuple(cutoffs), closes_at=closes,
            loading=loading, rate=loading and loading.rate, ready_done=loading and loading.ready_done,
            room=loading and loading.room, onward_margin=onward,
            cutoff=ahead and ahead.name, cutoff_at=ahead and ahead.at, cutoff_boxes=ahead and ahead.boxes,
            loaded=ready.count("loaded"),
            ready=ready.count("ready"), customs=ready.count("customs"), held=ready.count("held"),
            due=ready.count("due"), no_eta=ready.count("no ETA"), too_late=ready.count("late"),
            done=ready.ready, boxes=ready.booked, percent=ready.percent,
        )  # fmt: skip

    def _without_boxes(self, row: Any) -> TrainRow:
        """A visit that leaves, before its boxes are known: how many are booked, and the next cut-off in any case."""
        closes, cutoffs, gone = self._closes(row), tuple(self.cutoffs[row.id]), row.phase in GONE
        onward = onward_margin(row.cargo_cutoff, row.at_port, row.transfer_min)
        ahead = None if gone else next((cutoff for cutoff in cutoffs if cutoff.at >= self.moment.now), None)
        conflicts = self.conflicts.get(row.id, ())
        facts = Departure(Readiness(), (), closes, None, conflicts, onward, (), row.estimated or row.planned)
        risk = self._risk(gone, lambda: departure_risk(facts, self.judged, unsure=self.unsure))
        figures = _OF_BOXES | {"cutoff": ahead and ahead.name, "cutoff_at": ahead and ahead.at}
        figures |= {"cutoffs": cutoffs, "closes_at": closes, "onward_margin": onward, "boxes": row.booked_boxes}
        return self._row(row, risk, **figures)

    def arrival(self, row: Any) -> TrainRow:
        """A visit that comes: boxes unloaded of those it carries."""
        carried, unloaded = self.carried.get(row.id, (0, 0))
        boxes = max(carried, row.booked_boxes or 0) if self.boxes_came else row.booked_boxes
        facts = Arrival(row.at, row.late, row.actual is not None, self.conflicts.get(row.id, ()))
        gone = row.phase in GONE
        risk = self._risk(gone, lambda: arrival_risk(facts, self.judged, unsure=self.unsure))
        figures = _OF_BOXES | {"boxes": boxes, "done": unloaded if self.boxes_came else None}
        return self._row(row, risk, **figures)

    def _risk(self, gone: bool, judge: Callable[[], Risk]) -> Risk:
        if gone:
            return CALM
        return not_loaded(self.missing) if self.missing else judge()

    def _closes(self, row: Any) -> datetime | None:
        return loading_closes(row.loading_closes, row.planned, row.estimated, self.moment.policy)

    def _loads(self, row: Any) -> Loads:
        """What its loading is worked out from, as last known."""
        expected = row.estimated_arrival or row.planned_arrival
        start = begins(row.actual_arrival, expected, self.judged.now, unknown_delay=bool(row.unknown_delay))
        ready = self.judged_readiness[row.id].count("ready")
        return Loads(row.id, row.track_id, row.turned_from, ready, start, self._closes(row))

    def _failed_checks(self, session: Session, here: Sequence[Any]) -> dict[str, list[str]]:
        """The checks for departure that fail, of trains inside their preparation time."""
        closed = [(row.id, closes) for row in here if (closes := self._closes(row)) is not None]
        due = [train for train, closes in closed if closes <= self.judged.now]
        return failed_checks(session, due, self.judged)

    def _clearances(self, session: Session, here: Sequence[Any]) -> dict[str, Clearances]:
        """When customs lets boxes go, of trains whose customs cut-off is ahead and still blocks one."""
        cutoffs: dict[str, datetime] = {}
        for row in here:
            named = {cutoff.name: cutoff.at for cutoff in self.cutoffs[row.id]}
            by = named.get("customs") or self._closes(row)
            if by is not None and by >= self.judged.now and self.judged_readiness[row.id].blocks.get("customs"):
                cutoffs[row.id] = by
        return clearances(session, cutoffs, self.judged)

    def _row(self, row: Any, risk: Risk, **figures: Any) -> TrainRow:
        base = {column.key: getattr(row, column.key) for column in COLUMNS if column.expression is not None}
        base |= {"unknown_delay": bool(row.unknown_delay)}
        return TrainRow(
            **base, **figures, risk=risk.level, unsure=risk.unsure, causes=risk.causes, reason=risk.words,
            act_by=risk.by or row.at,
        )  # fmt: skip


_OF_BOXES: dict[str, Any] = {"cutoffs": ()} | dict.fromkeys((
    "readiness", "closes_at", "cutoff", "cutoff_at", "cutoff_boxes", "loading", "rate", "ready_done", "room",
    "onward_margin", "loaded", "ready", "customs", "held", "due", "no_eta", "too_late", "done", "boxes", "percent",
))  # fmt: skip
"""What is worked out about a departure and its boxes, where there is neither."""


def _carried(session: Session, inbound: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Inbound visit to the boxes it carries, and those of them that are unloaded."""
    rows = session.connection().execute(_CARRIED, {"ids": list(inbound)})
    return {row.inbound_train_id: (row.boxes, row.unloaded) for row in rows}


_box = table_of(Container).c
_CARRIED = (
    select(
        _box.inbound_train_id, func.count().label("boxes"), func.sum(case((received(), 1), else_=0)).label("unloaded")
    )
    .where(_box.inbound_train_id.in_(bindparam("ids", expanding=True)))
    .group_by(_box.inbound_train_id)
)

_STILL = "-phase:departed -phase:closed -phase:canceled"
AT_RISK_SOON = f"at<+6h -risk:calm {_STILL}"
"""The trains of the next six hours, late ones among them, that need somebody."""

TRAINS: View[TrainRow] = View(
    name="trains",
    title="Trains",
    columns=COLUMNS,
    feeds=FEEDS,
    read=_read,
    default_sort="risk,act_by",
    statement=_STATEMENT,
    presets=(
        Preset("next 12 h", f"at<+12h {_STILL}"),
        Preset("at risk in 6 h", AT_RISK_SOON),
        Preset("today", "at:today"),
        Preset("late", f"late>15 {_STILL}"),
        Preset("at risk", f"-risk:calm {_STILL}"),
        Preset("by corridor", f"at<+24h {_STILL}", "corridor,at"),
        Preset("all", ""),
    ),
)
"""Every visit."""


def next_6h_at_risk(session: Session, clock: Clock, *, policy: Policy = DEFAULT) -> tuple[TrainRow, ...]:
    """The trains of the next six hours, late ones among them, that need somebody; most urgent first."""
    return TRAINS.page(session, clock, TRAINS.filter(AT_RISK_SOON), policy=policy).rows
