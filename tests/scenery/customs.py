"""Declarations in their lanes, those of the last day, inspections, seals and offices."""

from datetime import datetime, timedelta
from itertools import cycle
from typing import Any

from storage.models import Container, CustomsOffice, Declaration, DeclarationBox, DesignatedSite, Inspection, Seal
from tests.scenery.rows import NOW, Rows, at
from tests.scenery.yard import Box, Yard

RED = "inspection"
YELLOW = "documents required"
TWO_HOURS_AGO = NOW - timedelta(hours=2)

# Lane to waits of released declarations, minutes: P50 and P90 are those of the picture.
WAITS = {
    "green": (2, 3, 3, 4, 4, 4, 5, 6, 8, 9),
    "yellow": (20, 30, 40, 50, 55, 60, 70, 85, 100, 130),
    "red": (60, 90, 120, 150, 190, 240, 300, 350, 380, 450),
}
RELEASED = {"green": (224, 76), "yellow": (28, 12), "red": (6, 4)}
"""Lane to releases of the last two hours, and of the day before them."""
ENTERED = {"green": 192, "yellow": 32, "red": 8}
"""Lane to declarations that entered it in the last two hours."""
OPEN_SLOTS = {(1, "10:30"), (1, "17:30"), (2, "14:30")}


class Queues:
    """Puts declarations into lanes; those not named by hand stand under filler boxes."""

    def __init__(self, rows: Rows, yard: Yard) -> None:
        self.rows = rows
        self.fill = cycle([box for box in yard.free if box["full"]])
        self.serial = 41_300_000

    def declare(self, boxes: list[Box] | int, **values: Any) -> dict[str, Any]:
        """A declaration of these boxes, or of so many of no interest."""
        self.serial += 1
        defaults: dict[str, Any] = {"number": f"{self.serial:09d}", "regime": "import", "office_id": "8001"}
        row = self.rows.add(Declaration, **defaults | values)
        for box in boxes if isinstance(boxes, list) else [next(self.fill) for _ in range(boxes)]:
            self.rows.add(DeclarationBox, declaration_id=row["id"], container_id=box["id"])
        return row

    def wait(self, lane: str, since: datetime, boxes: list[Box] | int = 1, **values: Any) -> dict[str, Any]:
        """A declaration that waits in `lane`."""
        state = {"green": "accepted", "yellow": YELLOW, "red": RED}[lane]
        defaults = {"lane": lane, "state": state, "turn": "customs", "laned_at": since,
                    "submitted_at": since - timedelta(minutes=20)}  # fmt: skip
        return self.declare(boxes, **defaults | values)


def fill_customs(rows: Rows, yard: Yard) -> None:
    """67 open declarations with 93 boxes, and 350 released ones."""
    hours = "08:30-12:00,13:30-19:00"
    rows.add(CustomsOffice, id="8001", office="8001", name="Chongqing railway port", hours=hours)
    rows.add(DesignatedSite, name="Meat site", kind="meat", block_id="R1", bays=4, bays_taken=3, plugs=12,
             temperature_c=-18.2, quota_teu=400.0, used_teu=212.0, target_teu=300.0)  # fmt: skip
    rows.add(DesignatedSite, name="Fruit site", kind="fruit", block_id="R1", bays=2, bays_taken=2, plugs=8,
             temperature_c=4.1, quota_teu=180.0, used_teu=171.0, target_teu=150.0)  # fmt: skip
    queues = Queues(rows, yard)
    entered = _released(queues)
    _no_lane_and_green(queues)
    _yellow(queues, yard, ENTERED["yellow"] - entered["yellow"])
    _red(queues, yard, ENTERED["red"] - entered["red"])
    _seals(rows, yard)


def _released(queues: Queues) -> dict[str, int]:
    """The released ones; answers how many of each lane entered it in the last two hours."""
    entered = dict.fromkeys(WAITS, 0)
    for lane, (recent, before) in RELEASED.items():
        waits = cycle(WAITS[lane])
        for index in range(recent + before):
            if index >= recent:
                released = at("08:00") - timedelta(minutes=11 * (index - recent))
            elif lane == "green" and index < 44:  # waited since the office opened
                released = TWO_HOURS_AGO + timedelta(seconds=60 + index)
            else:
                released = TWO_HOURS_AGO + timedelta(minutes=10) + timedelta(minutes=109) / recent * index
            laned = released - timedelta(minutes=next(waits))
            entered[lane] += laned > TWO_HOURS_AGO
            queues.declare(
                1, lane=lane, state="released", laned_at=laned, submitted_at=laned - timedelta(minutes=10),
                released_at=released, turn=None,
            )  # fmt: skip
    return entered


