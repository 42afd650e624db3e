"""Cranes and what they do: one move at a time, digging first where boxes are in the way, with faults and helpers.

A gantry crane is semi-automated: it drives itself, a person at a desk takes over a few of its moves (remote), and now
and then it stands with a fault.
"""

from collections import deque
from collections.abc import Callable

import simpy

from console.simulator.boxes import Boxes
from console.simulator.records import UNWRITTEN, Block, Container, Crane, WorkInstruction
from console.simulator.terminal import HOUR, MINUTE, Steps, Terminal, local_hour, skewed
from console.simulator.yard import Yard

REMOTE_SHARE = 0.05
HOURS_BETWEEN_FAULTS = 14.0
FAULT_MINUTES = 30.0
FAULTS = ("spreader twistlock", "hoist overload trip", "laser scanner dirty", "gantry drive", "cable reel")
SHIFT_HOURS = (8.0, 20.0)
FIRST, NEXT, LAST = 0, 1, 2
"""Whose move goes first: a fault, a train's, any other."""


class Unit:
    """A crane, who waits for it, and when it finished its moves of the last hour."""

    def __init__(self, record: Crane, env: simpy.Environment) -> None:
        self.record = record
        self.turn = simpy.PriorityResource(env, capacity=1)
        self.finished: deque[int] = deque()

    def rate(self, now: int) -> float:
        """Moves in the last hour."""
        while self.finished and self.finished[0] <= now - HOUR:
            self.finished.popleft()
        return float(len(self.finished))


