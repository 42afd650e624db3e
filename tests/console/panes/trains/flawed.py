"""Trains whose data cannot be right, one flaw each, beside those of the hand-made terminal."""

from datetime import datetime, timedelta
from typing import Any

from storage.cache import Cache
from storage.models import Container, Train, TrainStop, Wagon
from tests.scene import at
from tests.scenery.rows import Rows

READY: dict[str, Any] = {
    "full": True, "vgm_kg": 20_000, "customs": "released", "received_at": at("08:00"), "state": "yard",
    "size_type": "22G1",
}  # fmt: skip
LONG_AGO, LONG_AHEAD = at("10:00", day=-9000), at("10:00", day=60_000)


class Flawed:
    """Collects the rows of trains, with ids of their own."""

    def __init__(self) -> None:
        self.rows = Rows()
        self.serial = 0

    def _id(self) -> str:
        self.serial += 1
        return f"flawed-{self.serial}"

    def train(self, number: str, **values: Any) -> None:
        """A departure at 15:00 with three boxes booked, but for these values."""
        given: dict[str, Any] = {
            "direction": "departure", "phase": "working", "planned_departure": at("15:00"), "destination": "Qinzhou",
            "estimated_departure": at("15:00"), "booked_boxes": 3, "capacity_teu": 10.0,
        }  # fmt: skip
        self.rows.add(Train, id=number, number=number, **given | values)

    def stop(self, train: str, place: str, planned: datetime, **values: Any) -> None:
        """A stop, after those before it."""
        stop = self._id()
        self.rows.add(
            TrainStop, id=stop, train_id=train, sequence=self.serial, place=place, planned_arrival=planned, **values
        )

    def wagon(self, train: str, name: str, **values: Any) -> None:
        """A wagon."""
        self.rows.add(Wagon, id=name, train_id=train, **values)

    def box(self, number: str, **values: Any) -> None:
        """A box that is ready."""
        self.rows.add(Container, id=self._id(), number=number, **READY | values)


def add_flawed_trains(cache: Cache) -> None:
    """Write them beside what is in the cache."""
    flawed = Flawed()
    flawed.train("NOSTOPS")
    flawed.train("DISORDER")
    flawed.stop("DISORDER", "Guiyang", at("20:00"))
    flawed.stop("DISORDER", "Nanning", at("18:00"), planned_departure=at("17:00"))
    flawed.train("BACKWARD", planned_arrival=at("16:00"))
    flawed.train("TWIN", track="7", track_id="track-7", planned_arrival=at("12:00"), estimated_arrival=at("12:00"))
    flawed.train("OTHER", track="7", track_id="track-7", planned_arrival=at("13:00"), estimated_arrival=at("13:00"))
    flawed.train("NOROOM", capacity_teu=0.0, booked_boxes=0)
    flawed.train("TWICE", wagons_planned=5, booked_boxes=2)
    flawed.wagon("TWICE", "w1", position=1, slots=2.0, number="31 81 665 0 286-1", flags="check_digit")
    flawed.wagon("TWICE", "w2", position=1, slots=1.0, number="****0042")
    flawed.wagon("TWICE", "w3", number="5274419")
    flawed.box("CQIU5529080", train_id="TWICE", wagon_id="w1")
    flawed.box("CQIU5529080", train_id="TWICE", wagon_id="w1")
    flawed.box("WLMU6120938", wagon_id="w2", size_type="45G1")
    flawed.box("????", wagon_id="w2", size_type=None)
    flawed.train("FAROFF", planned_departure=LONG_AHEAD, estimated_departure=LONG_AGO)
    flawed.stop("FAROFF", "Qinzhou", LONG_AHEAD + timedelta(hours=30))
    flawed.train("NOTIME", planned_departure=None, estimated_departure=None, destination=None)
    flawed.train("SIDEWAYS", direction="shunting", phase="resting")
    with cache.write() as session:
        flawed.rows.insert(session)
