"""What fits on a train in place of what misses it; the room is used up box by box."""

from typing import Any

import pytest

from storage.figures.departure_checks import Load
from storage.figures.substitutes import Room, Substitute, fill, room_on
from storage.models import Container, Train, Wagon
from tests.scene import NOW, at

BASE: dict[str, Any] = {"rev": 1, "changed_at": NOW}


def box(name: str, **values: Any) -> Container:
    given: dict[str, Any] = {"vgm_kg": 20_000, "received_at": at("08:00"), "size_type": "22G1"}
    return Container(id=name, **BASE, **given | values)


def room(**values: Any) -> Room:
    given: dict[str, Any] = {"teu": 4.0, "kg": 100_000, "moves": 4, "heaviest_kg": 60_000, "cutoffs": {}}
    return Room(**given | values)


def candidate(name: str, moves: int = 1, teu: float = 1.0, **values: Any) -> Substitute:
    return Substitute(box(name, **values), "X9584", None, teu, moves, None, "")


def taken(room: Room, *candidates: Substitute) -> list[tuple[str, bool | None, str]]:
    return [(each.box.id, each.fits, each.words) for each in fill(room, candidates)]


def test_boxes_are_taken_one_after_the_other_those_with_the_fewest_moves_first() -> None:
    assert taken(room(teu=3.0), candidate("a", 3), candidate("b", teu=2.0), candidate("c", teu=2.0)) == [
        ("b", True, ""), ("a", True, ""), ("c", False, "no slot left"),
    ]  # fmt: skip


def test_weight_and_time_are_used_up_too() -> None:
    assert taken(room(kg=39_999), candidate("a"), candidate("b"))[1][2] == "train too heavy"
    assert taken(room(moves=3), candidate("a", 2), candidate("b", 2))[1][2] == "no time to load it"
    assert taken(room(moves=None), candidate("a", 9))[0][1] is True


def test_a_box_received_after_the_train_s_own_cut_off_for_it_does_not_fit() -> None:
    cutoffs = {"gate": at("09:00"), "dangerous": at("07:00")}
    assert taken(room(cutoffs=cutoffs), candidate("a"))[0][1] is True
    late = taken(room(cutoffs=cutoffs), candidate("a", imdg_class="3"))
    assert late == [("a", False, "received after its cut-off")]


@pytest.mark.parametrize(
    ("left", "mass", "words"),
    [
        ({"teu": None}, 20_000, "slots not known"),
        ({"kg": None}, 20_000, "weight not known"),
        ({}, None, "weight not known"),
    ],
)
def test_what_nobody_can_tell_is_said(left: dict[str, Any], mass: int | None, words: str) -> None:
    assert taken(room(**left), candidate("a", vgm_kg=mass)) == [("a", None, words)]


def test_the_room_is_what_is_free_and_what_the_missing_leave() -> None:
    train = Train(
        id="T", number="T", direction="departure", phase="working", capacity_teu=100.0, weight_limit_t=100.0, **BASE
    )
    wagons = [Wagon(id="w", tare_kg=20_000, max_load_kg=60_000, **BASE)]
    boxes = [box("a"), box("b", size_type="45G1"), box("c")]
    found = room_on(Load(train, wagons, boxes, {}), 96.0, boxes[:2], 7, {}, 2.0)
    assert (found.teu, found.kg, found.moves, found.heaviest_kg) == (7.0, 60_000, 7, 60_000)
    full = room_on(Load(train, [Wagon(id="w", **BASE)], boxes, {}), 104.0, [], None, {}, 2.0)
    assert (full.teu, full.kg, full.heaviest_kg) == (0.0, None, None)
