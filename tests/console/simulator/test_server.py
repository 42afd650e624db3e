"""The native contract as a client meets it."""

import json
import zlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.simulator import gateway, tokens
from console.simulator.shapes import CUT_LIFE_S, PROBLEMS
from tests.console.simulator.toy import EPOCH, START, TOKEN, Toy

BOXES = "/v1/feeds/containers/snapshot"


@pytest.fixture
def toy() -> Toy:
    return Toy()


def fetch(toy: Toy, path: str, **params: object) -> dict[str, Any]:
    answer = toy.client.get(path, params={name: str(value) for name, value in params.items()})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def snapshot_of(toy: Toy, feed: str, cut: str | None = None) -> dict[str, dict[str, Any]]:
    """All records of a feed at one cut, by id."""
    first = fetch(toy, f"/v1/feeds/{feed}/snapshot", **({"cut": cut} if cut else {}))
    pages = [first] + [
        fetch(toy, f"/v1/feeds/{feed}/snapshot", cut=first["cut"], page=page) for page in range(2, first["pages"] + 1)
    ]
    assert [page["complete"] for page in pages] == [False] * (len(pages) - 1) + [True]
    found = {record["id"]: record for page in pages for record in page["items"]}
    assert len(found) == first["count"]
    return found


def test_meta_says_who_serves_what(toy: Toy) -> None:
    meta = fetch(toy, "/v1/meta")
    assert (meta["api_version"], meta["epoch"]) == ("1", EPOCH)
    assert (meta["site"], meta["timezone"]) == ("Chongqing Tuanjiecun", "Asia/Shanghai")
    counts = {feed["feed"]: feed["count"] for feed in meta["feeds"]}
    assert (counts["tracks"], counts["trains"], counts["containers"], counts["wagons"]) == (1, 1, 3, 0)


def test_server_time_is_the_gateways_clock_and_as_of_the_worlds(toy: Toy) -> None:
    toy.clock.advance(minutes=2)
    meta = fetch(toy, "/v1/meta")
    assert meta["server_time"] == "2026-03-02T01:32:00Z"
    assert meta["as_of"] == "2026-03-02T01:30:00Z"


def test_all_pages_of_a_cut_are_of_one_state_while_the_world_goes_on() -> None:
    toy = Toy(boxes=2500)
    first = fetch(toy, BOXES)
    toy.world.remove("B0")
    toy.world.add("NEW")
    toy.world.load("B2400")
    found = snapshot_of(toy, "containers", first["cut"])
    assert (first["pages"], first["count"]) == (3, 2500)
    assert set(found) == {f"B{number}" for number in range(2500)}
    assert found["B2400"]["state"] == "yard"


def test_one_cut_holds_all_feeds(toy: Toy) -> None:
    cut = fetch(toy, BOXES)["cut"]
    toy.world.load("B1")
    (train,) = snapshot_of(toy, "trains", cut).values()
    assert "booked_boxes" not in train
    (train,) = snapshot_of(toy, "trains").values()
    assert train["booked_boxes"] == 1


def test_an_empty_feed_is_one_empty_complete_page(toy: Toy) -> None:
    page = fetch(toy, "/v1/feeds/wagons/snapshot")
    assert (page["items"], page["page"], page["pages"], page["count"], page["complete"]) == ([], 1, 1, 0, True)


def test_changes_bring_a_cut_to_the_present() -> None:
    toy = Toy(boxes=5)
    first = fetch(toy, BOXES)
    state = snapshot_of(toy, "containers", first["cut"])
    toy.advance(seconds=7)
    toy.world.load("B1")
    toy.world.add("N1", "N2", "N3")
    toy.world.remove("B0")
    cursor, more = first["cursor"], True
    while more:
        page = fetch(toy, "/v1/changes", since=cursor, limit=2)
        for change in page["items"]:
            if change["feed"] == "containers" and change["op"] == "upsert":
                assert change["rev"] == change["data"]["rev"]
                state[change["id"]] = change["data"]
            elif change["feed"] == "containers":
                assert (change["op"], change["data"]) == ("delete", None)
                del state[change["id"]]
        cursor, more = page["next"], page["more"]
    assert state == snapshot_of(toy, "containers")
    assert page["checkpoint"]


