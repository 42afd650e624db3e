"""Trains, tracks, cut-offs, wagons, cranes and the moves of the last hour."""

from datetime import datetime, timedelta
from typing import Any

from storage.models import Booking, Crane, Track, TrackClosure, Train, TrainCutoff, TrainStop, Voyage, Wagon
from storage.models import WorkInstruction as Move
from tests.scenery.rows import NOW, Rows, at

TRACKS = [(880.0, True), (880.0, True), (880.0, True), (880.0, True), (650.0, True), (650.0, False), (850.0, False)]
CORRIDORS = {
    "Qinzhou": ("CNQZH", "ILSTC", "rail-sea", None),
    "Duisburg": ("DEDUI", "CRE", "china-europe", "Alashankou"),
    "Alashankou": ("CNAKL", "CRE", "china-europe", "Alashankou"),
    "Malaszewicze": ("PLMAA", "CRE", "china-europe", "Manzhouli"),
    "Vientiane": ("LAVTE", "China-Laos", "cross-border rail", "Mohan"),
    "Jiangjin": ("CNJGJ", "feeder", "domestic", None),
    "Xiushan": (None, "feeder", "domestic", None),
}


def lay_rails(rows: Rows) -> None:
    """Everything of the rail area; containers come from the yard."""
    for name, (usable, crane) in enumerate(TRACKS, start=1):
        rows.add(Track, id=f"track-{name}", name=str(name), usable_m=usable, crane=crane, catenary=name in {1, 2, 5})
    rows.add(TrackClosure, track_id="track-5", starts=at("12:25"), ends=at("13:40"), reason="catenary")
    rows.add(
        Voyage, id="voyage-1", vessel="Beibu Gulf 7", voyage="026S", mode="vessel", port_code="CNQZH", port="Qinzhou",
        train_arrival=at("18:50", day=1), transfer_min=120, cargo_cutoff=at("06:00", day=2), etd=at("14:00", day=2),
    )  # fmt: skip
    _departures(rows)
    _arrivals(rows)
    _later_and_earlier(rows)
    _consist(rows)
    _cranes(rows)


def train(rows: Rows, number: str, direction: str, place: str, **values: Any) -> dict[str, Any]:
    """A visit; `place` is its destination, or where an arrival comes from."""
    code, corridor, service_type, via = CORRIDORS[place]
    end = "origin" if direction == "arrival" else "destination"
    other = "destination" if direction == "arrival" else "origin"
    track = values.pop("track", None)
    return rows.add(
        Train, id=number, number=number, direction=direction, corridor=corridor, service_type=service_type, via=via,
        service=f"{corridor} {place}", train_class="feeder" if corridor == "feeder" else "block", operator="CR Express",
        track=track, track_id=track and f"track-{track}",
        **{f"{end}_code": code, end: place, f"{other}_code": "CNCQI", other: "Chongqing Tuanjiecun"},
        **values,
    )  # fmt: skip


def _departures(rows: Rows) -> None:
    train(
        rows, "X9582", "departure", "Qinzhou", phase="working", track="4", planned_arrival=at("08:45"),
        actual_arrival=at("08:55"), planned_departure=at("12:10"), estimated_departure=at("12:22"), delay_cause="crew",
        shunt_out_min=10, booked_boxes=54, booked_teu=96.0, capacity_teu=100.0, wagons_planned=50, length_limit_m=850.0,
        weight_limit_t=3000.0, path="confirmed", crew_at=at("11:50"), manifest_state="open", voyage_id="voyage-1",
    )  # fmt: skip
    train(
        rows, "X8086", "departure", "Duisburg", phase="working", track="2", planned_arrival=at("09:40"),
        actual_arrival=at("09:58"), planned_departure=at("15:40"), estimated_departure=at("15:40"), shunt_out_min=10,
        booked_boxes=55, booked_teu=110.0, capacity_teu=110.0, wagons_planned=55, locomotive="HXD1 7152",
        path="confirmed", manifest_state="filed",
    )  # fmt: skip
    train(
        rows, "X2012", "departure", "Vientiane", phase="created", track="3", planned_arrival=at("15:05"),
        estimated_arrival=at("15:05"), planned_departure=at("18:20"), estimated_departure=at("18:20"),
        booked_boxes=40, booked_teu=76.0, capacity_teu=80.0, path="confirmed", manifest_state="open",
    )  # fmt: skip
    train(
        rows, "84412", "departure", "Jiangjin", phase="created", track="6", planned_arrival=at("17:55"),
        estimated_arrival=at("17:55"), planned_departure=at("19:05"), estimated_departure=at("19:05"),
        booked_boxes=0, booked_teu=0.0, capacity_teu=36.0,
    )  # fmt: skip
    cutoffs: dict[str, list[tuple[str, datetime, str]]] = {
        "X9582": [
            ("documents", at("10:00"), "boxes without complete documents"),
            ("vgm", at("10:30"), "boxes without a verified gross mass"),
            ("gate", at("11:00"), "boxes not in the terminal"),
            ("customs", at("11:15"), "boxes without permission to leave"),
        ],
        "X8086": [
            ("gate", at("13:00"), "boxes not in the terminal"),
            ("customs", at("14:30"), "boxes without permission to leave"),
        ],
        "X2012": [("gate", at("16:00"), "boxes not in the terminal")],
        "X9584": [("gate", at("10:00", day=1), "boxes not in the terminal")],
    }
    for number, named in cutoffs.items():
        for name, moment, blocks in named:
            rows.add(TrainCutoff, id=f"{number}-{name}", train_id=number, name=name, at=moment, blocks=blocks)
    rows.add(
        Booking, number="BK20611", shipper="Yuxin Trading", train_id="X9582", size_type="45G1", boxes=1, teu=2.0,
        destination_code="CNQZH",
    )  # fmt: skip
    for place, code, hours in (
        ("Chongqing Tuanjiecun", "CNCQI", 0.0),
        ("Guiyang", "CNGYA", 8.5),
        ("Nanning", "CNNIN", 22.0),
    ):
        rows.add(
            TrainStop, train_id="X9582", sequence=int(hours * 2) + 1, place_code=code, place=place, stops=True,
            planned_departure=at("12:10") + timedelta(hours=hours),
            estimated_departure=at("12:22") + timedelta(hours=hours),
            planned_arrival=None if hours == 0.0 else at("11:55") + timedelta(hours=hours),
        )  # fmt: skip
    rows.add(
        TrainStop, train_id="X9582", sequence=99, place_code="CNQZH", place="Qinzhou", stops=True,
        planned_arrival=at("18:38", day=1), estimated_arrival=at("18:50", day=1),
    )  # fmt: skip


