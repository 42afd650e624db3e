"""Customs: declarations on their way through lane and state, with office hours, officers and inspection slots.

Green releases by itself, and so does blue, whose papers are looked at later; yellow waits for an officer and often for
a paper, red for a slot at an inspection bay. Source codes are UN/EDIFACT 7365.
"""

import math
from collections.abc import Sequence

import simpy

from console.simulator.boxes import Boxes
from console.simulator.cargo import teu
from console.simulator.inspections import Inspections
from console.simulator.office import Office, broker_time
from console.simulator.places import ROAD_EXITS
from console.simulator.records import UNWRITTEN, Container, Declaration, DeclarationBox, DesignatedSite
from console.simulator.terminal import HOUR, MINUTE, Steps, Terminal, at, skewed

LANE_WEIGHTS = {
    "export": (78, 16, 4, 2), "import": (62, 26, 8, 4), "transit": (84, 13, 3, 0), "bonded": (52, 30, 10, 8),
    "tir": (80, 15, 5, 0), "e-commerce": (88, 6, 2, 4),
}  # fmt: skip
"""Green, yellow, red, blue by regime, per cent."""
SPECIAL_WEIGHTS = (30, 45, 25, 0)
RAW_CODES = {
    "draft": "10", "submitted": "34", "rejected": "3", "accepted": "9", "documents required": "6", "inspection": "5",
    "detained": "7", "duty pending": "1", "transit allowed": "8", "released": "4", "closed": "4",
}  # fmt: skip
PAPERS = ("packing list", "invoice", "certificate of origin", "CCC certificate", "contract", "health certificate")
PERMISSION = {"inspection": "inspection", "detained": "detained", "released": "released", "transit allowed": "released"}
OFFICERS_FOR_YELLOW = 5
SYSTEM = "risk engine"
OFFICERS = ("Officer Wang", "Officer Li", "Officer Zhao", "Officer Chen", "Officer Tang", "Officer Luo")
BROKERS = ("Yuxin Customs Brokers", "Lujing Forwarding", "Jialing Customs Services", "Land-Sea Brokers")
OFFICE_HERE = "Chongqing railway port"
ABROAD = ("Hanoi", "Vientiane", "Mandalay", "Almaty")
ADVANCE_EXPORTS = 0.12
"""Share of exports declared before the box is in; the usual way is to declare goods that stand in the terminal."""
CLEARS_BEFORE = 2.5 * HOUR
"""Seconds before a departure at which its exports are declared at the latest, to be cleared by the cut-off."""
IMPORT_AFTER, TRANSIT_AFTER = 14 * HOUR, 5 * HOUR
"""Seconds after a train is in at which most of what came with it is declared; what goes on by train is in a hurry."""
ADVANCE_SHARE = 0.38
"""Share of inbound declarations made before the train is in (railway express mode and the like)."""