def test_a_page_that_ends_within_a_commit_is_no_checkpoint(toy: Toy) -> None:
    cursor = fetch(toy, "/v1/meta")["cursor"]
    toy.world.load("B1")
    half = fetch(toy, "/v1/changes", since=cursor, limit=1)
    rest = fetch(toy, "/v1/changes", since=half["next"], limit=1)
    assert [(page["checkpoint"], page["more"]) for page in (half, rest)] == [(False, True), (True, False)]


def test_a_page_with_more_behind_it_is_only_as_of_its_last_change(toy: Toy) -> None:
    cursor = fetch(toy, "/v1/meta")["cursor"]
    toy.advance(minutes=1)
    toy.world.add("N1")
    toy.advance(minutes=1)
    toy.world.add("N2")
    toy.advance(minutes=1)
    first = fetch(toy, "/v1/changes", since=cursor, limit=1)
    last = fetch(toy, "/v1/changes", since=first["next"], limit=1)
    assert (first["as_of"], last["as_of"]) == ("2026-03-02T01:31:00Z", "2026-03-02T01:33:00Z")


def test_a_quiet_poll_still_moves_as_of_and_gives_the_next_cursor(toy: Toy) -> None:
    cursor = fetch(toy, "/v1/meta")["cursor"]
    toy.advance(seconds=5)
    page = fetch(toy, "/v1/changes", since=cursor)
    assert (page["items"], page["more"], page["checkpoint"], page["next"]) == ([], False, True, cursor)
    assert page["as_of"] == page["server_time"] == "2026-03-02T01:30:05Z"


def test_changes_can_be_narrowed_to_some_feeds(toy: Toy) -> None:
    cursor = fetch(toy, "/v1/meta")["cursor"]
    toy.world.load("B1")
    page = fetch(toy, "/v1/changes", since=cursor, feeds="trains,tracks")
    assert [change["feed"] for change in page["items"]] == ["trains"]
    assert fetch(toy, "/v1/changes", since=page["next"])["items"] == []


def test_an_unchanged_feed_is_one_304_with_all_it_takes_to_go_on(toy: Toy) -> None:
    digest = toy.client.get(BOXES).headers["ETag"]
    toy.advance(seconds=30)
    answer = toy.client.get(BOXES, headers={"If-None-Match": f'"other", W/{digest}'})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["Dryport-As-Of"] == answer.headers["Dryport-Server-Time"] == "2026-03-02T01:30:30Z"
    assert fetch(toy, BOXES, cut=answer.headers["Dryport-Cut"])["count"] == 3
    assert fetch(toy, "/v1/changes", since=answer.headers["Dryport-Cursor"])["items"] == []


def test_a_changed_feed_is_sent_again_though_others_are_not(toy: Toy) -> None:
    digests = {feed: toy.client.get(f"/v1/feeds/{feed}/snapshot").headers["ETag"] for feed in ("tracks", "trains")}
    toy.world.load("B1")
    answers = {
        feed: toy.client.get(f"/v1/feeds/{feed}/snapshot", headers={"If-None-Match": digest}).status_code
        for feed, digest in digests.items()
    }
    assert answers == {"tracks": 304, "trains": 200}


def test_the_digest_of_meta_is_the_etag_of_the_snapshot(toy: Toy) -> None:
    digests = {feed["feed"]: feed["digest"] for feed in fetch(toy, "/v1/meta")["feeds"]}
    assert toy.client.get(BOXES).headers["ETag"] == f'"{digests["containers"]}"'


