"""Blocks, the boxes standing in them, and the boxes of each train."""

from datetime import timedelta
from typing import Any, NamedTuple

from storage.models import Block, Container, GateVisit
from tests.scenery.rows import NOW, Rows, at

Box = dict[str, Any]
PREFIXES = ("LSTU", "SHPU", "QZHU", "WLMU", "CQIU")


class Plan(NamedTuple):
    """A block and the TEU that shall stand in it."""

    name: str
    kind: str
    bays: int
    rows: int
    tiers: int
    factor: float
    teu: int
    stated: float | None = None


PLANS = (
    Plan("A1", "stack", 25, 6, 4, 0.8, 283),
    Plan("A2", "stack", 25, 6, 4, 0.8, 350),
    Plan("A3", "stack", 25, 6, 4, 0.8, 264),
    Plan("B1", "stack", 25, 6, 4, 0.8, 245),
    Plan("B2", "stack", 25, 6, 4, 0.8, 360),
    Plan("B3", "stack", 25, 6, 4, 0.8, 341),
    Plan("R1", "reefer", 12, 5, 4, 0.75, 148),
    Plan("G1", "dangerous", 8, 5, 4, 0.625, 23),
    Plan("I1", "inspection", 9, 2, 2, 0.8, 18, 20.0),
    Plan("E1", "empty", 20, 6, 5, 0.8, 283),
    Plan("E2", "empty", 20, 6, 5, 0.8, 236, 428.0),
)
"""2 551 TEU in 4 088 TEU of working capacity."""

# block, bay, row, then the boxes from the ground up.
STACKS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("B3", 6, 1, ("WLMU6120938", "QZHU9001335", "SHPU7155406")),
    ("B3", 6, 2, ("CQIU2077367", "LSTU3374617", "CQIU4819022", "CQIU3907746")),
    ("B3", 6, 3, ("WLMU7731504",)),
    ("B3", 6, 4, ("SHPU3812668", "WLMU5508277", "SHPU2269181")),
    ("B3", 5, 5, ("QZHU6509195", "LSTU9190242")),
    ("B3", 6, 6, ("CQIU8644030",)),
    ("B3", 12, 1, ("", "", "", "CQIU7300513")),
    ("B2", 18, 3, ("", "LSTU2044185", "")),
    ("A2", 22, 5, ("", "", "CQIU5529080")),
    ("I1", 4, 1, ("LSTU8133649",)),
    ("I1", 8, 1, ("QZHU3054385",)),
)


