"""Flow: bookings, gate visits and onward voyages, as far as the figures of trains, yard and customs need them."""

from datetime import datetime

from storage.models.base import Feed, code, count, instant, label, maybe_key, measure, word, yes_no


class Booking(Feed, table=True):
    """Places booked on a service or train; boxes come to be named later."""

    __tablename__ = "bookings"
    area = "flow"

    number: str = word("Booking number.", index=True)
    shipper: str | None = label("Shipper.")
    train_id: str | None = maybe_key("trains", "Outbound visit it is for.", index=True)
    size_type: str | None = code("Size-type asked for.")
    boxes: int | None = count("Boxes booked.", most=10_000)
    teu: float | None = measure("TEU booked.", most=20_000)
    empties_wanted: int | None = count("Empties still to be picked up.", most=10_000)
    owner: str | None = label("Whose empties it wants.")
    destination_code: str | None = code("UN/LOCODE of the destination.")
    wanted_at: datetime | None = instant("When the empties or boxes are wanted.")
    cancelled: bool | None = yes_no("Cancelled.")


class GateVisit(Feed, table=True):
    """A truck's visit to the gate."""

    __tablename__ = "gate_visits"
    area = "flow"

    plate: str | None = code("Plate of the truck.", index=True)
    container_id: str | None = maybe_key("containers", "The box it brings or fetches.", index=True)
    direction: str | None = code("What it does.", ("in", "out"))
    lane: str | None = code("Gate lane.")
    appointment_at: datetime | None = instant("Booked time.")
    arrived_at: datetime | None = instant("Arrived at the gate.")
    gated_in_at: datetime | None = instant("Gate-in complete.")
    gated_out_at: datetime | None = instant("Gate-out complete.")


class Voyage(Feed, table=True):
    """A vessel or barge the boxes connect to, with the port's cargo cut-off."""

    __tablename__ = "voyages"
    area = "flow"

    vessel: str = word("Vessel or barge.")
    voyage: str | None = code("Voyage number.")
    mode: str | None = code("Mode.", ("vessel", "barge"))
    port_code: str | None = code("UN/LOCODE of the port.")
    port: str | None = label("Name of the port.")
    train_arrival: datetime | None = instant("When the connecting train is due there.")
    transfer_min: int | None = count("Minutes from train to quay.", most=100_000)
    cargo_cutoff: datetime | None = instant("The port's cargo cut-off.")
    etd: datetime | None = instant("Departure of the vessel.")
