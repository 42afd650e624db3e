"""The yard: which block a box goes to, and its record while it stands there."""

from console.simulator.cargo import is_forty
from console.simulator.records import Block, Container
from console.simulator.stacks import Slot, Stacks
from console.simulator.terminal import Terminal

APART = {"3": 0, "8": 1, "9": 2, "2.1": 2, "5.1": 3}
"""Class of dangerous goods to the block, by number, where it does not meet those it must be apart from."""
CAREFUL_SHARE = 0.97


class Yard:
    """Stacks of every block; the records of boxes say what the stacks say."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._chance = terminal.chance("yard")
        self.blocks = terminal.table(Block)
        self.stacks = {block.id: _stacks_of(block) for block in self.blocks.values()}
        self._plugged = dict.fromkeys(self.stacks, 0)
        self._without_plug: dict[str, dict[str, Container]] = {block: {} for block in self.stacks}
        self._by_kind: dict[str, list[str]] = {}
        for block in self.blocks.values():
            self._by_kind.setdefault(block.kind, []).append(block.id)

    def __len__(self) -> int:
        return sum(len(stacks) for stacks in self.stacks.values())

    def block_for(self, box: Container) -> str:
        """A block of the box's kind, the emptier of three or one with a plug; where its kind is full, a stack block."""
        kind = kind_of(box)
        if kind == "dangerous":
            return self._apart(box.imdg_class or "") or self._emptier(kind) or self._by_kind[kind][0]
        chosen = self._with_plug() if kind == "reefer" else self._emptier(kind)
        return chosen or self._emptier("stack") or self._emptier("empty") or self._by_kind["stack"][0]

    def stand(self, box: Container, block: str, *, avoid: Slot | None = None) -> None:
        """Stand a box in a block, or in the next one with room, its own kind first; the record has its place."""
        kinds = (kind_of(box), "stack", "empty")
        others = [other for kind in kinds for other in self._by_kind[kind]]
        for candidate in (block, self.block_for(box), *others):
            if self._stand_in(box, candidate, avoid):
                return
        raise RuntimeError("no slot is left in the whole yard")

    def lift(self, box: Container, place: str) -> None:
        """Take a box out of its stack into `place` (a crane)."""
        block = box.block_id or ""
        self.stacks[block].take(box.id)
        self._without_plug[block].pop(box.id, None)
        if box.plugged:
            box.plugged = False
            self._free_plug(block)
        box.place, box.block_id, box.bay, box.row, box.tier = place, None, None, None, None
        if box.planned_bay is not None:  # a slot that was mixed up is so no longer
            box.planned_block_id, box.planned_bay, box.planned_row, box.planned_tier = None, None, None, None
        self._terminal.log.upsert(box)

    def above(self, box: Container) -> list[str]:
        """Ids of the boxes above it, the topmost first; none when it stands in no stack."""
        return self.stacks[box.block_id].above(box.id) if box.block_id else []

    def slot(self, box: Container) -> Slot:
        """Where a box of the yard stands."""
        return self.stacks[box.block_id or ""].slot(box.id)

    def regroup(self, box: Container) -> None:
        """Its train has changed: it no longer belongs to those it stands with."""
        if box.block_id:
            self.stacks[box.block_id].regroup(box.id, group_of(box))

    def _stand_in(self, box: Container, block: str, avoid: Slot | None) -> bool:
        stacks = self.stacks[block]
        slot = stacks.put(box.id, forty=is_forty(box.size_type), group=group_of(box), chance=self._chance, avoid=avoid)
        if slot is None:
            return False
        box.place, box.state, box.block_id = "yard", "yard", block
        heap = self.blocks[block].kind == "heap"  # nobody knows where in it
        box.bay, box.row, box.tier = (None, None, None) if heap else (slot.bay, slot.row, slot.tier)
        box.planned_block_id, box.vehicle, box.wagon_id, box.wagon_slot = None, None, None, None
        box.planned_bay, box.planned_row, box.planned_tier = None, None, None
        if box.setpoint_c is not None:
            box.plugged = self._plugs_left(block) > 0
            self._plugged[block] += box.plugged
            if not box.plugged:
                self._without_plug[block][box.id] = box
        self._terminal.log.upsert(box)
        return True

    def _free_plug(self, block: str) -> None:
        """A reefer is unplugged: the one of the block that has stood longest without a plug gets it."""
        waiting = self._without_plug[block]
        if not waiting:
            self._plugged[block] -= 1
            return
        box = waiting.pop(next(iter(waiting)))
        box.plugged = True
        self._terminal.log.upsert(box)

    def _plugs_left(self, block: str) -> int:
        return (self.blocks[block].plugs or 0) - self._plugged[block]

    def _with_plug(self) -> str | None:
        """The reefer block with most plugs left, None when there are none."""
        best = max(self._by_kind["reefer"], key=self._plugs_left)
        return best if self._plugs_left(best) > 0 else None

    def _apart(self, imdg_class: str) -> str | None:
        """The block of that class of dangerous goods, most of the time: people make mistakes, and blocks are full."""
        blocks = self._by_kind["dangerous"]
        block = blocks[APART.get(imdg_class, 0) % len(blocks)]
        return block if self._chance.random() < CAREFUL_SHARE and self._fill(block) < 0.92 else None

    def _emptier(self, kind: str) -> str | None:
        blocks = self._by_kind[kind]
        drawn = blocks if len(blocks) <= 3 else self._chance.sample(blocks, 3)
        best = min(drawn, key=self._fill)
        return best if self._fill(best) < 0.92 else None

    def _fill(self, block: str) -> float:
        return self.stacks[block].teu / self.stacks[block].raw_teu


def _stacks_of(block: Block) -> Stacks:
    """A heap is stacked too, though nobody writes down how."""
    if block.kind == "heap":
        return Stacks(max(2, round((block.stated_teu or 0) / 6)), 2, 3)
    return Stacks(block.bays or 1, block.rows or 1, block.tiers or 1)


def kind_of(box: Container) -> str:
    """The kind of block that it belongs in."""
    if not box.full:
        return "heap" if box.damaged else "empty"
    if box.imdg_class is not None:
        return "dangerous"
    return "stack" if box.setpoint_c is None else "reefer"


def group_of(box: Container) -> str:
    """Boxes of one group leave together or in any order: they may stand on each other."""
    return box.train_id or f"{box.category} {box.size_type}"
