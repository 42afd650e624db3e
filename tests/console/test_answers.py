import json
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, SQLModel

from console.answers import answer_view, report_status
from console.site import Site
from storage.cache import Cache
from storage.models import Container, FeedState, Leader, SourceState
from tests.scene import NOW, SOURCE
from tests.scenery.rows import Rows


def stated(site: Site, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, object]]:
    code = report_status(site, "json")
    return code, json.loads(capsys.readouterr().out)


def change(site: Site, **values: object) -> None:
    cache = Cache.open(site.cache_path, role="writer")
    with cache.write() as session:
        _set(session, values)
    cache.close()


def add(site: Site, model: type[SQLModel], **values: Any) -> None:
    cache, rows = Cache.open(site.cache_path, role="writer"), Rows()
    rows.add(model, **values)
    with cache.write() as session:
        rows.insert(session)
    cache.close()


def _set(session: Session, values: dict[str, object]) -> None:
    source = session.get_one(SourceState, SOURCE)
    for key, value in values.items():
        setattr(source, key, value)
    leader = session.get_one(Leader, 1)
    leader.heartbeat_at = NOW


def test_status_is_0_while_every_feed_is_fresh(scene_site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = stated(scene_site, capsys)
    assert code == 0
    assert said["freshness"] == "LIVE <15 s"
    rows = said["rows"]
    assert isinstance(rows, list)
    assert {
        "feed": "trains",
        "state": "fresh",
        "freshness": "LIVE <15 s",
        "age_s": 5,
        "as_of": "2026-11-20T10:40:55+08:00",
    } in rows


def test_status_is_1_when_a_feed_is_late(scene_site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    change(scene_site, asked_at=NOW - timedelta(minutes=3))
    code, said = stated(scene_site, capsys)
    assert (code, said["freshness"]) == (1, "LATE 3 min")


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"asked_at": NOW - timedelta(hours=3), "failures": 5, "error_code": "offline"}, "OFFLINE 3 h"),
        ({"asked_at": NOW - timedelta(minutes=12), "error_code": "refused"}, "REFUSED 12 min"),
    ],
)
def test_status_is_2_when_no_data_comes_any_more(
    values: dict[str, object], word: str, scene_site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    change(scene_site, **values)
    code, said = stated(scene_site, capsys)
    assert (code, said["freshness"]) == (2, word)


def test_status_is_2_before_the_first_sync(empty_site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = stated(empty_site, capsys)
    assert (code, said["freshness"], said["rows"]) == (2, "NEVER", [])


def test_an_upstream_that_was_configured_and_never_answered_counts(
    scene_site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    from dataclasses import replace

    from console.site import Upstream

    two = replace(scene_site, upstreams=(*scene_site.upstreams, Upstream(name="rata", url="https://rata.example")))
    code, said = stated(two, capsys)
    assert (code, said["freshness"]) == (2, "NEVER")


def test_of_a_feed_with_two_sources_the_worse_counts(scene_site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    cache = Cache.open(scene_site.cache_path, role="writer")
    with cache.write() as session:
        session.add(SourceState(source="rata", kind="digitraffic", asked_at=NOW - timedelta(minutes=4)))
        session.add(FeedState(source="rata", feed="trains", loaded=True, as_of=NOW - timedelta(minutes=4)))
    cache.close()
    code, said = stated(scene_site, capsys)
    assert (code, said["freshness"]) == (1, "LATE 4 min")


def test_boxes_in_unknown_blocks_are_a_row_of_the_yard(scene_site: Site) -> None:
    add(scene_site, Container, id="lost", number="CQIU1000041", size_type="45G1", place="yard", block_id="ZZ")
    answer = answer_view(scene_site, "yard", columns="name,kind,boxes,teu,percent")
    strays, coming = answer.rows[-2:]
    assert list(strays) == ["in unknown blocks", "unknown", 1, 2, None]
    assert list(coming)[:4] == ["no block planned yet", "unplanned", 0, 0]


def test_what_could_not_be_told_of_reefers_and_dangerous_goods_is_said_with_them(scene_site: Site) -> None:
    here = {"place": "yard", "block_id": "R1", "size_type": "45R1"}
    add(scene_site, Container, id="old", setpoint_c=-18.0, reading_c=-18.0, read_at=NOW - timedelta(hours=5), **here)
    add(scene_site, Container, id="paint", imdg_class="3", un_number="1263", **here)
    reefers = answer_view(scene_site, "reefers", ["no reading"])
    assert reefers.remarks == ("1 not read for 4 h",)
    assert [row[3] for row in reefers.rows] == ["no reading since"]
    dangerous = answer_view(scene_site, "dangerous")
    assert dangerous.remarks == ("1 dangerous box could not be checked: no bay (1)",)
    assert dangerous.remarks[0] in dangerous.summary()
    assert dangerous.meta()["remarks"] == list(dangerous.remarks)


def test_trains_without_a_screen_carry_the_figures_of_the_pane(scene_site: Site) -> None:
    answer = answer_view(scene_site, "trains", ["number=X9582"])
    (row,) = answer.records()
    classes = ("loaded", "ready", "customs", "held", "due", "no_eta", "too_late")
    assert [row[name] for name in classes] == [31, 9, 4, 2, 3, 3, 2]
    assert (row["boxes"], row["done"], row["percent"], row["teu"], row["capacity_teu"]) == (54, 40, 74, 96.0, 100.0)
    assert [row[name] for name in ("make_it", "miss_it", "cannot_tell")] == [43, 5, 6]
    assert (row["room"], row["rate"], row["onward_margin"]) == (11, 24.0, 33_000)
    assert row["closes_at"] == "2026-11-20T11:40:00+08:00"
    assert row["ready_done"] == "2026-11-20T11:11:00+08:00"
    assert "declarations" in answer.feeds  # who makes it hangs on customs too
    (arrival,) = answer_view(scene_site, "trains", ["number=X9581"]).records()
    assert (arrival["make_it"], arrival["room"], arrival["onward_margin"]) == (None, None, None)