def _arrivals(rows: Rows) -> None:
    train(
        rows, "X8071", "arrival", "Alashankou", phase="inbound", track="1", planned_arrival=at("10:20"),
        estimated_arrival=at("11:08"), planned_departure=at("13:50"), estimated_departure=at("14:38"),
        delay_cause="locomotive", booked_boxes=55, booked_teu=110.0, capacity_teu=110.0,
    )  # fmt: skip
    train(
        rows, "X9581", "arrival", "Qinzhou", phase="inbound", track="4", planned_arrival=at("12:25"),
        estimated_arrival=at("12:21"), planned_departure=at("15:30"), estimated_departure=at("15:30"),
        booked_boxes=48, booked_teu=90.0, capacity_teu=100.0,
    )  # fmt: skip
    train(
        rows, "84409", "arrival", "Xiushan", phase="inbound", track="6", planned_arrival=at("14:30"),
        planned_departure=at("16:00"), unknown_delay=True, booked_boxes=24, booked_teu=40.0, capacity_teu=40.0,
    )  # fmt: skip
    train(
        rows, "X2011", "arrival", "Vientiane", phase="inbound", track="5", planned_arrival=at("16:50"),
        estimated_arrival=at("16:50"), planned_departure=at("19:50"), estimated_departure=at("19:50"),
        booked_boxes=36, booked_teu=72.0, capacity_teu=80.0,
    )  # fmt: skip


def _later_and_earlier(rows: Rows) -> None:
    """The 23 visits beyond the next twelve hours: 31 in all."""
    train(
        rows, "X9584", "departure", "Qinzhou", phase="created", planned_departure=at("12:10", day=1),
        estimated_departure=at("12:10", day=1), booked_boxes=10, booked_teu=18.0, capacity_teu=100.0,
    )  # fmt: skip
    places = ("Qinzhou", "Duisburg", "Malaszewicze", "Vientiane", "Jiangjin", "Alashankou", "Xiushan")
    for count in range(11):
        place, hours = places[count % len(places)], timedelta(hours=1.9 * count)
        outward = "departure" if count % 2 else "arrival"
        event = "departure" if count % 2 else "arrival"
        train(
            rows, f"X{7100 + count}", outward, place, phase="created", capacity_teu=100.0,
            **{f"planned_{event}": at("23:30") + hours, f"estimated_{event}": at("23:30") + hours},
        )  # fmt: skip
        past = at("08:20") - hours
        train(
            rows, f"X{7050 + count}", outward, place, phase="departed" if count % 2 else "closed", capacity_teu=100.0,
            **{f"planned_{event}": past, f"actual_{event}": past + timedelta(minutes=(count * 7) % 25)},
        )  # fmt: skip


def _consist(rows: Rows) -> None:
    for position in range(1, 51):
        rows.add(
            Wagon, id=f"X9582-{position}", train_id="X9582", position=position, number=f"52{position:05d}",
            wagon_type="X70", length_m=13.466, tare_kg=22_000, max_load_kg=70_000, slots=2.0, state="spotted",
        )  # fmt: skip


def _cranes(rows: Rows) -> None:
    modes = ("auto", "auto", "auto", "remote", "auto", "fault")
    for index, mode in enumerate(modes, start=1):
        rows.add(
            Crane, id=f"RMG-{index}", name=f"RMG-{index}", kind="gantry", mode=mode, norm_per_hour=25.0,
            moves_per_hour=0.0 if mode == "fault" else 20.0 + index - 1, queued=index,
            block_id={1: "A1", 2: "A2", 3: "B3", 4: None, 5: "R1", 6: "E1"}[index],
            track_id="track-4" if index == 4 else None, job="loads X9582" if index == 4 else None,
            fault="spreader does not lock" if mode == "fault" else None,
        )  # fmt: skip
    for move in range(24):
        rows.add(
            Move, kind="load", state="done", train_id="X9582", crane_id="RMG-4", sequence=move + 8,
            planned_at=NOW - timedelta(minutes=2.5 * move), done_at=NOW - timedelta(minutes=2.5 * move, seconds=1),
        )  # fmt: skip