def _no_lane_and_green(queues: Queues) -> None:
    for index in range(6):
        queues.declare(
            2 if index < 3 else 1, state="submitted", turn="customs",
            submitted_at=NOW - timedelta(minutes=21 - 3 * index), raw_state="17",
        )  # fmt: skip
    for index in range(12):
        queues.wait("green", NOW - timedelta(minutes=9 - index % 8), 2 if index < 2 else 1, regime="export")


def _yellow(queues: Queues, yard: Yard, recent: int) -> None:
    """31 with 44 boxes, the oldest of 07:36; 19 wait for customs, 12 for the broker."""
    papers = {"regime": "export", "remark": "papers being checked"}
    queues.wait("yellow", at("09:30"), [yard.named["papers"]], number="041220731", **papers)
    queues.wait("yellow", at("09:53"), [yard.named[f"yellow {n}"] for n in range(5)], number="041220811", **papers)
    queues.wait(
        "yellow", at("08:50"), [yard.named["CQIU5529080"]], number="041220725", turn="broker", regime="export",
        documents_asked="packing list", raw_state="6",
    )  # fmt: skip
    recent -= 3
    for index in range(28):
        if index < recent:
            since = TWO_HOURS_AGO + timedelta(minutes=4 * index + 2)
        else:
            since = at("07:36") + timedelta(minutes=2 * (index - recent))
        queues.wait("yellow", since, 2 if index < 9 else 1, turn="customs" if index < 17 else "broker")


def _red(queues: Queues, yard: Yard, recent: int) -> None:
    """18 with 22 boxes: customs 11, terminal 5, broker 2; two over eight hours; 8 came in the last two hours."""
    boxes, export = yard.named, {"regime": "export", "raw_state": "5"}
    queues.wait("red", at("05:40"), [boxes["LSTU2044185"]], number="041220664", **export)
    slotted = queues.wait("red", at("07:12"), [boxes["LSTU8133649"]], number="041220718", **export)
    second = queues.wait("red", at("08:31"), [boxes["SHPU7155406"]], number="041220802", turn="terminal", **export)
    third = queues.wait("red", at("08:37"), [boxes["QZHU3054385"]], number="041220803", **export)
    queues.wait("red", at("02:29"), 2, number="041219377", state="detained", raw_state="7")
    queues.wait("red", at("02:36"), 2)
    for index in range(12):
        since = TWO_HOURS_AGO + timedelta(minutes=9 * index + 5) if index < recent else at("06:40")
        turn = "terminal" if index < 4 else "broker" if index < 6 else "customs"
        queues.wait("red", since, 2 if index < 2 else 1, turn=turn)
    booked = {(1, "13:30"): second, (1, "14:00"): third, (2, "11:00"): slotted}
    boxed = {"041220802": "SHPU7155406", "041220803": "QZHU3054385", "041220718": "LSTU8133649"}
    for bay in (1, 2):
        for half in range(21):
            clock = f"{8 + (half + 1) // 2:02d}:{'30' if half % 2 == 0 else '00'}"
            if "12:00" <= clock < "13:30" or (bay, clock) in OPEN_SLOTS or clock == "18:30":
                continue
            declaration = booked.get((bay, clock))
            past = at(clock) + timedelta(minutes=30) <= NOW
            queues.rows.add(
                Inspection, declaration_id=declaration and declaration["id"], block_id="I1", bay=bay,
                container_id=declaration and boxes[boxed[declaration["number"]]]["id"], slot_starts=at(clock),
                slot_ends=at(clock) + timedelta(minutes=30), state="passed" if past else "waiting",
                ended_at=at(clock) + timedelta(minutes=25) if past else None,
            )  # fmt: skip


def _seals(rows: Rows, yard: Yard) -> None:
    """40 smart locks: one opened without authorisation, the others armed."""
    rows.add(
        Seal, number="88200", container_id=yard.named["QZHU3054385"]["id"], state="opened unauthorised",
        place="I1-08-01-1", battery_percent=64.0, seen_at=at("10:40"), opened_at=at("10:31"),
    )  # fmt: skip
    rows.add(
        Seal, number="88214", container_id=yard.named["LSTU8133649"]["id"], state="armed", place="I1-04-01-1",
        battery_percent=71.0, seen_at=at("10:40"),
    )  # fmt: skip
    sealed = [box for box in rows.of(Container) if box["train_id"] == "X9582" and box["state"] == "loaded"]
    for box in sealed:
        rows.add(Seal, number=box["seal"], container_id=box["id"], state="armed", battery_percent=88.0,
                 place="track 4", seen_at=at("10:39"))  # fmt: skip
    for index in range(7):
        rows.add(Seal, number=f"{88400 + index}", state="opened", battery_percent=95.0, seen_at=at("09:00"))
