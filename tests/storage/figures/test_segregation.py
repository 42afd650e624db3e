"""Dangerous goods that must stand apart."""

from pathlib import Path

import msgspec
import pytest

from storage.errors import SettingsError
from storage.figures.segregation import Apart, apart, default_table, read_table

TABLE = default_table()


@pytest.mark.parametrize(
    ("one", "other", "term"),
    [
        ("3", "5.1", "2"),
        ("5.1", "3", "2"),
        ("3", "8", "X"),
        ("2.1", "8", "1"),
        ("1.1D", "3", "4"),
        ("1.2", "6.1", "2"),
        ("1.4S", "1.4S", "*"),
        ("6.2", "3", "3"),
        ("9", "1.1", "X"),
    ],
)
def test_the_terms_are_those_of_the_table(one: str, other: str, term: str) -> None:
    assert TABLE.term(one, other) == term


@pytest.mark.parametrize(("one", "other"), [(None, "3"), ("3", ""), ("12", "3"), ("poison", "3")])
def test_a_class_that_is_not_known_cannot_be_told(one: str | None, other: str) -> None:
    assert TABLE.term(one, other) is None
    assert apart(TABLE, one, other, 0, 0).too_near is None


def test_distance_is_counted_in_bays_or_rows_whichever_is_more() -> None:
    assert apart(TABLE, "3", "5.1", 1, 0) == Apart("2", 1, 2)
    assert apart(TABLE, "3", "5.1", 1, 0).too_near is True
    assert apart(TABLE, "3", "5.1", 1, 2).too_near is False
    assert apart(TABLE, "2.1", "8", 0, 0).too_near is True
    assert apart(TABLE, "2.1", "8", 0, 1).too_near is False


def test_goods_of_one_class_may_stand_together_but_those_of_class_1_cannot_be_told() -> None:
    assert apart(TABLE, "5.1", "5.1", 0, 0).too_near is False
    assert apart(TABLE, "1.1D", "1.1D", 0, 0).too_near is None


def test_the_table_names_its_edition_and_is_the_same_both_ways() -> None:
    assert "edition" in TABLE.edition
    for one in TABLE.classes:
        assert [TABLE.term(one, other) for other in TABLE.classes] == [
            TABLE.term(other, one) for other in TABLE.classes
        ]


def test_a_site_has_its_own_table_in_a_file(tmp_path: Path) -> None:
    own = tmp_path / "segregation.json"
    own.write_bytes(msgspec.json.encode({
        "edition": "port rule 7 of 2026", "classes": ["3", "8"], "terms": {"3": "X 4", "8": "4 X"},
        "apart": {"1": 1, "2": 2, "3": 3, "4": 9},
    }))  # fmt: skip
    table = read_table(own)
    assert (table.edition, apart(table, "3", "8", 8, 0).too_near) == ("port rule 7 of 2026", True)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"terms": {"3": "X 4", "8": "3 X"}}, "class 3 beside 8 is not as 8 beside 3"),
        ({"terms": {"3": "X", "8": "4 X"}}, "the row of class 3"),
        ({"terms": {"3": "X 5", "8": "5 X"}}, "the row of class 3"),
        ({"apart": {"1": 1}}, "apart says nothing of term 2"),
        ({"edition": 7}, "edition"),
        ({"editions": "x"}, "editions"),
    ],
)
def test_a_table_that_is_none_says_what_is_wrong(tmp_path: Path, change: dict[str, object], says: str) -> None:
    own = tmp_path / "segregation.json"
    good: dict[str, object] = {
        "edition": "e", "classes": ["3", "8"], "terms": {"3": "X 4", "8": "4 X"},
        "apart": {"1": 1, "2": 2, "3": 3, "4": 5},
    }  # fmt: skip
    own.write_bytes(msgspec.json.encode(good | change))
    with pytest.raises(SettingsError, match=says):
        read_table(own)


def test_a_table_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_table(tmp_path / "none.json")
