import csv
import io
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from console.format import Wall
from console.headless import Answer, Format, Standing, write

NOW = datetime(2026, 11, 20, 2, 41, tzinfo=UTC)
CUT_OFF = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Heading:
    key: str
    title: str
    kind: str = "text"
    unit: str = ""


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def answer(*rows: tuple[object, ...], total: int | None = None, age: timedelta | None = timedelta(seconds=3)) -> Answer:
    return Answer(
        site="tuanjiecun",
        view="trains",
        wall=Wall(NOW, ZoneInfo("Asia/Shanghai")),
        feeds={
            "trains": Standing("fresh", "LIVE <15 s", age, NOW if age else None),
            "containers": Standing("late", "LATE 3 min", timedelta(minutes=3), NOW - timedelta(minutes=3)),
        },
        columns=(
            Heading("number", "Train"),
            Heading("to", "To"),
            Heading("late", "Late", "number", "min"),
            Heading("gate", "Gate", "time"),
            Heading("wait", "Waits", "duration"),
            Heading("holds", "Holds"),
            Heading("full", "Full", "yes_no"),
        ),
        rows=rows,
        total=len(rows) if total is None else total,
        worst="LATE 3 min",
    )


X9582 = ("X9582", "Qinzhou", 12, CUT_OFF, timedelta(hours=3, minutes=5), ("customs", "VGM"), True)
UNKNOWN = ("84409", None, None, None, None, (), None)


def written(how: Format, given: Answer, out: io.StringIO | None = None) -> tuple[str, str]:
    out, words = out or io.StringIO(), io.StringIO()
    write(given, how, out, words)
    return out.getvalue(), words.getvalue()


def test_json_carries_site_view_as_of_and_how_fresh_each_feed_is() -> None:
    out, words = written("json", answer(X9582, UNKNOWN, total=31))
    said = json.loads(out)
    assert (said["site"], said["view"], said["total"]) == ("tuanjiecun", "trains", 31)
    assert said["now"] == "2026-11-20T10:41:00+08:00"
    assert said["as_of"] == "2026-11-20T10:38:00+08:00", "the oldest of the feeds"
    assert said["feeds"]["containers"] == {"state": "late", "age_s": 180, "as_of": "2026-11-20T10:38:00+08:00"}
    assert said["columns"][2] == {"key": "late", "title": "Late", "unit": "min"}
    assert said["columns"][4] == {"key": "wait", "title": "Waits", "unit": "s"}, "durations are seconds"
    assert said["rows"][0] == {
        "number": "X9582", "to": "Qinzhou", "late": 12, "gate": "2026-11-20T11:00:00+08:00", "wait": 11100,
        "holds": ["customs", "VGM"], "full": True,
    }  # fmt: skip
    assert words == ""


def test_unknown_is_null_in_json_empty_in_csv_and_two_dashes_in_a_table() -> None:
    given = answer(UNKNOWN)
    assert json.loads(written("json", given)[0])["rows"][0]["late"] is None
    assert written("csv", given)[0].splitlines()[1] == "84409,,,,,,"
    assert written("table", given)[0].splitlines()[1].split() == ["84409", "--", "--", "--", "--", "--"]


def test_an_unknown_age_is_null_and_makes_the_as_of_unknown() -> None:
    said = json.loads(written("json", answer(X9582, age=None))[0])
    assert said["feeds"]["trains"]["age_s"] is None
    assert said["as_of"] is None


def test_json_lines_begin_with_what_json_says_beside_the_rows() -> None:
    lines = [json.loads(line) for line in written("jsonl", answer(X9582, UNKNOWN))[0].splitlines()]
    assert lines[0]["meta"]["view"] == "trains"
    assert [line["number"] for line in lines[1:]] == ["X9582", "84409"]


def test_csv_has_keys_as_its_header_and_iso_times() -> None:
    out, words = written("csv", answer(X9582))
    header, row = csv.reader(io.StringIO(out))
    assert header == ["number", "to", "late", "gate", "wait", "holds", "full"]
    assert row == ["X9582", "Qinzhou", "12", "2026-11-20T11:00:00+08:00", "11100", "customs VGM", "true"]
    assert "LATE 3 min" in words


@pytest.mark.parametrize("hostile", ['=HYPERLINK("x")', "+1", "-1+2", "@SUM(A1)", "\tx"])
def test_no_text_from_upstream_becomes_a_formula_in_a_spreadsheet(hostile: str) -> None:
    out, _ = written("csv", answer((hostile, None, -4, None, None, (hostile,), None)))
    row = list(csv.reader(io.StringIO(out)))[1]
    assert row[0] == "'" + hostile
    assert row[2] == "-4", "a number is a number"
    assert row[5] == "'" + hostile


def test_a_temperature_has_one_decimal_in_a_table_and_is_the_number_for_programs() -> None:
    columns = (Heading("set", "Set-point", "number", "°C"), Heading("by", "Off by", "number", "K"))
    given = replace(answer((-20, -0.04), (-20.06, 2), (None, None)), columns=columns)
    lines = written("table", given)[0].splitlines()
    assert [line.split() for line in lines[1:]] == [["-20.0", "0.0"], ["-20.1", "2.0"], ["--", "--"]]
    assert written("csv", given)[0].splitlines()[1:] == ["-20,-0.04", "-20.06,2", ","]


def test_what_is_to_be_said_besides_is_said_to_people_and_to_programs() -> None:
    given = replace(answer(X9582), remarks=("1 never read",))
    assert "; 1 never read" in written("table", given)[1]
    assert json.loads(written("json", given)[0])["remarks"] == ["1 never read"]


def test_a_piped_table_keeps_every_cell_whole_and_in_its_column() -> None:
    chinese = ("团结村西", "Qinzhou" * 20, -4, CUT_OFF, timedelta(minutes=-5), (), False)
    lines = written("table", answer(X9582, chinese))[0].splitlines()
    assert lines[0].startswith("Train     To")
    assert lines[2].startswith("团结村西  Qinzhou")
    assert "Qinzhou" * 20 in lines[2]
    assert "-0:05" in lines[2]
    assert "Late (min)" in lines[0]


def test_a_table_on_a_terminal_reads_no_markup_and_passes_no_control_character() -> None:
    out, _ = written(
        "table", answer(("[bold]X[/]", "[/nothing]", 1, None, None, ("a\x1b]52;c;x\x07",), None)), Screen()
    )
    assert "[bold]X[/]" in out
    assert "[/nothing]" in out
    assert "\x1b]52" not in out
    assert "\x07" not in out


def test_a_table_says_on_stderr_how_fresh_it_is_and_what_it_leaves_out() -> None:
    _, words = written("table", answer(X9582, total=3004))
    assert words == "tuanjiecun: LATE 3 min, Fri 20 Nov 10:41 UTC+8, 1 of 3 004 rows; --limit 0 shows all\n"


def test_what_a_source_asks_to_be_said_is_said_with_its_data() -> None:
    given = replace(answer(X9582), attribution=("Source: Fintraffic / digitraffic.fi, licence CC BY 4.0",))
    assert json.loads(written("json", given)[0])["attribution"] == list(given.attribution)
    assert written("csv", given)[1].endswith(", 1 row; Source: Fintraffic / digitraffic.fi, licence CC BY 4.0\n")


@pytest.mark.parametrize("how", get_args(Format))
def test_no_rows_are_an_answer_too(how: Format) -> None:
    out, _ = written(how, answer())
    assert out.startswith(("Train", '{"site"', '{"meta"', "number,"))
