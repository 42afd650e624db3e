"""Rail: visits of trains, their stops and cut-offs, wagons and tracks.

Words: Navis N4 (visit phases), DCSA (cut-off codes), UIC (wagon numbers).
"""

from datetime import datetime

from sqlmodel import Field

from storage.models.base import Feed, code, count, free_text, instant, key, label, maybe_key, measure, word, yes_no

PHASES = ("created", "inbound", "arrived", "working", "complete", "departed", "closed", "canceled")
DIRECTIONS = ("arrival", "departure")
SERVICE_TYPES = ("rail-sea", "cross-border rail", "cross-border road", "river", "china-europe", "domestic")
CUTOFFS = ("documents", "vgm", "gate", "reefer", "dangerous", "customs")
MANIFEST_STATES = ("open", "filed", "accepted", "rejected")


class Train(Feed, table=True):
    """A visit: one train at this terminal, inbound (to discharge) or outbound (to load)."""

    __tablename__ = "trains"
    area = "rail"

    number: str = word("Train number, such as X9582.", index=True)
    direction: str = word("arrival or departure.", DIRECTIONS)
    phase: str = word("Visit phase (N4).", PHASES)
    service: str | None = label("The regular service it runs for.")
    train_class: str | None = code("Kind of train: block, public, food, feeder, passenger, ...")
    corridor: str | None = label("Corridor: ILSTC, CRE, China-Laos, feeder, ...")
    service_type: str | None = code("Service type.", SERVICE_TYPES)
    operator: str | None = label("Who runs it.")
    origin_code: str | None = code("UN/LOCODE or the source's own code of the origin.")
    origin: str | None = label("Name of the origin.")
    destination_code: str | None = code("UN/LOCODE or the source's own code of the destination.")
    destination: str | None = label("Name of the destination.")
    via: str | None = label("Border or other place it runs by.")
    track_id: str | None = maybe_key("tracks", "Track it stands on or is planned for.")
    track: str | None = label("Name of that track, as the source writes it.")
    planned_arrival: datetime | None = instant("Planned arrival at this terminal.")
    estimated_arrival: datetime | None = instant("Estimated arrival.")
    actual_arrival: datetime | None = instant("Actual arrival.")
    planned_departure: datetime | None = instant("Planned departure from this terminal.")
    estimated_departure: datetime | None = instant("Estimated departure.")
    actual_departure: datetime | None = instant("Actual departure.")
    unknown_delay: bool | None = yes_no("Late without an estimate: never to be shown as on time.")
    delay_cause: str | None = label("Cause of the delay, as the source codes or words it.")
    remark: str | None = free_text("Remark of the source.")
    loading_closes: datetime | None = instant("When loading closes, if the source says so.")
    shunt_in_min: int | None = count("Minutes the track is taken before arrival.", most=1440)
    shunt_out_min: int | None = count("Minutes the track is taken after departure.", most=1440)
    turned_from: str | None = maybe_key("trains", "Visit whose rake turns round to become this one.")
    booked_boxes: int | None = count("Boxes booked, named or not.", most=10_000)
    booked_teu: float | None = measure("TEU booked, named or not.", most=20_000)
    capacity_teu: float | None = measure("TEU the train can take.", most=20_000)
    wagons_planned: int | None = count("Wagons planned.", most=1_000)
    length_limit_m: float | None = measure("Longest allowed train, metres.", most=10_000)
    weight_limit_t: float | None = measure("Heaviest allowed train, gross tonnes.", most=100_000)
    path: str | None = code("State of the train path.", ("requested", "confirmed", "cancelled"))
    locomotive: str | None = label("Locomotive named for the train.")
    crew_at: datetime | None = instant("When the crew is due.")
    manifest_state: str | None = code("State of the rail manifest.", MANIFEST_STATES)
    ready: bool | None = yes_no("The operator has declared it ready for departure.")
    voyage_id: str | None = maybe_key("voyages", "Onward vessel or barge the boxes connect to.")


class TrainStop(Feed, table=True):
    """A place a train calls at or passes, with its planned, estimated and actual times."""

    __tablename__ = "train_stops"
    area = "rail"

    train_id: str = key("trains", "The visit it belongs to.", index=True)
    sequence: int = Field(ge=0, le=10_000, description="Order along the way.")
    place_code: str | None = code("UN/LOCODE or the source's own code.")
    place: str | None = label("Name of the place.")
    track: str | None = code("Track there.")
    stops: bool | None = yes_no("It stops there (else it passes).")
    cancelled: bool | None = yes_no("The stop is cancelled.")
    unknown_delay: bool | None = yes_no("Late without an estimate.")
    delay_cause: str | None = label("Cause of the delay there.")
    planned_arrival: datetime | None = instant("Planned arrival.")
    estimated_arrival: datetime | None = instant("Estimated arrival.")
    actual_arrival: datetime | None = instant("Actual arrival.")
    planned_departure: datetime | None = instant("Planned departure.")
    estimated_departure: datetime | None = instant("Estimated departure.")
    actual_departure: datetime | None = instant("Actual departure.")


class TrainCutoff(Feed, table=True):
    """A cut-off of an outbound visit: a name, a time, and what it blocks."""

    __tablename__ = "train_cutoffs"
    area = "rail"

    train_id: str = key("trains", "The visit it belongs to.", index=True)
    name: str = word("documents, vgm, gate, reefer, ...", CUTOFFS)
    at: datetime | None = instant("The cut-off itself.")
    blocks: str | None = free_text("What it blocks, in words.")


class Wagon(Feed, table=True):
    """A wagon in the consist of a train."""

    __tablename__ = "wagons"
    area = "rail"

    train_id: str | None = maybe_key("trains", "The visit whose consist it is in.", index=True)
    position: int | None = count("Order from the locomotive, 1 first.", least=1, most=1_000)
    number: str | None = code("UIC, national or masked number, as it came.", index=True)
    wagon_type: str | None = code("Type, such as X70 or Sggrss.")
    length_m: float | None = measure("Length over buffers or couplers, metres.", most=200)
    tare_kg: int | None = count("Tare, kg.", most=200_000)
    max_load_kg: int | None = count("Heaviest load, kg.", most=500_000)
    slots: float | None = measure("Room, TEU.", most=10)
    state: str | None = code("State of the wagon.", ("spotted", "damaged", "repaired", "detached"))


class Track(Feed, table=True):
    """A track of the terminal."""

    __tablename__ = "tracks"
    area = "rail"

    name: str = word("Name of the track.")
    usable_m: float | None = measure("Usable length, metres.", most=10_000)
    crane: bool | None = yes_no("A gantry crane serves it.")
    catenary: bool | None = yes_no("It has an overhead line.")


class TrackClosure(Feed, table=True):
    """A time in which a track cannot be used."""

    __tablename__ = "track_closures"
    area = "rail"

    track_id: str = key("tracks", "The track.", index=True)
    starts: datetime | None = instant("From.")
    ends: datetime | None = instant("To.")
    reason: str | None = free_text("Why.")