@pytest.mark.parametrize("path", [BOXES, "/v1/changes?since={cursor}"])
def test_who_takes_gzip_gets_one_member_of_it_and_others_do_not(toy: Toy, path: str) -> None:
    path = path.format(cursor=fetch(toy, "/v1/meta")["cursor"])
    toy.world.load("B1")
    plain = toy.client.get(path, headers={"Accept-Encoding": "gzip;q=0, br"})
    assert "Content-Encoding" not in plain.headers
    headers, packed = toy.client.raw(path, {"Accept-Encoding": "br, gzip"})
    assert headers["Content-Encoding"] == "gzip"
    unpacker = zlib.decompressobj(31)
    assert json.loads(unpacker.decompress(packed)) == plain.json()
    assert unpacker.eof
    assert unpacker.unused_data == b""


def test_without_a_token_nobody_is_asked_for_one(toy: Toy) -> None:
    assert toy.client.get("/v1/meta", headers={"Authorization": "Bearer whatever"}).status_code == 200


@pytest.mark.parametrize("path", ["/v1/meta", "/v1/changes", "/v1/feeds/nothing/snapshot"])
@pytest.mark.parametrize("sent", [None, "Bearer wrong", "Basic dXNlcjpwYXNz", "Bearer " + TOKEN[:-1]])
def test_a_guarded_gateway_tells_nothing_without_its_token(path: str, sent: str | None) -> None:
    answer = Toy(token=TOKEN).client.get(path, headers={"Authorization": sent} if sent else {})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert TOKEN not in answer.text


def test_the_token_lets_in() -> None:
    answer = Toy(token=TOKEN).client.get("/v1/meta", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200


def test_who_asks_too_often_is_told_how_long_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    toy, now = Toy(rate_limit=2), [100.0]
    monkeypatch.setattr(toy.app.state.throttle, "_now", lambda: now[0])
    assert [toy.client.get("/v1/meta").status_code for _ in range(3)] == [200, 200, 429]
    refused = toy.client.get("/v1/meta")
    assert (refused.json()["code"], refused.headers["Retry-After"]) == ("throttled", "1")
    now[0] += 1
    assert [toy.client.get("/v1/meta").status_code for _ in range(3)] == [200, 200, 429]


def test_a_rate_below_one_a_second_lets_one_request_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    toy = Toy(rate_limit=0.1)
    monkeypatch.setattr(toy.app.state.throttle, "_now", lambda: 100.0)
    assert toy.client.get("/v1/meta").status_code == 200
    assert toy.client.get("/v1/meta").headers["Retry-After"] == "10"


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/v1/changes", "bad_request"),
        ("GET", "/v1/changes?since={cursor}&limit=0", "bad_request"),
        ("GET", "/v1/changes?since={cursor}&limit=1001", "bad_request"),
        ("GET", "/v1/changes?since={cursor}&limit=many", "bad_request"),
        ("GET", "/v1/changes?since=" + "x" * 257, "bad_request"),
        ("GET", "/v1/changes?since={cursor}&feeds=trains,planes", "unknown_feed"),
        ("GET", "/v1/changes?since=nonsense", "cursor_expired"),
        ("GET", "/v1/changes?since={cut}", "cursor_expired"),
        ("GET", "/v1/changes?since={future_cursor}", "cursor_expired"),
        ("GET", "/v1/changes?since={other_cursor}", "epoch_changed"),
        ("GET", "/v1/feeds/planes/snapshot", "unknown_feed"),
        ("GET", BOXES + "?page=2", "bad_request"),
        ("GET", BOXES + "?page=0", "bad_request"),
        ("GET", BOXES + "?cut={cut}&page=2", "unknown_page"),
        ("GET", BOXES + "?cut=nonsense", "cut_expired"),
        ("GET", BOXES + "?cut={cursor}", "cut_expired"),
        ("GET", BOXES + "?cut={future_cut}", "cut_expired"),
        ("GET", BOXES + "?cut={other_cut}", "epoch_changed"),
        ("GET", "/", "not_found"),
        ("GET", "/v1/meta/", "not_found"),
        ("GET", "/docs", "not_found"),
        ("POST", "/v1/meta", "method_not_allowed"),
        ("DELETE", BOXES, "method_not_allowed"),
    ],
)
def test_every_refusal_is_a_problem_with_a_stable_code(toy: Toy, method: str, path: str, code: str) -> None:
    names = {
        "cursor": fetch(toy, "/v1/meta")["cursor"],
        "cut": fetch(toy, BOXES)["cut"],
        "future_cursor": tokens.write("cursor", EPOCH, 10**9),
        "future_cut": tokens.write("cut", EPOCH, 10**9),
        "other_cursor": tokens.write("cursor", "another", 0),
        "other_cut": tokens.write("cut", "another", 1),
    }
    answer = toy.client.request(method, path.format(**names))
    problem = answer.json()
    status, title = PROBLEMS[code]
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.status_code, problem["code"], problem["status"], problem["title"]) == (status, code, status, title)
    assert problem["type"] == "about:blank"
    assert problem["detail"].endswith(".")


