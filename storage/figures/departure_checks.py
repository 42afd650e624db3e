"""What is looked at before a train may leave: each check passes, fails, or stays open, with the reason in words."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import combinations
from typing import Literal, NamedTuple

from storage.figures.box_class import is_dangerous, is_permitted, is_received, is_reefer, vgm_missing
from storage.figures.policy import Moment, Policy
from storage.figures.reefers import is_read
from storage.figures.registry import declare
from storage.identifiers import display_number
from storage.models import Container, Seal, Train, Wagon
from storage.models.box_facts import ON_TRAIN

declare(
    "departure checks", "Checks for departure", "pass, fail, open",
    """The load as booked against the train: wagons against plan, length and gross tonnes against the limits (a box of
    unknown weight may weigh 36 t), boxes against the load of their wagon, dangerous goods apart by the site's rule,
    reefers at their set-point, loaded boxes sealed, VGM, customs, rail manifest, locomotive. What cannot be told is
    open, never passed.""",
    "definition 8",
)  # fmt: skip

State = Literal["pass", "fail", "open"]
STATES: tuple[State, ...] = ("fail", "open", "pass")
"""Gravest first."""
MOST_BOX_KG = 36_000
"""What a box of unknown weight may weigh: the highest rating of ISO 668."""
BROKEN_SEAL = ("opened", "opened unauthorised", "tampered")


class Check(NamedTuple):
    """One check. `words`: what was found, with the limit it was held against."""

    name: str
    state: State
    words: str


class Load(NamedTuple):
    """A train as it is to leave: `boxes` booked on it, `locks` by box, places booked and `unnamed`."""

    train: Train
    wagons: Sequence[Wagon]
    boxes: Sequence[Container]
    locks: Mapping[str, Sequence[Seal]]
    unnamed: int = 0

    @property
    def positions(self) -> dict[str, int]:
        """Wagon id to its place in the consist."""
        return {wagon.id: wagon.position for wagon in self.wagons if wagon.position is not None}


def departure_checks(load: Load, moment: Moment) -> list[Check]:
    """Every check, in the order a person goes through them."""
    return [
        _wagons(load), _length(load), _gross(load), _wagon_loads(load), _dangerous(load, moment.policy),
        _reefers(load, moment), _seals(load), _vgm(load), _customs(load), _manifest(load.train),
        Check("locomotive", "pass", load.train.locomotive)
        if load.train.locomotive
        else Check("locomotive", "open", "not named"),
    ]  # fmt: skip


def faults_of(box: Container, load: Load, policy: Policy) -> list[str]:
    """For what of this box alone a check fails, with the name of the check; its class says nothing of that."""
    reefer = _reefer_fault(box, policy) if _is_cooled(box) else None
    seals = [f"seals, {state}" for state in _broken(box, load)] if _is_loaded(box) else []
    return [*([f"reefers, {reefer}"] if reefer else []), *seals]


def _wagons(load: Load) -> Check:
    unfit = [wagon for wagon in load.wagons if wagon.state in ("damaged", "detached")]
    count, planned = len(load.wagons), load.train.wagons_planned
    if unfit:
        return Check("wagons", "fail", ", ".join(f"{_wagon(wagon)} {wagon.state}" for wagon in unfit))
    if not count or planned is None:
        return Check("wagons", "open", f"{count} in the consist, plan not known" if count else "no consist")
    return Check("wagons", "pass" if count == planned else "fail", f"{count} of {planned} planned")


def _length(load: Load) -> Check:
    known = [wagon.length_m for wagon in load.wagons if wagon.length_m is not None]
    limit = load.train.length_limit_m
    if limit is not None and sum(known) > limit:
        return Check("length", "fail", f"{sum(known):.0f} of {limit:.0f} m")
    if not load.wagons or len(known) < len(load.wagons):
        return Check("length", "open", "length of the consist not known")
    if limit is None:
        return Check("length", "open", f"{sum(known):.0f} m, limit not known")
    return Check("length", "pass", f"{sum(known):.0f} of {limit:.0f} m")


def _gross(load: Load) -> Check:
    tares = [wagon.tare_kg for wagon in load.wagons if wagon.tare_kg is not None]
    masses = [mass for box in load.boxes if (mass := mass_of(box)) is not None]
    unknown = len(load.boxes) - len(masses) + load.unnamed
    kg, limit = sum(tares) + sum(masses), load.train.weight_limit_t
    if limit is None:
        return Check("gross", "open", f"{_tonnes(kg)} t, limit not known")
    words = f"{_tonnes(kg)} of {_tonnes(limit * 1000)} t without locomotive"
    if kg > limit * 1000:
        return Check("gross", "fail", words)
    if not load.wagons or len(tares) < len(load.wagons):
        return Check("gross", "open", f"{words}, tare of the wagons not known")
    if kg + unknown * MOST_BOX_KG > limit * 1000:
        return Check("gross", "open", f"{words}, weight of {_boxes(unknown)} not known")
    return Check("gross", "pass", words)


def _wagon_loads(load: Load) -> Check:
    on_wagon: dict[str, list[Container]] = {wagon.id: [] for wagon in load.wagons}
    for box in load.boxes:
        if box.wagon_id in on_wagon:
            on_wagon[box.wagon_id].append(box)
    over, unknown, placed = [], 0, sum(len(boxes) for boxes in on_wagon.values())
    for wagon in load.wagons:
        boxes = on_wagon[wagon.id]
        masses = [mass for box in boxes if (mass := mass_of(box)) is not None]
        if wagon.max_load_kg is not None and sum(masses) > wagon.max_load_kg:
            over.append(f"{_wagon(wagon)} {_tonnes(sum(masses))} of {_tonnes(wagon.max_load_kg)} t")
        elif boxes and (wagon.max_load_kg is None or len(masses) < len(boxes)):
            unknown += 1
    if over:
        return Check("wagon loads", "fail", ", ".join(over))
    if unknown:
        return Check("wagon loads", "open", f"weight or limit of {unknown} wagons not known")
    if not placed:
        return Check("wagon loads", "open", "no box has a wagon yet")
    return Check("wagon loads", "pass", f"{_boxes(placed)} within the load of their wagons")


def _dangerous(load: Load, policy: Policy) -> Check:
    goods = [box for box in load.boxes if is_dangerous(box)]
    positions = load.positions
    placed = [(box, positions[box.wagon_id]) for box in goods if box.wagon_id in positions]
    if not goods:
        return Check("dangerous goods", "pass", "none")
    close, least = [], None
    for (one, here), (other, there) in combinations(placed, 2):
        apart = abs(here - there)
        least = apart if least is None else min(least, apart)
        needed = wagons_apart(one.imdg_class, other.imdg_class, policy)
        if apart < needed:
            close.append(f"{_name(one)} and {_name(other)} {_wagons_apart(apart)}, {needed} needed")
    if close:
        return Check("dangerous goods", "fail", "; ".join(close))
    if len(placed) < len(goods):
        return Check("dangerous goods", "open", f"{_boxes(len(goods) - len(placed))} without a wagon yet")
    return Check("dangerous goods", "pass", _boxes(len(goods)) + ("" if least is None else f", {_wagons_apart(least)}"))


def wagons_apart(one: str | None, other: str | None, policy: Policy) -> int:
    """How many wagons two classes must be apart: 0 for the same class, 1 (not on one wagon) unless the site says more.

    A class that is not known is taken for another one.
    """
    if one is not None and one == other:
        return 0
    first, second = sorted((one or "?")[0] + (other or "?")[0])
    rules = policy.dangerous_apart
    return max(rules.get(f"{first}/{second}", 1), rules.get(first, 1), rules.get(second, 1))


def _reefers(load: Load, moment: Moment) -> Check:
    cooled = [box for box in load.boxes if _is_cooled(box)]
    if not cooled:
        return Check("reefers", "pass", "none")
    off = [f"{_name(box)} {fault}" for box in cooled if (fault := _reefer_fault(box, moment.policy))]
    if off:
        return Check("reefers", "fail", "; ".join(off))
    unread = [box for box in cooled if not is_read(box, moment)]
    if unread:
        hours = moment.policy.reefer_silent / timedelta(hours=1)
        return Check("reefers", "open", f"{_boxes(len(unread))} without a reading of the last {hours:g} h")
    return Check("reefers", "pass", f"{_boxes(len(cooled))} at set-point")


def _is_cooled(box: Container) -> bool:
    return is_reefer(box) and is_received(box) and box.setpoint_c is not None


def _reefer_fault(box: Container, policy: Policy) -> str | None:
    off = box.reading_c is not None and box.setpoint_c is not None
    if off and abs(box.reading_c - box.setpoint_c) > policy.reefer_tolerance:  # type: ignore[operator]  # both known
        return f"at {box.reading_c:.1f} °C, set to {box.setpoint_c:.1f}"
    return "not plugged in" if box.plugged is False and box.state not in ON_TRAIN else None


def _seals(load: Load) -> Check:
    loaded = [box for box in load.boxes if _is_loaded(box)]
    if not loaded:
        return Check("seals", "open", "nothing is loaded yet")
    broken, unsure = [], 0
    for box in loaded:
        states = [lock.state for lock in load.locks.get(box.id, ())]
        broken += [f"{_name(box)} {state}" for state in _broken(box, load)]
        unsure += any(state not in ("armed", *BROKEN_SEAL) for state in states) or not (states or box.seal)
    if broken:
        return Check("seals", "fail", "; ".join(broken))
    words = f"{len(loaded) - unsure} of {len(loaded)} sealed"
    return Check("seals", "open" if unsure else "pass", words)


def _is_loaded(box: Container) -> bool:
    """A full one: an empty box wants no seal."""
    return box.state in ON_TRAIN and box.full is not False


def _broken(box: Container, load: Load) -> list[str]:
    return [lock.state for lock in load.locks.get(box.id, ()) if lock.state in BROKEN_SEAL]


def _vgm(load: Load) -> Check:
    missing = sum(vgm_missing(box) for box in load.boxes)
    if missing:
        return Check("VGM", "fail", f"{missing} missing")
    if load.unnamed:
        return Check("VGM", "open", f"{_boxes(load.unnamed)} not named yet")
    return Check("VGM", "pass", f"{_boxes(len(load.boxes))} verified")


def _customs(load: Load) -> Check:
    without = [box for box in load.boxes if not is_permitted(box)]
    here = sum(is_received(box) for box in without)
    if here:
        return Check("customs", "fail", f"{_boxes(here)} without permission to leave")
    if without or load.unnamed:
        return Check("customs", "open", f"{_boxes(len(without) + load.unnamed)} not here yet")
    return Check("customs", "pass", f"{_boxes(len(load.boxes))} may leave")


def _manifest(train: Train) -> Check:
    state: State = {"accepted": "pass", "rejected": "fail"}.get(train.manifest_state or "", "open")  # type: ignore[assignment]
    return Check("rail manifest", state, train.manifest_state or "not known")


# ---------------------------------------------------------------------------------------------------------- in words
def mass_of(box: Container) -> int | None:
    """Kilograms: verified, else as declared; None when unknown."""
    return box.vgm_kg if box.vgm_kg is not None else box.gross_kg


def _tonnes(kg: float) -> str:
    return f"{kg / 1000:,.0f}".replace(",", " ")


def _wagon(wagon: Wagon) -> str:
    return f"wagon {wagon.position if wagon.position is not None else wagon.number or '--'}"


def _name(box: Container) -> str:
    return display_number(box.number) if box.number else "a box not named"


def _boxes(count: int) -> str:
    return "1 box" if count == 1 else f"{count} boxes"


def _wagons_apart(count: int) -> str:
    return "on one wagon" if count == 0 else "1 wagon apart" if count == 1 else f"{count} wagons apart"
