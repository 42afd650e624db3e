"""The regular services: the timetable of a scale model, invented times and numbers on real corridors."""

from dataclasses import dataclass

from console.simulator import places
from console.simulator.places import Place

NUMBERS_IN_TURN = 5
"""Successive runs of a service count on in steps of 2 and begin again: X9582, X9584, ... X9590, X9582."""


@dataclass(frozen=True)
class Line:
    """A line on which trains run both ways."""

    name: str
    corridor: str
    service_type: str
    operator: str
    far_end: Place
    via: tuple[tuple[Place, float], ...]
    """Places on the way from here, the far end last, with hours of travel."""
    border: str | None = None
    train_class: str = "block"
    weight_limit_t: int = 3_000
    length_limit_m: int = 850
    tracks: tuple[str, ...] = ("1", "2", "3", "4")
    """Tracks it may use, the preferred first."""
    causes: tuple[str, ...] = ("locomotive", "crew", "path", "weather")


@dataclass(frozen=True)
class Service:
    """A train a day in one direction; `time` is the planned arrival or departure, local."""

    key: str
    line: Line
    number: str
    outbound: bool
    time: str
    stay_min: int
    wagons: int
    teu: int
    turned_from: str | None = None
    """Key of the arriving service whose rake it takes."""
    busy_only: bool = False
    """Runs only where the yard is large enough to fill it."""
    european_wagons: bool = False

    def number_of_run(self, day: int) -> str:
        """The train number of the run on a day, days counted from anywhere."""
        letters = self.number.rstrip("0123456789")
        return f"{letters}{int(self.number[len(letters) :]) + 2 * (day % NUMBERS_IN_TURN)}"


SEA = Line(
    "Rail-sea intermodal train", "ILSTC", "rail-sea", "New Corridor Operation", places.QINZHOU,
    ((places.GUIYANG, 7.0), (places.NANNING, 17.5), (places.QINZHOU, 21.0)),
    causes=("locomotive", "crew", "port congestion", "path"),
)  # fmt: skip
WEST = Line(
    "China-Europe Railway Express", "CRE", "china-europe", "Yuxinou Rail", places.DUISBURG,
    ((places.LANZHOU, 21.0), (places.ALASHANKOU, 76.0), (places.ALMATY, 120.0), (places.MOSCOW, 210.0),
     (places.BREST, 236.0), (places.DUISBURG, 300.0)),
    border="Alashankou", train_class="public", causes=("locomotive", "border", "gauge change", "technical inspection"),
)  # fmt: skip
NORTH = Line(
    "China-Europe Railway Express", "CRE", "china-europe", "Yuxinou Rail", places.MALASZEWICZE,
    ((places.MANZHOULI, 96.0), (places.ZABAIKALSK, 108.0), (places.MOSCOW, 240.0), (places.BREST, 264.0),
     (places.MALASZEWICZE, 272.0)),
    border="Manzhouli", train_class="public", causes=("locomotive", "border", "weather", "technical inspection"),
)  # fmt: skip
LAOS = Line(
    "China-Laos railway express", "China-Laos", "cross-border rail", "Lan-Mei Express", places.VIENTIANE,
    ((places.GUIYANG, 7.0), (places.KUNMING, 18.0), (places.MOHAN, 30.0), (places.BOTEN, 32.0),
     (places.VIENTIANE, 42.0)),
    border="Mohan", train_class="food", causes=("border", "locomotive", "crew", "customs"),
)  # fmt: skip
WULING = Line(
    "Wuling Mountain freight train", "feeder", "domestic", "Wuling Rail Freight", places.XIUSHAN,
    ((places.XIUSHAN, 6.5),), train_class="feeder", weight_limit_t=2_000, length_limit_m=650, tracks=("6", "5"),
)  # fmt: skip
SHUTTLE = Line(
    "Jiangjin shuttle", "feeder", "domestic", "Jiangjin Park Rail", places.JIANGJIN,
    ((places.JIANGJIN, 1.5),), train_class="feeder", weight_limit_t=2_000, length_limit_m=650, tracks=("6", "5"),
)  # fmt: skip

TIMETABLE = (
    Service("laos-in", LAOS, "X2011", False, "16:50", 250, 40, 80),
    Service("laos-out", LAOS, "X2012", True, "18:20", 250, 40, 80),
    Service("sea-in-noon", SEA, "X9581", False, "12:25", 255, 50, 100),
    Service("sea-in-night", SEA, "X9561", False, "23:50", 270, 50, 100),
    Service("sea-out-noon", SEA, "X9582", True, "12:10", 245, 50, 100),
    Service("sea-out-early", SEA, "X9562", True, "07:40", 200, 50, 100, turned_from="sea-in-night"),
    Service("west-in", WEST, "X8071", False, "10:20", 280, 55, 110, european_wagons=True),
    Service("west-out", WEST, "X8086", True, "15:40", 330, 55, 110),
    Service("north-in", NORTH, "X8051", False, "03:30", 270, 50, 100),
    Service("north-out", NORTH, "X8062", True, "01:15", 300, 50, 100),
    Service("xiushan-in", WULING, "84409", False, "14:30", 180, 20, 40),
    Service("xiushan-out", WULING, "84440", True, "09:30", 190, 20, 40),
    Service("jiangjin-in", SHUTTLE, "84421", False, "13:40", 170, 18, 36),
    Service("jiangjin-out", SHUTTLE, "84422", True, "19:05", 155, 18, 36, turned_from="jiangjin-in"),
    Service("sea-in-busy", SEA, "X9541", False, "05:35", 255, 50, 100, busy_only=True),
    Service("sea-out-busy", SEA, "X9542", True, "21:30", 225, 50, 100, busy_only=True),
    Service("west-in-busy", WEST, "X8031", False, "19:20", 280, 55, 110, busy_only=True),
    Service("west-out-busy", WEST, "X8032", True, "08:45", 330, 55, 110, busy_only=True),
)
"""Every run of a day, both directions of every line."""