class Yard:
    """The standing boxes, handed out to trains and declarations as they are needed."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.named: dict[str, Box] = {}
        self.free: list[Box] = []
        for order, plan in enumerate(PLANS):
            _block(rows, plan, order)
            self._fill(plan)

    def _fill(self, plan: Plan) -> None:
        """Stacks of boxes, none floating, until exactly the planned TEU stand there."""
        heights: dict[tuple[int, int], int] = {}  # (bay, row) to boxes; an even bay takes two odd ones
        room = plan.teu
        for block, bay, row, numbers in STACKS:
            if block == plan.name:
                for number in numbers:
                    room -= self._stand(plan, bay, row, heights, number)
        taken = {(odd, row) for bay, row in heights for odd in ((bay,) if bay % 2 else (bay - 1, bay + 1))}
        # The 20-foot bay out of step in B3: its neighbour stays empty, as the picture shows it.
        taken |= {(bay + 2, row) for bay, row in heights if bay % 2}
        places = []
        for row in range(1, plan.rows + 1):
            bay = 1
            while bay <= 2 * plan.bays - 1:
                pair = {(bay, row), (bay + 2, row)}
                long = bay + 2 <= 2 * plan.bays - 1 and not pair & taken and (bay + row * 3) % 7 != 0
                if long:
                    places.append((bay + 1, row))
                elif (bay, row) not in taken:
                    places.append((bay, row))
                bay += 4 if long else 2
        places.sort(key=lambda place: (place[0] * 7 + place[1] * 11) % 23)
        for tier in range(plan.tiers):
            for index, (bay, row) in enumerate(places):
                size = 1 if bay % 2 else 2
                low = heights.get((bay, row), 0) < tier
                if low or size > room or (plan.kind != "inspection" and tier > 1 and index % 4 == 0):
                    continue
                room -= self._stand(plan, bay, row, heights)
        assert room == 0, f"{plan.name} is {room} TEU short"

    def _stand(self, plan: Plan, bay: int, row: int, heights: dict[tuple[int, int], int], number: str = "") -> int:
        heights[bay, row] = heights.get((bay, row), 0) + 1
        count = len(self.named) + len(self.free)
        empty, reefer = plan.kind == "empty", plan.kind == "reefer"
        size = ("22R1" if reefer else "22G1") if bay % 2 else "45R1" if reefer else "45G1" if count % 3 else "42G1"
        box = self.rows.add(
            Container, number=number or self.rows.number(PREFIXES[count % 5]), size_type=size, full=not empty,
            category="storage" if empty else "import", owner="COSCO" if count % 2 else "Shared pool",
            shared=empty and count % 2 == 0, damaged=False, gross_kg=2_300 if empty else 18_000 + count % 9000,
            vgm_kg=None if empty else 18_000 + count % 9000, state="yard", place="yard", block_id=plan.name, bay=bay,
            row=row, tier=heights[bay, row], documents_complete=True, customs=None if empty else "declared",
            received_at=NOW - timedelta(hours=2 + count % 90), free_until=at("16:00", day=count % 9 - 2),
        )  # fmt: skip
        if reefer:
            # 49 of them work; the others were emptied of what was cold, and want no plug.
            box["plugged"] = sum(1 for other in self.free if other["plugged"]) < 49
            if box["plugged"]:
                box |= {"setpoint_c": -18.0, "reading_c": -18.0 + count % 5 / 10, "read_at": NOW}
        if plan.kind == "dangerous":
            box |= {"imdg_class": "3", "un_number": "1263"}
        if number:
            self.named[number] = box
        else:
            self.free.append(box)
        return 1 if bay % 2 else 2

    def take(self, teu: int, **values: Any) -> Box:
        """A general box of 1 or 2 TEU that nobody has asked for yet, now with these values; topmost ones first."""
        general = {plan.name for plan in PLANS if plan.kind == "stack"}
        fits = (box for box in self.free if box["block_id"] in general and (2 if box["bay"] % 2 == 0 else 1) == teu)
        box = max(fits, key=lambda box: box["tier"])
        self.free.remove(box)
        box |= values
        return box

    def road(self, teu: int, number: str = "", **values: Any) -> Box:
        """A box that is not here yet."""
        prefix = PREFIXES[(teu + len(self.free)) % 5]
        defaults: Box = {
            "number": number or self.rows.number(prefix), "size_type": "45G1" if teu == 2 else "22G1", "full": True,
            "category": "export", "gross_kg": 21_500, "vgm_kg": 21_480, "state": "advised", "place": "road",
            "documents_complete": True, "customs": "declared",
        }  # fmt: skip
        return self.rows.add(Container, **defaults | values)


def load_trains(rows: Rows, yard: Yard) -> None:
    """The boxes of X9582, X8086, X2012, X9584 and of the four arrivals, class by class."""
    _qinzhou(rows, yard)
    _duisburg(yard)
    _vientiane(yard)
    _bury(rows, "X9582", 2)
    later: Box = {"train_id": "X9584", "destination": "Qinzhou", "destination_code": "CNQZH", "category": "export"}
    for teu in (2, 2, 2, 2, 2, 1):
        yard.take(teu, **later, customs="released", ready_at=at("09:00"), booking="BK20677")
    for train, boxes, teus in (("X8071", 55, 110), ("X9581", 48, 90), ("84409", 15, 30), ("X2011", 36, 72)):
        for index in range(boxes):
            yard.road(
                1 if index < 2 * boxes - teus else 2, inbound_train_id=train, state="inbound", place="train",
                category="import", customs="not declared",
            )  # fmt: skip


DANGEROUS_ON_X9582 = {11: {"imdg_class": "3", "un_number": "1263"}, 17: {"imdg_class": "8", "un_number": "2794"}}
"""Wagon to the goods on it: six wagons apart."""


def _qinzhou(rows: Rows, yard: Yard) -> None:
    """X9582: 54 = loaded 31 + ready 9 + customs 4 + held 2 + due 3 + no ETA 3 + late 2; 96 TEU."""
    booked: Box = {"train_id": "X9582", "destination": "Qinzhou", "destination_code": "CNQZH", "category": "export",
                   "booking": "BK20588"}  # fmt: skip
    for index in range(31):
        yard.road(
            1 if index < 6 else 2, **booked, customs="released", state="loaded", place="wagon",
            wagon_id=f"X9582-{index + 1}", wagon_slot=1, received_at=at("15:00", day=-1), ready_at=at("08:00"),
            seal=f"{88300 + index}", **DANGEROUS_ON_X9582.get(index + 1, {}),
        )  # fmt: skip
    ready = {**booked, "customs": "released", "ready_at": at("09:30")}
    for number in ("CQIU3907746", "CQIU4819022", "CQIU2077367"):
        yard.named[number] |= ready
    for teu in (2, 2, 2, 2, 1, 1):
        yard.take(teu, **ready)
    red = {**booked, "customs": "inspection"}
    yard.named["LSTU2044185"] |= {**red, "received_at": at("18:02", day=-1)}
    yard.named["LSTU8133649"] |= {
        **red, "size_type": "45G1", "gross_kg": 24_600, "vgm_kg": 24_610, "received_at": at("18:20", day=-1),
        "free_until": at("23:59", day=6), "seal": "88214", "bill": "DB-7714",
    }  # fmt: skip
    yard.named["CQIU5529080"] |= {**booked, "customs": "declared", "received_at": at("20:12", day=-1)}
    yard.named["papers"] = yard.take(1, **booked, customs="declared", received_at=at("21:40", day=-1))
    held = {**booked, "customs": "released"}
    yard.named["WLMU6120938"] |= {
        **held, "size_type": "45G1", "gross_kg": 24_100, "vgm_kg": 24_100, "damaged": True, "holds": "damage",
        "received_at": at("16:10", day=-1), "remark": "damage survey",
    }  # fmt: skip
    yard.named["CQIU7300513"] |= {**held, "vgm_kg": None, "received_at": at("21:30", day=-1)}
    for teu, clock in ((2, "10:50"), (2, "10:54"), (1, "10:58")):
        box = yard.road(teu, **booked, customs="released", expected_at=at(clock), expected_source="appointment")
        rows.add(GateVisit, plate=f"渝A {clock[-2:]}871", container_id=box["id"], direction="in",
                 appointment_at=at(clock))  # fmt: skip
    yard.road(2, **booked)
    yard.road(1, **booked)
    yard.road(2, "QZHU1287454", **booked, expected_at=at("11:20"), expected_source="appointment")
    yard.road(1, "SHPU6043192", **booked, expected_at=at("11:45"), expected_source="appointment")


def _bury(rows: Rows, train: str, count: int) -> None:
    """Let so many ready boxes of the train change places with the filler box they stand on: a rehandle each."""
    places = {
        (box["block_id"], box["bay"], box["row"], box["tier"]): box for box in rows.of(Container) if box["block_id"]
    }
    general = (box for box in list(places.values()) if box["train_id"] == train and box["ready_at"] and box["tier"] > 1)
    for box in general:
        stack = (box["block_id"], box["bay"], box["row"])
        below, above = places[*stack, box["tier"] - 1], places.get((*stack, box["tier"] + 1))
        if count and below["train_id"] is None and above is None:
            box["tier"], below["tier"] = below["tier"], box["tier"]
            count -= 1


def _duisburg(yard: Yard) -> None:
    """X8086: 55 = loaded 12 + ready 16 + customs 11 + due 12 + no ETA 4; 110 TEU."""
    booked: Box = {"train_id": "X8086", "destination": "Duisburg", "destination_code": "DEDUI", "category": "export",
                   "booking": "BK20610"}  # fmt: skip
    for _ in range(12):
        yard.road(2, **booked, customs="released", state="loaded", place="wagon", received_at=at("14:00", day=-1))
    for _ in range(16):
        yard.take(2, **booked, customs="released", ready_at=at("08:10"))
    yard.named["SHPU7155406"] |= {**booked, "customs": "inspection", "received_at": at("07:40")}
    yard.named["QZHU3054385"] |= {**booked, "customs": "inspection", "received_at": at("06:55"), "seal": "88200"}
    for index in range(5):
        yard.named[f"yellow {index}"] = yard.take(2, **booked, customs="declared")
    for _ in range(4):
        yard.take(2, **booked, customs="not declared")
    for index in range(12):
        yard.road(2, **booked, expected_at=at("11:00") + timedelta(minutes=9 * index), expected_source="appointment")
    for _ in range(4):
        yard.road(2, **booked)


def _vientiane(yard: Yard) -> None:
    """X2012: 40 = ready 31 + no ETA 9, the nine on 84409, which has no estimate; 76 TEU."""
    booked: Box = {"train_id": "X2012", "destination": "Vientiane", "destination_code": "LAVTE", "category": "export",
                   "booking": "BK20633"}  # fmt: skip
    for index in range(31):
        yard.take(1 if index < 4 else 2, **booked, customs="released", ready_at=at("07:30"))
    for index in range(9):
        yard.road(
            1 if index < 8 else 2, **booked | {"category": "transit"}, inbound_train_id="84409", state="inbound",
            place="train", expected_source="train", customs="released",
        )  # fmt: skip


def _block(rows: Rows, plan: Plan, order: int) -> None:
    rows.add(
        Block, id=plan.name, name=plan.name, kind=plan.kind, bays=plan.bays, rows=plan.rows, tiers=plan.tiers,
        working_factor=plan.factor, stated_teu=plan.stated, plugs=60 if plan.kind == "reefer" else None,
        inspection_bays=2 if plan.kind == "inspection" else None,
        slot_minutes=30 if plan.kind == "inspection" else None,
        hours="08:30-12:00,13:30-19:00" if plan.kind == "inspection" else None, map_x=order % 3, map_y=order // 3,
    )  # fmt: skip
