"""The way of a declaration through its states, and what cannot be right about one."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.figures.declared import Declared, backward_steps, is_backward, oddities
from storage.models.customs import ENDED, STATES
from tests.scene import NOW

WAITING = tuple(state for state in STATES if state not in (*ENDED, "draft"))
ONWARD = {
    "draft": ("submitted", "cancelled"),
    "submitted": (
        "rejected", "accepted", "documents required", "inspection", "released", "transit allowed", "cancelled",
    ),
    "rejected": ("submitted", "draft", "cancelled"),
    "accepted": ("documents required", "inspection", "duty pending", "released", "rejected"),
    "documents required": ("accepted", "inspection", "rejected", "duty pending"),
    "inspection": ("accepted", "detained", "duty pending", "released"),
    "detained": ("inspection", "released", "cancelled"),
    "duty pending": ("released", "transit allowed"),
    "transit allowed": ("closed",),
    "released": ("closed",),
    "closed": (),
    "cancelled": (),
}  # fmt: skip
"""The steps that customs takes."""


@st.composite
def ways(draw: st.DrawFn) -> list[str]:
    """A way from the draft on, of any length."""
    way = ["draft"]
    for _ in range(draw(st.integers(0, 20))):
        further = ONWARD[way[-1]]
        if not further:
            break
        way.append(draw(st.sampled_from(further)))
    return way


@given(ways())
def test_no_way_that_customs_goes_leads_back(way: list[str]) -> None:
    assert list(backward_steps(way)) == []


@given(ways(), st.sampled_from(ENDED), st.sampled_from(WAITING))
def test_whatever_was_over_and_waits_again_went_back_exactly_once(way: list[str], ended: str, waiting: str) -> None:
    assert list(backward_steps([*way, ended, waiting]))[-1] == (ended, waiting)
    assert sum(step == (ended, waiting) for step in backward_steps([*way, ended, waiting])) == 1


@given(st.lists(st.sampled_from([*STATES, "melting", "99"])))
def test_a_step_is_told_once_and_never_twice_over(states: list[str]) -> None:
    steps = list(backward_steps(states))
    assert len(steps) <= max(0, len(states) - 1)
    assert all(is_backward(before, after) for before, after in steps)
    doubled = [state for state in states for _ in range(2)]
    assert list(backward_steps(doubled)) == steps


@given(st.sampled_from(STATES))
def test_a_state_nobody_knows_leads_nowhere(state: str) -> None:
    assert not is_backward(state, "melting")
    assert not is_backward("melting", state)
    assert not is_backward(state, state)


FINE = Declared("released", "red", NOW - timedelta(hours=2), NOW - timedelta(hours=1), NOW, 1)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, ()),
        ({"released": NOW - timedelta(hours=3)}, ("released before it was submitted",)),
        ({"submitted": None, "released": NOW - timedelta(hours=3)}, ("released before it entered its lane",)),
        ({"state": "inspection"}, ("released, and still inspection",)),
        ({"boxes": 0}, ("no boxes",)),
        ({"boxes": 5_000}, ("5000 boxes",)),
        ({"shared": 1}, ("its box has another one open",)),
        ({"boxes": 3, "shared": 2}, ("2 of its boxes under another open declaration",)),
        ({"lane": "purple"}, ("lane 'purple' is unknown",)),
        ({"state": "melting"}, ("state 'melting' is unknown",)),
        (
            {"state": "inspection", "released": None, "states": ("submitted", "released")},
            ("went back from released to inspection",),
        ),
        ({"went_back": True}, ("its state went back",)),
        ({"went_back": True, "states": ("released", "submitted")}, ("went back from released to submitted",)),
    ],
)  # fmt: skip
def test_what_cannot_be_right_is_said_in_words(changed: dict[str, object], said: tuple[str, ...]) -> None:
    assert oddities(FINE._replace(**changed)) == said  # type: ignore[arg-type]


def test_a_lane_of_the_site_s_own_is_known() -> None:
    purple = FINE._replace(lane="purple")
    assert oddities(purple, ["purple"]) == ()
