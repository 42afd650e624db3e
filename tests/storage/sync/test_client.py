"""The guarded client: what a hostile or broken source can send, and what becomes of it."""

import gzip
import logging
import zlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import stamina

from storage.clock import ManualClock
from storage.errors import AuthFailed, BadData, Refused, Resync, SettingsError, Throttled, Transient, UpstreamError
from storage.sync.client import Client, Limits, retry_after
from storage.upstreams.base import UpstreamSettings
from tests.storage.gateway import problem
from tests.storage.loopback import Loopback, Reply, Request

NOW = datetime(2026, 11, 20, 2, 41, tzinfo=UTC)
QUICK = Limits(total_s=0.3, connect_s=0.3, body_bytes=10_000)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
GZIP = HEAD + b"Content-Encoding: gzip\r\n"
BIG = gzip.compress(b" " * 5_000_000)


def length(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


@pytest.fixture
async def server() -> AsyncIterator[Loopback]:
    async with Loopback(lambda _request: Reply(b'{"fine": true}')) as server:
        yield server


def client(server: Loopback, token: str | None = None, limits: Limits = QUICK) -> Client:
    return Client(UpstreamSettings(name="gateway", url=server.url, token=lambda: token), limits=limits)


async def get(server: Loopback, reply: Reply | Callable[[Request], Reply], limits: Limits = QUICK) -> bytes:
    server.handler = reply if callable(reply) else lambda _request: reply
    async with client(server, limits=limits) as asked:
        return (await asked.get("/v1/meta")).body


async def test_a_good_answer_is_unpacked_whole(server: Loopback) -> None:
    assert await get(server, Reply(b'{"fine": true}')) == b'{"fine": true}'
    asked = server.requests[0].headers
    assert asked["accept-encoding"] == "gzip"
    assert asked["user-agent"].startswith("dryport/")
    assert "authorization" not in asked


async def test_an_answer_of_several_chunks_is_put_together(server: Loopback) -> None:
    chunks = HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\n3\r\n 2]\r\n0\r\n\r\n"
    assert await get(server, Reply(raw=chunks)) == b"[1, 2]"