def test_a_fault_of_the_gateway_is_a_problem_too(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toy.gateway, "meta", lambda: 1 / 0)
    answer = toy.client.get("/v1/meta")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "ZeroDivision" not in answer.text


@given(st.text(max_size=100))
def test_no_text_is_taken_for_a_token_that_was_not_given_out(text: str) -> None:
    try:
        epoch, number = tokens.read("cursor", text)
    except ValueError:
        return
    assert tokens.read("cursor", tokens.write("cursor", epoch, number)) == (epoch, number)


def test_a_log_that_begins_again_has_another_epoch_though_the_world_is_the_same() -> None:
    assert tokens.new_epoch(START) != tokens.new_epoch(START)


def test_a_cursor_from_before_the_logs_beginning_has_expired(toy: Toy) -> None:
    cursor = fetch(toy, "/v1/meta")["cursor"]
    toy.world.log.most_changes = 10
    for number in range(30):
        toy.world.add(f"N{number}")
    answer = toy.client.get("/v1/changes", params={"since": cursor})
    assert (answer.status_code, answer.json()["code"]) == (410, "cursor_expired")


class Hours:
    """A stand-in for the seconds that the gateway counts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(gateway, "elapsed", lambda: self.now)


def test_a_cut_lives_ten_minutes_and_then_expires(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    time = Hours(monkeypatch)
    first = fetch(toy, BOXES)["cut"]
    toy.world.add("N1")
    time.now += CUT_LIFE_S
    fetch(toy, BOXES)
    assert fetch(toy, BOXES, cut=first)["count"] == 3
    time.now += gateway.CUT_SPACING_S
    fetch(toy, BOXES)
    assert toy.client.get(BOXES, params={"cut": first}).json()["code"] == "cut_expired"


def test_however_many_clients_come_cuts_are_bounded_and_none_dies_young(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = Hours(monkeypatch)
    given: dict[str, float] = {}
    for number in range(1000):
        toy.world.add(f"N{number}")
        given[fetch(toy, BOXES)["cut"]] = time.now
        time.now += 1
    young = [cut for cut, at in given.items() if time.now - at < CUT_LIFE_S]
    assert all(toy.client.get(BOXES, params={"cut": cut}).status_code == 200 for cut in young)
    assert len(given) <= gateway.MANY_CUTS * 3


def test_a_snapshot_without_a_cut_shows_the_state_of_now(toy: Toy) -> None:
    assert fetch(toy, BOXES)["count"] == 3
    toy.world.add("N1")
    assert fetch(toy, BOXES)["count"] == 4


def test_clients_that_come_while_nothing_happens_share_a_cut(toy: Toy) -> None:
    assert fetch(toy, BOXES)["cut"] == fetch(toy, "/v1/feeds/trains/snapshot")["cut"]


def test_records_on_the_wire_decode_by_the_feeds_own_declaration(toy: Toy) -> None:
    from storage.models import FEEDS
    from storage.models.wire import record_type

    for feed, model in FEEDS.items():
        items = fetch(toy, f"/v1/feeds/{feed}/snapshot")["items"]
        assert len(msgspec.convert(items, list[record_type(model)])) == len(items)  # type: ignore[misc]
