"""Records whose time has passed leave the feeds, those that refer to them first."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from console.simulator.bookings import Bookings
from console.simulator.boxes import Boxes
from console.simulator.records import (
    Booking,
    Container,
    Declaration,
    DeclarationBox,
    GateVisit,
    Inspection,
    Seal,
    Train,
    TrainCutoff,
    TrainStop,
    Voyage,
    Wagon,
    WorkInstruction,
)
from console.simulator.terminal import MINUTE, Steps, Terminal
from storage.models import Feed

KEPT = timedelta(hours=30)
"""Ended trains, departed boxes and their papers stay this long: dwell and waits are figures of the last day."""
WORK_KEPT = timedelta(hours=12)


class Upkeep:
    """Deletes once an hour; nothing is left that refers to something gone."""

    def __init__(self, terminal: Terminal, boxes: Boxes, bookings: Bookings) -> None:
        self._terminal, self._boxes, self._bookings = terminal, boxes, bookings
        terminal.start(self._run())

    def _run(self) -> Steps:
        """Each kind once an hour, at different times: a large world should not stand still for it."""
        while True:
            for tidy in (self._end_work, self._end_gate_visits, self._end_boxes, self._end_trains):
                yield self._terminal.wait(15 * MINUTE)
                tidy(self._terminal.now)

    def _end_work(self, now: datetime) -> None:
        before = now - WORK_KEPT
        ended = [
            work
            for work in self._terminal.table(WorkInstruction).values()
            if work.state in ("done", "canceled") and (work.done_at or work.planned_at or before) < before
        ]
        self._delete(ended)

    def _end_gate_visits(self, now: datetime) -> None:
        before = now - KEPT
        visits = self._terminal.table(GateVisit).values()
        self._delete([visit for visit in visits if visit.gated_out_at is not None and visit.gated_out_at < before])

    def _end_boxes(self, now: datetime) -> None:
        self._forget_boxes(self._ended_boxes(now - KEPT))

    def _ended_boxes(self, before: datetime) -> dict[str, Container]:
        """Boxes that left long ago, but those whose declaration still has a box here."""
        left = {
            box.id: box
            for box in self._terminal.table(Container).values()
            if box.departed_at is not None and box.departed_at < before
        }
        declarations = self._terminal.table(Declaration)
        for link in self._terminal.table(DeclarationBox).values():
            if link.container_id in left and declarations[link.declaration_id].state != "closed":
                del left[link.container_id]
        return left

    def _forget_boxes(self, gone: dict[str, Container]) -> None:
        """The boxes, what is only about them, and declarations that have none left."""
        table, links = self._terminal.table, self._terminal.table(DeclarationBox)
        papers = {link.declaration_id for link in links.values() if link.container_id in gone}
        papers -= {link.declaration_id for link in links.values() if link.container_id not in gone}
        self._delete([link for link in links.values() if link.container_id in gone])
        self._delete([one for one in table(Inspection).values() if one.container_id in gone])
        self._delete([one for one in table(GateVisit).values() if one.container_id in gone])
        self._delete([one for one in table(WorkInstruction).values() if one.container_id in gone])
        self._delete([one for one in table(Seal).values() if one.container_id in gone])
        self._delete([one for one in table(Declaration).values() if one.id in papers])
        for box in gone.values():
            self._boxes.forget(box)
        self._delete(gone.values())

    def _end_trains(self, now: datetime) -> None:
        before = now - KEPT
        closed = {
            train.id: train
            for train in self._terminal.table(Train).values()
            if train.phase == "closed" and train.actual_departure is not None and train.actual_departure < before
        }
        if not closed:
            return
        for box in self._terminal.table(Container).values():
            if box.inbound_train_id in closed:
                box.inbound_train_id = None
                self._terminal.log.upsert(box)
            if box.train_id in closed:
                box.train_id, box.wagon_id = None, None
                self._terminal.log.upsert(box)
        for train in self._terminal.table(Train).values():
            if train.turned_from in closed:
                train.turned_from = None
                self._terminal.log.upsert(train)
        table = self._terminal.table
        voyages = {train.voyage_id for train in closed.values()}
        self._delete([one for one in table(TrainStop).values() if one.train_id in closed])
        self._delete([one for one in table(TrainCutoff).values() if one.train_id in closed])
        self._delete([one for one in table(Booking).values() if one.train_id in closed])
        self._delete([one for one in table(WorkInstruction).values() if one.train_id in closed])
        self._delete([one for one in table(Wagon).values() if one.train_id in closed])
        self._delete([one for one in table(Voyage).values() if one.id in voyages])
        for train_id in closed:
            del self._bookings.visits[train_id]
        self._delete(closed.values())

    def _delete(self, records: Iterable[Feed]) -> None:
        for record in records:
            self._terminal.log.delete(record)