UNTRUSTED: dict[str, tuple[bytes, type[UpstreamError], str]] = {
    "gzip cut, length right": (GZIP + length(gzip.compress(b"[1, 2, 3]" * 50)[:-20]), BadData, "cut"),
    "not gzip": (GZIP + length(b"no gzip at all"), BadData, "broken"),
    "more after the gzip": (GZIP + length(gzip.compress(b"[]") + b"more"), BadData, "after its end"),
    "gzip bomb": (GZIP + length(BIG), Refused, "more than 10000 bytes"),
    "gzip without end": (GZIP + b"\r\n" + gzip.compress(b"") * 1000, Refused, "more than 10000 bytes"),
    "too large": (HEAD + length(b" " * 10_001), Refused, "more than 10000 bytes"),
    "brotli": (HEAD + b"Content-Encoding: br\r\n" + length(b"\x0b\x00"), Refused, "only gzip was offered"),
    "gzip twice": (HEAD + b"Content-Encoding: gzip, gzip\r\n" + length(b""), Refused, "only gzip was offered"),
    "length too long": (HEAD + b"Content-Length: 100\r\n\r\n[1, 2", Transient, "broke off"),
    "nothing": (b"", Transient, "broke off"),
    "another protocol": (b"SSH-2.0-OpenSSH_9.2\r\n", Transient, "broke off"),
    "endless header": (HEAD + b"X: " + b"y" * 300_000 + b"\r\n\r\n", Transient, "broke off"),
    "captive page": (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + length(b"Log in"), BadData, "login page"),
    "no type": (b"HTTP/1.1 200 OK\r\n" + length(b"{}"), BadData, "without a type"),
    "redirect": (b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\n" + length(b""), Refused, "redirects"),
}


@pytest.mark.parametrize("case", UNTRUSTED)
async def test_a_body_that_cannot_be_trusted_is_refused_in_one_sentence(server: Loopback, case: str) -> None:
    raw, kind, says = UNTRUSTED[case]
    with pytest.raises(kind, match=says) as caught:
        await get(server, Reply(raw=raw))
    assert "Log in" not in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_a_bomb_within_a_bomb_is_unpacked_once(server: Loopback) -> None:
    inner = gzip.compress(BIG)
    assert await get(server, Reply(raw=GZIP + length(inner))) == BIG


async def test_a_bomb_is_stopped_before_it_is_unpacked(server: Loopback) -> None:
    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    body = b"".join([bomb.compress(b"\0" * 1_000_000) for _ in range(100)]) + bomb.flush()
    with pytest.raises(Refused, match="smaller pages"):
        await get(server, Reply(raw=GZIP + length(body)), Limits(total_s=5, body_bytes=1_000_000))


async def test_a_drip_ends_at_the_deadline_of_the_whole_exchange(server: Loopback) -> None:
    with pytest.raises(Transient, match="did not finish"):
        await get(server, Reply(b'{"slow": true}' * 10, drip=True))


async def test_a_refused_connection_names_the_address(server: Loopback) -> None:
    await server.stop()
    async with client(server) as asked:
        with pytest.raises(Transient, match=f"127.0.0.1:{server.port}"):
            await asked.get("/v1/meta")
    await server.start()


@pytest.mark.parametrize(
    ("status", "code", "headers", "kind"),
    [
        (401, "unauthorized", {}, AuthFailed),
        (403, "forbidden", {}, AuthFailed),
        (404, "unknown_feed", {}, Refused),
        (408, "", {}, Transient),
        (410, "cursor_expired", {}, Resync),
        (429, "throttled", {"Retry-After": "7"}, Throttled),
        (500, "", {}, Transient),
        (503, "", {"Retry-After": "7"}, Throttled),
    ],
)
async def test_a_status_becomes_the_error_it_means(
    server: Loopback, status: int, code: str, headers: dict[str, str], kind: type[UpstreamError]
) -> None:
    with pytest.raises(kind, match=f"because {code}") as caught:
        await get(server, problem(status, code, **headers))
    assert type(caught.value) is kind
    if isinstance(caught.value, Throttled):
        assert caught.value.after == 7
    if isinstance(caught.value, Resync):
        assert caught.value.reason == code


async def test_an_error_page_that_is_no_problem_document_still_says_its_status(server: Loopback) -> None:
    with pytest.raises(Transient, match=r"\(502\)"):
        await get(server, Reply(b"<h1>Bad gateway</h1>", 502, {"Content-Type": "text/html"}))


async def test_words_of_the_source_are_made_safe_and_cut(server: Loopback) -> None:
    hostile = Reply(b'{"detail": "\\u001b]52;c;eA==\\u0007' + b"x" * 9000 + b'"}', 500)
    with pytest.raises(Transient) as caught:
        await get(server, hostile, Limits(total_s=1))
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7),
        ("0", 0),
        ("99999999999999999999", 600),
        ("Fri, 20 Nov 2026 02:41:30 GMT", 30),
        ("Fri, 20 Nov 2020 02:41:30 GMT", 0),
        ("Fri, 20 Nov 2099 02:41:30 GMT", 600),
        ("soon", None),
        ("-5", None),
        ("٣", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_never_more_than_ten_minutes(said: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": said}, NOW) == seconds


async def test_a_transient_failure_is_tried_again_and_nothing_else_is(server: Loopback) -> None:
    with stamina.set_testing(True, attempts=3):
        answers = iter([Reply(status=500), Reply(raw=b""), Reply(b"[]")])
        assert await get(server, lambda _request: next(answers)) == b"[]"
        for refusal in (problem(401, "unauthorized"), problem(429, "throttled"), Reply(status=404)):
            server.requests.clear()
            with pytest.raises(UpstreamError):
                await get(server, refusal)
            assert len(server.requests) == 1


async def test_the_token_goes_to_its_own_origin_only(server: Loopback) -> None:
    async with Loopback(lambda _request: Reply(b"[]")) as other, client(server, token="canary") as asked:
        with pytest.raises(Refused, match="another origin"):
            await asked.get(f"{other.url}/v1/changes")
        await asked.get(f"{server.url}/v1/changes")
        assert other.requests == []
    assert server.requests[0].headers["authorization"] == "Bearer canary"


async def test_no_secret_reaches_a_log_an_error_or_a_repr(server: Loopback, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.handler = lambda _request: problem(401, "unauthorized")
    asked = client(server, token="canary")
    with pytest.raises(AuthFailed) as caught:
        await asked.get("/v1/meta", {"since": "canary-cursor"})
    await asked.close()
    settings = UpstreamSettings(name="gateway", url=server.url, token=lambda: "canary")
    assert "canary" not in f"{caught.value!r} {settings!r}"
    ours = [
        message for record, message in zip(caplog.records, caplog.messages, strict=True) if record.name != "asyncio"
    ]
    assert "Bearer" not in " ".join(ours)


async def test_a_rotated_token_is_read_anew_after_a_refusal(server: Loopback) -> None:
    tokens = iter(["old", "new"])
    settings = UpstreamSettings(name="gateway", url=server.url, token=lambda: next(tokens))
    expected = "Bearer new"
    server.handler = lambda request: (
        Reply(b"[]") if request.headers["authorization"] == expected else problem(401, "unauthorized")
    )
    async with Client(settings, limits=QUICK) as asked:
        with pytest.raises(AuthFailed):
            await asked.get("/v1/meta")
        await asked.get("/v1/meta")
        await asked.get("/v1/meta")


async def test_proxies_and_secrets_of_the_environment_are_not_used(
    server: Loopback, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password canary\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    await get(server, Reply(b"[]"))
    assert "authorization" not in server.requests[0].headers


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ftp://gateway.example", "not http"),
        ("gateway.example", "not http"),
        ("http://gateway.example", "insecure_http"),
        ("https://someone:secret@gateway.example", "token file"),
        ("https://gateway.example?token=secret", "token file"),
    ],
)
def test_an_address_that_gives_something_away_is_refused(url: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says) as caught:
        Client(UpstreamSettings(name="gateway", url=url))
    assert "secret" not in str(caught.value)


async def test_plain_http_is_for_loopback_or_by_request() -> None:
    for url, insecure in (("http://localhost:1", False), ("http://[::1]:1", False), ("http://10.1.1.1", True)):
        await Client(UpstreamSettings(name="gateway", url=url, insecure_http=insecure)).close()


def test_a_ca_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.pem"):
        Client(UpstreamSettings(name="gateway", url="https://gateway.example", ca_file=str(tmp_path / "nowhere.pem")))


async def test_the_sources_clock_is_compared_with_the_middle_of_the_exchange(server: Loopback) -> None:
    settings = UpstreamSettings(name="gateway", url=server.url)
    async with Client(settings, limits=QUICK, clock=ManualClock(NOW)) as asked:
        answer = await asked.get("/v1/meta")
    ten_minutes = answer.skew_ms(NOW + timedelta(minutes=10))
    assert ten_minutes is not None
    assert abs(ten_minutes - 600_000) < 2_000
