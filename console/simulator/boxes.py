"""Containers: how they come into being, what is still missing, and when they may leave."""

from collections import defaultdict
from random import Random

from console.simulator import cargo
from console.simulator.cargo import Cargo
from console.simulator.places import SITE, Place
from console.simulator.records import UNWRITTEN, Container
from console.simulator.terminal import HOUR, Steps, Terminal, later, skewed

LOCK_SHARE = {"transit": 0.35, "export": 0.03, "import": 0.004}
"""Share of full boxes that travel under a smart customs lock, by flow."""


class Pool:
    """Box ids to draw from; adding, dropping and drawing cost the same however many there are."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._index: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, box: str) -> None:
        """Put a box in, once."""
        if box not in self._index:
            self._index[box] = len(self._ids)
            self._ids.append(box)

    def discard(self, box: str) -> None:
        """Take a box out if it is in."""
        index = self._index.pop(box, None)
        if index is not None:
            last = self._ids.pop()
            if last != box:
                self._ids[index] = last
                self._index[last] = index

    def draw(self, chance: Random) -> str:
        """Any box; it stays in."""
        return chance.choice(self._ids)


class Boxes:
    """Makes boxes and keeps account of what each still needs; pools hold those that somebody may choose."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._chance = terminal.chance("boxes")
        self.records = terminal.table(Container)
        self.cargo: dict[str, Cargo] = {}
        self.to_fetch = Pool()
        """Full boxes for here that a truck may fetch."""
        self.free_exports = defaultdict[str, Pool](Pool)
        """By destination: boxes in the yard that go out by train and are on none yet."""
        self.empties = Pool()
        """Sound empties in stack."""
        self.damaged = Pool()
        """Damaged empties, for repair elsewhere."""
        self.reefers: dict[str, Container] = {}
        self.with_lock: dict[str, Container] = {}
        """Boxes under a smart customs lock; all others have bolt seals."""
        self._claimed: set[str] = set()

    def full(self, category: str, destination: Place, *, size_type: str | None = None) -> Container:
        """A full box that does not stand anywhere yet; `category` import and transit bring foreign goods."""
        chance = self._chance
        size_type = size_type or cargo.draw_size(chance)
        prefix = chance.choice(cargo.PREFIXES)
        inbound = category in ("import", "transit")
        content = cargo.draw_cargo(chance, size_type, inbound=inbound)
        gross = cargo.draw_gross(chance, size_type, full=True)
        box = Container(
            id=self._terminal.new_id("C"), **UNWRITTEN, number=self._terminal.numbers.container(prefix),
            size_type=size_type, category=category, full=True, owner=cargo.OWNERS[prefix],
            shared=prefix == cargo.SHARED_OWNER, damaged=False, gross_kg=gross,
            vgm_kg=gross + chance.randrange(-60, 61, 10),
            state="advised", destination_code=destination.code, destination=destination.name,
            documents_complete=True, customs="not declared", setpoint_c=content.setpoint_c,
        )  # fmt: skip
        if content.setpoint_c is not None:
            box.plugged = False
            self.reefers[box.id] = box
        if chance.random() < LOCK_SHARE.get(category, 0.0):
            box.seal = self._terminal.numbers.lock()
            self.with_lock[box.id] = box
        else:
            box.seal = self._terminal.numbers.bolt_seal()
        if content.dangerous is not None:
            box.imdg_class, box.un_number = content.dangerous
        self.cargo[box.id] = content
        return box

    def empty(self, destination: Place = SITE) -> Container:
        """An empty box; customs asks nothing of empties."""
        chance = self._chance
        size_type = cargo.draw_size(chance, full=False)
        prefix = chance.choice(cargo.PREFIXES)
        damaged = chance.random() < 0.03
        return Container(
            id=self._terminal.new_id("C"), **UNWRITTEN, number=self._terminal.numbers.container(prefix),
            size_type=size_type, category="storage", full=False, owner=cargo.OWNERS[prefix],
            shared=prefix == cargo.SHARED_OWNER, damaged=damaged, state="advised", documents_complete=True,
            gross_kg=cargo.draw_gross(chance, size_type, full=False), customs="released",
            destination_code=destination.code, destination=destination.name,
        )  # fmt: skip

    def receive(self, box: Container) -> None:
        """Gate-in complete or discharged: free time runs, and what is missing shows."""
        now = self._terminal.now
        box.received_at = now
        if box.category == "import":
            box.free_until = later(now, minutes=7 * 24 * 60)
        if box.full and box.category != "storage":
            self._find_faults(box)
        self.refresh(box)

    def refresh(self, box: Container) -> None:
        """Something about the box has changed: is it ready now, and may somebody choose it?"""
        ready = may_leave(box)
        outward = box.category in ("export", "transit")
        if outward:
            box.ready_at = (box.ready_at or self._terminal.now) if ready else None
        in_yard = box.place == "yard" and box.id not in self._claimed
        keep(self.to_fetch, box, wanted=in_yard and ready and box.full is True and not outward)
        keep(self.free_exports[box.destination_code or ""], box, wanted=in_yard and outward and box.train_id is None)
        spare = in_yard and not box.full and box.train_id is None
        keep(self.empties, box, wanted=spare and not box.damaged)
        keep(self.damaged, box, wanted=spare and bool(box.damaged))
        self._terminal.log.upsert(box)

    def claim(self, box: Container) -> None:
        """Somebody has chosen the box: nobody else may."""
        self._claimed.add(box.id)
        for pool in (self.to_fetch, self.free_exports[box.destination_code or ""], self.empties, self.damaged):
            pool.discard(box.id)

    def unclaim(self, box: Container) -> None:
        """The box may be chosen again, or is gone."""
        self._claimed.discard(box.id)

    def forget(self, box: Container) -> None:
        """The box leaves the records."""
        for mapping in (self.cargo, self.reefers, self.with_lock):
            mapping.pop(box.id, None)

    def hold(self, box: Container, code: str) -> None:
        """Put a hold on a box."""
        codes = (box.holds or "").split()
        if code not in codes:
            box.holds = " ".join([*codes, code])
        self.refresh(box)

    def release_hold(self, box: Container, code: str) -> None:
        """Lift a hold."""
        box.holds = " ".join(other for other in (box.holds or "").split() if other != code) or None
        self.refresh(box)

    def held(self, box: Container, code: str, seconds: float) -> Steps:
        """A hold, and its end."""
        self.hold(box, code)
        yield self._terminal.wait(seconds)
        if box.departed_at is None:
            if code == "damage":
                box.remark = "damage surveyed, sound enough to go on"
            self.release_hold(box, code)

    def _find_faults(self, box: Container) -> None:
        chance, start = self._chance, self._terminal.start
        drawn = chance.random()
        if drawn < 0.014:
            box.damaged = True
            box.remark = "damage survey ordered"
            start(self.held(box, "damage", skewed(chance, 7 * HOUR)))
        elif drawn < 0.024:
            start(self.held(box, "payment", skewed(chance, 9 * HOUR)))
        if box.category == "export" and chance.random() < 0.04:
            box.vgm_kg = None
            start(self._weighed_later(box, skewed(chance, 3 * HOUR)))
        if chance.random() < 0.05:
            box.documents_complete = False
            start(self._documents_later(box, skewed(chance, 5 * HOUR)))

    def _weighed_later(self, box: Container, seconds: float) -> Steps:
        yield self._terminal.wait(seconds)
        if box.departed_at is None:
            box.vgm_kg = box.gross_kg
            self.refresh(box)

    def _documents_later(self, box: Container, seconds: float) -> Steps:
        yield self._terminal.wait(seconds)
        if box.departed_at is None:
            box.documents_complete = True
            self.refresh(box)


def may_leave(box: Container) -> bool:
    """Received, released by customs, without a hold, with its documents and its verified mass."""
    complete = bool(box.documents_complete) and (box.vgm_kg is not None or not box.full)
    return box.received_at is not None and box.customs == "released" and box.holds is None and complete


def keep(pool: Pool, box: Container, *, wanted: bool) -> None:
    """The box is in the pool exactly when it is wanted there."""
    if wanted:
        pool.add(box.id)
    else:
        pool.discard(box.id)
