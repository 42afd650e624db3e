"""Physical inspections: a box is called, gets one of the few slots, is brought to the bay, checked and taken back."""

from console.simulator.boxes import Boxes
from console.simulator.machines import Machines
from console.simulator.office import OPENINGS
from console.simulator.records import UNWRITTEN, Block, Container, Declaration, Inspection
from console.simulator.terminal import HOUR, MINUTE, Steps, Terminal, at, local_day, local_moment, skewed
from console.simulator.yard import Yard

SLOT_MIN = 30
LEAD_MIN = 75
"""Minutes between the giving of a slot and its start: time to dig the box out and bring it."""
PASSED_SHARE = 0.92
DAYS_AHEAD = 6


class Inspections:
    """Slots of all inspection bays, and the inspections in them."""

    def __init__(self, terminal: Terminal, yard: Yard, boxes: Boxes, machines: Machines) -> None:
        self._terminal, self._yard, self._boxes, self._machines = terminal, yard, boxes, machines
        self._chance = terminal.chance("inspections")
        self._bays = [
            (block.id, bay)
            for block in terminal.table(Block).values()
            for bay in range(1, (block.inspection_bays or 0) + 1)
        ]
        self._booked: dict[int, int] = {}
        """Slots taken, by the start of the slot; bays fill in their order."""

    def run(self, declaration: Declaration, box: Container) -> Steps:
        """One inspection; True when it is passed."""
        chance, log = self._chance, self._terminal.log
        inspection = Inspection(
            id=self._terminal.new_id("N"), **UNWRITTEN, declaration_id=declaration.id, container_id=box.id,
            state="called",
        )  # fmt: skip
        log.upsert(inspection)
        yield self._terminal.wait(skewed(chance, 35 * MINUTE, 0.6))
        starts = self._give_slot(inspection)
        declaration.turn = "terminal"
        log.upsert(inspection)
        log.upsert(declaration)
        yield self._terminal.wait_until(starts - chance.uniform(60, 110) * MINUTE)
        came = yield from self._bring(inspection, box)
        inspection.state, declaration.turn = "waiting", "customs"
        log.upsert(inspection)
        log.upsert(declaration)
        yield self._terminal.wait_until(starts)
        declaration.started_at, inspection.state = self._terminal.now, "running"
        log.upsert(inspection)
        log.upsert(declaration)
        yield self._terminal.wait(skewed(chance, 26 * MINUTE, 0.25))
        passed = chance.random() < PASSED_SHARE
        inspection.state, inspection.ended_at = "passed" if passed else "failed", self._terminal.now
        inspection.result = (
            None if passed else chance.choice(("goods not as declared", "quantity differs", "marks missing"))
        )
        log.upsert(inspection)
        if came:
            self._terminal.start(self._take_back(box))
        return passed

    def _give_slot(self, inspection: Inspection) -> int:
        """The first free slot with enough lead; bays are interchangeable."""
        earliest = self._terminal.env.now + LEAD_MIN * MINUTE
        today = local_day(self._terminal.seconds)
        for day in range(today, today + DAYS_AHEAD):
            for begins, ends in OPENINGS:
                for index in range(round((ends - begins) * 60 / SLOT_MIN)):
                    starts = local_moment(day, begins) + index * SLOT_MIN * MINUTE
                    taken = self._booked.get(starts, 0)
                    if starts >= earliest and taken < len(self._bays):
                        self._booked[starts] = taken + 1
                        inspection.block_id, inspection.bay = self._bays[taken]
                        inspection.slot_starts, inspection.slot_ends = at(starts), at(starts + SLOT_MIN * MINUTE)
                        return starts
        raise RuntimeError("no inspection slot is free for six days")

    def _bring(self, inspection: Inspection, box: Container) -> Steps:
        """To the inspection block; a box that is on its way elsewhere is inspected where it is."""
        block = inspection.block_id or ""
        if box.place not in ("yard", "crane"):
            return False
        self._boxes.claim(box)
        box.planned_block_id = block
        work = self._machines.order("inspection", box, train_id=None, block_id=block)
        lifted = yield from self._machines.pick_up(box, work, lambda: box.departed_at is None and box.state == "yard")
        if lifted:
            back = self._machines.order("inspection", box, train_id=None, block_id=block)
            yield from self._machines.set_down(box, back, block)
        return lifted

    def _take_back(self, box: Container) -> Steps:
        yield self._terminal.wait(self._chance.uniform(0.2, 1.0) * HOUR)
        home = self._yard.block_for(box)
        box.planned_block_id = home
        work = self._machines.order("inspection", box, train_id=None, block_id=home)
        lifted = yield from self._machines.pick_up(
            box, work, lambda: box.place in ("yard", "crane") and box.state == "yard"
        )
        if lifted:
            down = self._machines.order("inspection", box, train_id=None, block_id=home)
            yield from self._machines.set_down(box, down, home)
        self._boxes.unclaim(box)
        self._boxes.refresh(box)
