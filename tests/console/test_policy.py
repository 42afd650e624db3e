"""The site's own rules: every one can be set, none that figures do not know, and figures go by what is set."""

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

import pytest

from console.answers import answer_view
from console.policy import ELSEWHERE, SETTINGS
from console.settings import Choice, read_site
from console.site import Site
from console.view import View
from storage.errors import SettingsError
from storage.figures.policy import DEFAULT, Policy

UPSTREAM = '[[site.a.upstream]]\nname = "gateway"\nurl = "https://gateway.example"\n'
CHANGED = {"office_hours": '"09:00-17:00"', "segregation": '"ours.json"'}
"""Fields that are given as text."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def policy(path: Path, lines: str) -> Policy:
    path.write_text(f"[site.a]\n{UPSTREAM}[site.a.policy]\n{lines}\n")
    site = read_site(Choice(), {"DRYPORT_CONFIG": str(path)})
    assert site.policy is not None
    return site.policy


def refusal(path: Path, lines: str) -> str:
    with pytest.raises(SettingsError) as raised:
        policy(path, lines)
    return str(raised.value)


def toml(field: str) -> str:
    """Another value than the default one."""
    default = getattr(DEFAULT, field)
    if field in CHANGED:
        return CHANGED[field]
    if isinstance(default, bool):
        return "false" if default else "true"
    if isinstance(default, Mapping):
        return "{ red = 11 }"
    return "0.5" if field == "weight_differs" else "11"


def test_every_rule_of_a_policy_has_a_setting() -> None:
    assert {each.name for each in fields(Policy)} == SETTINGS.keys() | set(ELSEWHERE)


@pytest.mark.parametrize("field", SETTINGS)
def test_a_rule_that_is_set_changes_that_one_alone(path: Path, field: str) -> None:
    ours = {"edition": "ours", "classes": [], "terms": {}, "apart": {"1": 1, "2": 2, "3": 3, "4": 4}}
    (path.parent / "ours.json").write_text(json.dumps(ours))
    found = policy(path, f"{SETTINGS[field].key} = {toml(field)}")
    assert getattr(found, field) != getattr(DEFAULT, field)
    assert replace(found, **{field: getattr(DEFAULT, field)}) == DEFAULT


def test_times_are_given_in_the_unit_of_their_key(path: Path) -> None:
    found = policy(path, "preparation_min = 45\nwarning_h = 1.5\nsla_min = { blue = 20, red = 90 }")
    assert (found.preparation, found.warning) == (timedelta(minutes=45), timedelta(minutes=90))
    assert found.sla == {"blue": timedelta(minutes=20), "red": timedelta(minutes=90)}


def test_a_site_without_rules_of_its_own_has_the_usual_ones(path: Path) -> None:
    path.write_text(f"[site.a]\n{UPSTREAM}")
    assert read_site(Choice(), {"DRYPORT_CONFIG": str(path)}).policy is None


def test_a_key_that_is_none_is_refused_with_its_line_and_the_nearest_one(path: Path) -> None:
    said = refusal(path, "on_time_min = 15\npreparation = 30")
    assert said == f"{path}, line 7: preparation is no key of [site.a.policy]: did you mean preparation_min?"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('on_time_min = "long"', "on_time_min in [site.a.policy] is wrong"),
        ("on_time_min = -5", "on_time_min in [site.a.policy] is wrong"),
        ("sla_min = { red = true }", "sla_min in [site.a.policy] is wrong"),
        ('office_hours = "in the morning"', "write them as 08:30-12:00,13:30-19:00"),
        ("teu_45 = 0.5", "2 or 2.25"),
        ("weight_differs_share = 5", "0.05 for 5 %"),
        ('segregation_file = "nowhere.json"', "cannot be read"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_with_its_line_and_the_remedy(path: Path, lines: str, said: str) -> None:
    found = refusal(path, lines)
    assert found.startswith(f"{path}, line 6: ")
    assert said in found


def test_console_and_headless_commands_go_by_the_rules_of_the_site(scene_site: Site) -> None:
    ours = replace(scene_site, policy=replace(DEFAULT, preparation=timedelta(minutes=60)))
    view = View.of_site(ours)
    assert view.policy == replace(DEFAULT, preparation=timedelta(minutes=60), zone=view.zone)

    def closes(site: Site) -> dict[object, object]:
        answer = answer_view(site, "trains", ["direction:dep", "at<+12h"], columns="number closes_at")
        return {record["number"]: record["closes_at"] for record in answer.records()}

    usual, earlier = closes(scene_site), closes(ours)
    assert str(usual["X9582"]).partition("T")[2].startswith("11:40")
    assert str(earlier["X9582"]).partition("T")[2].startswith("11:10")