class Customs:
    """Makes declarations and takes each through."""

    def __init__(self, terminal: Terminal, boxes: Boxes, office: Office, inspections: Inspections) -> None:
        self._terminal, self._boxes, self._office, self._inspections = terminal, boxes, office, inspections
        self._chance = terminal.chance("customs")
        officers = max(2, round(OFFICERS_FOR_YELLOW * math.pow(terminal.road_scale, 0.8)))
        self._officers = simpy.PriorityResource(terminal.env, capacity=officers)
        self._boxes_of: dict[str, list[Container]] = {}

    def declare_export(self, boxes: Sequence[Container], departs: float) -> None:
        """Declarations for boxes of one shipper that leave by a train; most wait until the goods are here."""
        for group in self._groups(boxes):
            advance = self._chance.random() < ADVANCE_EXPORTS
            ahead = self._chance.triangular(3.0, 40.0, 20.0) * HOUR
            latest = departs - CLEARS_BEFORE
            submit = broker_time(self._chance, departs - ahead, latest)
            self._terminal.start(self._run(group, "export", submit, goods_by=None if advance else latest))

    def declare_inbound(self, boxes: Sequence[Container], arrives: float) -> None:
        """Declarations for boxes of an inbound train: some in advance, most in the day after it is in."""
        for group in self._groups(boxes):
            chance = self._chance
            advance = chance.random() < ADVANCE_SHARE
            after = TRANSIT_AFTER if group[0].category == "transit" else IMPORT_AFTER
            submit = arrives - chance.uniform(0.5, 5) * HOUR if advance else arrives + skewed(chance, after, 0.8)
            self._terminal.start(self._run(group, self._inbound_regime(group[0]), broker_time(chance, submit)))

    def declare_stock(self, boxes: Sequence[Container]) -> None:
        """Declarations for boxes that have stood here for a while."""
        for group in self._groups(boxes):
            regime = "export" if group[0].category == "export" else self._inbound_regime(group[0])
            delay = self._chance.expovariate(1 / (20 * HOUR))
            submit = broker_time(self._chance, self._terminal.env.now + delay)
            self._terminal.start(self._run(group, regime, submit))

    def _groups(self, boxes: Sequence[Container]) -> list[list[Container]]:
        """Boxes under one declaration: mostly one or two, goods for a designated site always alone."""
        groups: list[list[Container]] = []
        room = 0
        for box in boxes:
            special = box.id in self._boxes.cargo and self._boxes.cargo[box.id].special_kind is not None
            if room > 0 and not special and groups[-1][0].category == box.category:
                groups[-1].append(box)
                room -= 1
            else:
                groups.append([box])
                room = 0 if special else self._chance.choice((0, 0, 0, 1, 1, 2, 4))
        return groups

    def _inbound_regime(self, box: Container) -> str:
        if box.category == "transit":
            return "transit"
        return self._chance.choices(("import", "bonded", "e-commerce", "tir"), weights=(84, 8, 6, 2))[0]

    def _run(self, boxes: list[Container], regime: str, submit: float, *, goods_by: float | None = None) -> Steps:
        """One declaration from its making to its closing.

        With `goods_by` it waits for the goods; at that time those that are here go without the others.
        """
        chance = self._chance
        yield self._terminal.wait_until(submit)
        while goods_by is not None and (missing := [box for box in boxes if box.received_at is None]):
            if len(missing) < len(boxes) and self._terminal.env.now >= goods_by:
                self._terminal.start(self._run(missing, regime, submit, goods_by=goods_by))
                boxes = [box for box in boxes if box.received_at is not None]
            yield self._terminal.wait(chance.uniform(10, 30) * MINUTE)
        boxes = [box for box in boxes if box.departed_at is None and box.customs == "not declared"]
        if not boxes:
            return
        declaration = self._make(boxes, regime)
        if chance.random() < 0.1:
            self._set(declaration, "draft", "broker")
            yield self._terminal.wait(chance.uniform(10, 60) * MINUTE)
        yield from self._submit(declaration)
        yield from self._await_goods(declaration)
        yield from self._pass_lane(declaration)
        yield from self._close(declaration)

    def _make(self, boxes: list[Container], regime: str) -> Declaration:
        chance = self._chance
        content = self._boxes.cargo.get(boxes[0].id)
        number = f"04{self._terminal.numbers.count('declaration', 1_219_001)}"
        declaration = Declaration(
            id=self._terminal.new_id("D"), **UNWRITTEN, number=number, regime=regime, state="draft",
            priority=1 if boxes[0].setpoint_c is not None else 0,
            office_id="8014" if regime in ("bonded", "e-commerce") else "8001",
            advance=any(box.received_at is None for box in boxes), goods=content.goods if content else None,
            special_kind=content.special_kind if content else None,
        )  # fmt: skip
        if regime == "tir":
            declaration.transit_document = self._terminal.numbers.carnet()
            declaration.carnet_vouchers = chance.choice((4, 6, 14, 20))
            declaration.vouchers_used = 2 * chance.randrange(declaration.carnet_vouchers // 2)
            declaration.carnet_expires = at(self._terminal.env.now + chance.randint(3, 60) * 24 * HOUR)
            declaration.office_departure = OFFICE_HERE
            declaration.office_exit = chance.choice(ROAD_EXITS)
            declaration.office_destination = chance.choice(ABROAD)
        elif regime == "transit":
            declaration.transit_document = f"TR{chance.randrange(10**7, 10**8)}"
            declaration.office_departure = OFFICE_HERE
            declaration.office_exit = boxes[0].destination
        self._boxes_of[declaration.id] = boxes
        self._terminal.log.upsert(declaration)
        for index, box in enumerate(boxes, 1):
            link = DeclarationBox(
                id=f"{declaration.id}-{index}", **UNWRITTEN, declaration_id=declaration.id, container_id=box.id
            )
            self._terminal.log.upsert(link)
        return declaration

    def _set(self, declaration: Declaration, state: str, turn: str | None) -> None:
        declaration.state, declaration.raw_state, declaration.turn = state, RAW_CODES[state], turn
        declaration.officer = self._who(declaration, state)
        self._terminal.log.upsert(declaration)
        permission = PERMISSION.get(state, "declared")
        for box in self._boxes_of[declaration.id]:
            if box.departed_at is None and state != "draft":
                box.customs = permission
                self._boxes.refresh(box)

    def _who(self, declaration: Declaration, state: str) -> str:
        """Who gave it this state: its broker, the officer who looked at it, or the system by itself."""
        if state in ("draft", "submitted"):
            return BROKERS[int(declaration.number) % len(BROKERS)]
        return SYSTEM if declaration.started_at is None else OFFICERS[int(declaration.number) % len(OFFICERS)]

    def _submit(self, declaration: Declaration) -> Steps:
        chance = self._chance
        while True:
            declaration.submitted_at = self._terminal.now
            self._set(declaration, "submitted", "customs")
            yield self._terminal.wait(skewed(chance, 7 * MINUTE, 0.6))
            if chance.random() > 0.02:
                return
            self._set(declaration, "rejected", "broker")
            declaration.remark = "data elements do not agree with the manifest"
            yield self._terminal.wait(skewed(chance, 50 * MINUTE))

    def _await_goods(self, declaration: Declaration) -> Steps:
        """An advance declaration is accepted and waits for its boxes."""
        while any(box.received_at is None and box.departed_at is None for box in self._boxes_of[declaration.id]):
            if declaration.state != "accepted":
                self._set(declaration, "accepted", "carrier")
            yield self._terminal.wait(6 * MINUTE)

    def _pass_lane(self, declaration: Declaration) -> Steps:
        chance = self._chance
        self._take_bay(declaration)
        weights = SPECIAL_WEIGHTS if declaration.special_kind else LANE_WEIGHTS[declaration.regime or "import"]
        lane = chance.choices(("green", "yellow", "red", "blue"), weights=weights)[0]
        declaration.lane, declaration.laned_at = lane, self._terminal.now
        self._set(declaration, "accepted" if lane != "red" else "inspection", "customs")
        if lane in ("green", "blue"):
            yield self._terminal.wait(skewed(chance, 6 * MINUTE, 0.6))
        elif lane == "yellow":
            yield from self._check_papers(declaration)
        if declaration.lane == "red":
            yield from self._inspect(declaration)
        if declaration.regime == "import" and chance.random() < 0.2:
            self._set(declaration, "duty pending", "broker")
            yield self._terminal.wait_until(broker_time(chance, self._terminal.env.now + skewed(chance, 75 * MINUTE)))
        declaration.released_at = self._terminal.now
        self._use_quota(declaration)
        self._set(declaration, "transit allowed" if declaration.regime in ("transit", "tir") else "released", None)

    def _take_bay(self, declaration: Declaration) -> None:
        """Goods for a designated site stand in one of its bays until they are cleared, while one is free."""
        site = self._terminal.table(DesignatedSite).get(f"site-{declaration.special_kind}")
        if site is not None:
            site.bays_taken = min(site.bays or 0, (site.bays_taken or 0) + 1)
            self._terminal.log.upsert(site)

    def _use_quota(self, declaration: Declaration) -> None:
        """Goods cleared at a designated site count against its quota of the month."""
        site = self._terminal.table(DesignatedSite).get(f"site-{declaration.special_kind}")
        if site is not None:
            site.bays_taken = max(0, (site.bays_taken or 0) - 1)
            used = sum(teu(box.size_type) for box in self._boxes_of[declaration.id])
            site.used_teu = (site.used_teu or 0.0) + used
            self._terminal.log.upsert(site)

    def _check_papers(self, declaration: Declaration) -> Steps:
        """An officer looks at the papers; a third lacks one, and one in twenty goes on to inspection."""
        chance = self._chance
        asked = chance.random() < 0.33
        while True:
            with self._officers.request(priority=-(declaration.priority or 0)) as turn:
                yield turn
                yield from self._office.open_again()
                declaration.started_at = declaration.started_at or self._terminal.now
                self._terminal.log.upsert(declaration)
                yield self._terminal.wait(skewed(chance, 14 * MINUTE, 0.4))
            if not asked:
                break
            asked = False
            declaration.documents_asked = chance.choice(PAPERS)
            self._set(declaration, "documents required", "broker")
            yield self._terminal.wait_until(broker_time(chance, self._terminal.env.now + skewed(chance, 100 * MINUTE)))
            declaration.documents_asked = None
            self._set(declaration, "accepted", "customs")
        if chance.random() < 0.05:
            declaration.lane, declaration.laned_at, declaration.started_at = "red", self._terminal.now, None
            self._set(declaration, "inspection", "customs")

    def _inspect(self, declaration: Declaration) -> Steps:
        """One box of the declaration goes to a bay; what fails is detained for one to four days."""
        chance = self._chance
        box = chance.choice(self._boxes_of[declaration.id])
        passed = yield from self._inspections.run(declaration, box)
        if not passed:
            self._set(declaration, "detained", "customs")
            yield self._terminal.wait(chance.uniform(20, 90) * HOUR)

    def _close(self, declaration: Declaration) -> Steps:
        """Closed once every box has left."""
        while any(box.departed_at is None for box in self._boxes_of[declaration.id]):
            yield self._terminal.wait(HOUR)
        self._set(declaration, "closed", None)
        del self._boxes_of[declaration.id]