class Machines:
    """All cranes, and the moves of boxes that they make."""

    def __init__(self, terminal: Terminal, yard: Yard, boxes: Boxes) -> None:
        self._terminal, self._yard, self._boxes = terminal, yard, boxes
        self._chance = terminal.chance("machines")
        self._work = terminal.table(WorkInstruction)
        self.units = {crane.id: Unit(crane, terminal.env) for crane in terminal.table(Crane).values()}
        self._at_track = {unit.record.track_id: unit for unit in self.units.values() if unit.record.track_id}
        self._at_block = self._share_out_blocks(terminal.table(Block))
        for unit in self.units.values():
            terminal.start(self._faults(unit))
        terminal.start(self._keep_rates())

    def at_track(self, track: str) -> Unit | None:
        """The crane or stacker that works at a track."""
        return self._at_track.get(track)

    def at_block(self, block: str) -> Unit:
        """The crane that works in a block."""
        return self._at_block[block]

    def order(self, kind: str, box: Container, **where: str | int | None) -> WorkInstruction:
        """A work instruction, planned now."""
        instruction = WorkInstruction(
            id=self._terminal.new_id("W"), **UNWRITTEN, kind=kind, state="planned", container_id=box.id,
            planned_at=self._terminal.now, **where,  # type: ignore[arg-type]  # keywords of the record
        )  # fmt: skip
        self._terminal.log.upsert(instruction)
        return instruction

    def cancel(self, instruction: WorkInstruction) -> None:
        """The move will not be made."""
        instruction.state = "canceled"
        self._terminal.log.upsert(instruction)

    def set_down(self, box: Container, instruction: WorkInstruction, block: str, unit: Unit | None = None) -> Steps:
        """Move a box that came by train, truck or crane into a block; `unit` works if not the block's own."""
        unit = unit or self.at_block(block)
        with unit.turn.request(priority=NEXT if instruction.train_id else LAST) as turn:
            yield turn
            self._begin(unit, instruction, box)
            box.place = "crane"
            self._terminal.log.upsert(box)
            yield self._move_time(unit)
            self._yard.stand(box, block)
            instruction.block_id = box.block_id
            self._end(unit, instruction)

    def pick_up(
        self, box: Container, instruction: WorkInstruction, still: Callable[[], bool], unit: Unit | None = None
    ) -> Steps:
        """Dig a box out and lift it; True with the box in the crane's hands, False when `still` no longer holds.

        `unit` works if not the crane of the block; boxes in the way are always the block crane's work.
        """
        while still():
            if box.place != "yard":  # somebody digs and has it on the hook
                yield self._terminal.wait(MINUTE)
                continue
            if above := self._yard.above(box):
                yield from self._shift(above[0], box)
                continue
            block = box.block_id
            lifter = unit or self.at_block(block or "")
            with lifter.turn.request(priority=NEXT if instruction.train_id else LAST) as turn:
                yield turn
                if not still():
                    break
                if box.block_id != block or self._yard.above(box):
                    continue
                instruction.block_id = block
                self._begin(lifter, instruction, box)
                self._yard.lift(box, "crane")
                yield self._move_time(lifter)
                self._end(lifter, instruction)
                return True
        self.cancel(instruction)
        return False

    def _shift(self, blocker_id: str, wanted: Container) -> Steps:
        """Move one box off another, within the block where there is room."""
        blocker = self._boxes.records[blocker_id]
        block = blocker.block_id or ""
        unit = self.at_block(block)
        with unit.turn.request(priority=NEXT if wanted.train_id else LAST) as turn:
            yield turn
            # While waiting, another crane may have dug here too.
            if wanted.block_id != block or self._yard.above(wanted)[:1] != [blocker_id]:
                return
            instruction = self.order(
                "rehandle", blocker, crane_id=unit.record.id, block_id=block, train_id=wanted.train_id
            )
            origin = self._yard.slot(blocker)
            self._begin(unit, instruction, blocker)
            self._yard.lift(blocker, "crane")
            yield self._move_time(unit)
            self._yard.stand(blocker, block, avoid=origin)
            self._end(unit, instruction)

    def _begin(self, unit: Unit, instruction: WorkInstruction, box: Container) -> None:
        crane = unit.record
        instruction.state, instruction.crane_id = "active", crane.id
        crane.job = f"{instruction.kind} {box.number}"
        crane.queued = len(unit.turn.queue)
        if crane.kind == "gantry":
            by_hand = self._chance.random() < REMOTE_SHARE
            crane.mode = "remote" if by_hand else "auto"
            crane.interventions = (crane.interventions or 0) + by_hand
        self._terminal.log.upsert(instruction)
        self._terminal.log.upsert(crane)

    def _end(self, unit: Unit, instruction: WorkInstruction) -> None:
        now = self._terminal.seconds
        instruction.state, instruction.done_at = "done", self._terminal.now
        unit.finished.append(now)
        unit.record.job = None
        unit.record.queued = len(unit.turn.queue)
        unit.record.moves_per_hour = unit.rate(now)
        self._terminal.log.upsert(instruction)
        self._terminal.log.upsert(unit.record)

    def _move_time(self, unit: Unit) -> simpy.Timeout:
        norm = unit.record.norm_per_hour or 20.0
        slower = 1.6 if unit.record.mode == "remote" else 1.0
        return self._terminal.wait(slower * skewed(self._chance, 0.95 * HOUR / norm, 0.22))

    def _share_out_blocks(self, blocks: dict[str, Block]) -> dict[str, Unit]:
        """Gantry cranes take turns over the blocks of their kinds; others have a block of their own."""
        home_kind = {
            unit.record.id: blocks[unit.record.block_id].kind for unit in self.units.values() if unit.record.block_id
        }
        shared: dict[str, Unit] = {}
        for kinds in (("stack",), ("reefer", "dangerous"), ("empty",), ("inspection",), ("heap",)):
            units = [self.units[crane] for crane, kind in home_kind.items() if kind in kinds]
            own = [block.id for block in blocks.values() if block.kind in kinds]
            shared.update({block: units[index % len(units)] for index, block in enumerate(own)})
        return shared

    def _faults(self, unit: Unit) -> Steps:
        chance = self._terminal.chance(f"faults {unit.record.id}")
        while True:
            yield self._terminal.wait(chance.expovariate(1 / (HOURS_BETWEEN_FAULTS * HOUR)))
            with unit.turn.request(priority=FIRST) as turn:
                yield turn
                usual = unit.record.mode
                unit.record.mode, unit.record.fault = "fault", chance.choice(FAULTS)
                self._terminal.log.upsert(unit.record)
                yield self._terminal.wait(skewed(chance, FAULT_MINUTES * MINUTE))
                unit.record.mode, unit.record.fault = usual, None
                self._terminal.log.upsert(unit.record)

    def _keep_rates(self) -> Steps:
        """A crane that stands still has fewer moves in its last hour every minute; a shift begins at zero helps."""
        hour = local_hour(self._terminal.seconds)
        while True:
            yield self._terminal.wait(5 * MINUTE)
            before, hour = hour, local_hour(self._terminal.seconds)
            new_shift = any(before < begins <= hour for begins in SHIFT_HOURS)
            for unit in self.units.values():
                rate = unit.rate(self._terminal.seconds)
                if rate != unit.record.moves_per_hour or (new_shift and unit.record.interventions):
                    unit.record.moves_per_hour = rate
                    unit.record.interventions = 0 if new_shift else unit.record.interventions
                    self._terminal.log.upsert(unit.record)
