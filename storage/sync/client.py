"""The guarded HTTP client: every byte from a source of data comes through here, and only here are clients made.

What it holds, because httpx alone does not: one deadline over the whole exchange (httpx times each read, so a drip
never ends); gzip only, unpacked under a cap and checked to be whole (httpx takes half a body for a body); no redirects;
no proxies or secrets from the environment; the token goes to the one origin it was meant for; retries here and at no
other layer.
"""

import asyncio
import logging
import ssl
import zlib
from collections.abc import AsyncIterator, Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

import httpx
import msgspec
import stamina

from storage.clock import Clock, SystemClock, elapsed
from storage.errors import AuthFailed, BadData, Refused, Resync, SettingsError, Throttled, Transient, UpstreamError
from storage.text import clean
from storage.upstreams.base import UpstreamSettings

LONGEST_WAIT_S = 600.0
"""No source makes us wait longer than this."""
DEFAULT_WAIT_S = 30.0
SKEW_KNOWN_WITHIN_S = 2.0
JSON = ("application/json",)

# Both would write addresses into the log, or onto a terminal: what went wrong is told by the errors.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("stamina").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one exchange may take."""

    total_s: float = 30.0
    connect_s: float = 5.0
    body_bytes: int = 8 * 1024 * 1024
    connections: int = 8
    tries: int = 3
    tries_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer: 200 with its whole body, or 304 without one."""

    status: int
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)
    midpoint: datetime
    """Our time in the middle of the exchange."""
    took_s: float

    @property
    def not_modified(self) -> bool:
        """The resource is what the given ETag says (304)."""
        return self.status == 304

    def skew_ms(self, server_time: datetime) -> int | None:
        """The source's clock minus ours, when the exchange was quick enough to tell."""
        if self.took_s > SKEW_KNOWN_WITHIN_S:
            return None
        return round((server_time - self.midpoint).total_seconds() * 1000)


class Problem(msgspec.Struct):
    """An `application/problem+json` body, as far as it is used."""

    code: str = ""
    title: str = ""
    detail: str = ""


class Client:
    """Asks one source; GET only. `async with Client(settings) as client: await client.get("/v1/meta")`."""

    def __init__(
        self,
        settings: UpstreamSettings,
        *,
        headers: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        clock: Clock | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """`headers` go with every request; `SettingsError` when the address cannot be asked safely.

        `transport` takes the place of the network.
        """
        self.name = settings.name
        self._limits = limits or Limits()
        self._clock = clock or SystemClock()
        self._base = _checked(settings)
        self._origin = _origin(self._base)
        self._auth = _Bearer(settings, self._origin)
        self._http = httpx.AsyncClient(
            auth=self._auth,
            headers={
                "User-Agent": f"dryport/{version('dryport')}",
                "Accept-Encoding": "gzip",
                "Accept": "application/json, application/problem+json",
                **(headers or {}),
            },
            timeout=httpx.Timeout(self._limits.total_s, connect=self._limits.connect_s),
            limits=httpx.Limits(max_connections=self._limits.connections),
            follow_redirects=False,
            trust_env=False,
            transport=transport,
            verify=_trust(settings) if self._base.scheme == "https" else False,
        )

    async def __aenter__(self) -> "Client":
        """Nothing is connected before the first request."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.close()

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def get(
        self,
        target: str,
        params: Mapping[str, str | int] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        content_types: tuple[str, ...] = JSON,
    ) -> Answer:
        """GET `target`: a path below the source's address, or a whole address of the same origin.

        A refused connection, a timeout or a 5xx is tried again a few times within seconds; nothing else is.

        Raises:
            Transient, Throttled, AuthFailed, Resync, BadData, Refused: see `storage.errors`.
        """
        url = self._url(target)
        async for attempt in stamina.retry_context(
            on=_worth_another_try,
            attempts=self._limits.tries,
            timeout=self._limits.tries_s,
            wait_initial=0.2,
            wait_jitter=0.3,
        ):
            with attempt:
                return await self._exchange(url, params, headers, content_types)
        raise AssertionError("the retry context ends by an answer or an error")

    def _url(self, target: str) -> str:
        if target.startswith("/"):
            return f"{self._origin}{self._base.path.rstrip('/')}{target}"
        if _origin(urlsplit(target)) != self._origin:
            raise Refused(f"{self.name} points to another origin; it was not followed. Configure that origin itself.")
        return target

    async def _exchange(
        self,
        url: str,
        params: Mapping[str, str | int] | None,
        headers: Mapping[str, str] | None,
        content_types: tuple[str, ...],
    ) -> Answer:
        began_at, began = self._clock.now(), elapsed()
        try:
            async with (
                asyncio.timeout(self._limits.total_s),
                self._http.stream("GET", url, params=params, headers=headers) as response,
            ):
                status = response.status_code
                if status not in (200, 304):
                    raise await self._failure(response)
                body = b"" if status == 304 else await self._body(response, content_types)
                took = elapsed() - began
                return Answer(status, response.headers, body, began_at + timedelta(seconds=took / 2), took)
        except TimeoutError:
            raise Transient(f"{self.name} did not finish its answer within {self._limits.total_s:g} s.") from None
        except httpx.TimeoutException:
            raise Transient(f"{self.name} did not answer in time.") from None
        except httpx.TransportError as error:
            raise self._unreachable(error) from error

    async def _body(self, response: httpx.Response, content_types: tuple[str, ...]) -> bytes:
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in content_types:
            raise BadData(
                f"{self.name} answered {clean(kind or 'something without a type', limit=60)} instead of JSON: is its "
                "address right, or is a login page in between?"
            )
        return await _unpacked(response, self._limits.body_bytes, self.name)

    async def _failure(self, response: httpx.Response) -> UpstreamError:
        """The error that a status other than 200 and 304 means."""
        status, name = response.status_code, self.name
        if 300 <= status < 400:
            return Refused(f"{name} redirects elsewhere ({status}), which is not followed: configure its new address.")
        problem = await self._problem(response)
        detail = _said(problem)
        said = f": {detail}" if detail else ""
        match status:
            case 401 | 403:
                self._auth.forget()
                return AuthFailed(f"{name} refuses the token ({status}){said}. Check the token of this upstream.")
            case 410:
                return Resync(f"{name} cannot go on from our place ({status}){said}.", problem.code)
            case 429 | 503 if (after := retry_after(response.headers, self._clock.now())) is not None:
                return Throttled(f"{name} asks to wait {after:.0f} s ({status}){said}.", after)
            case 429:
                return Throttled(f"{name} asks to slow down ({status}){said}.", DEFAULT_WAIT_S)
            case 408 | 425:
                return Transient(f"{name} gave up waiting ({status}){said}.")
            case _ if status >= 500:
                return Transient(f"{name} has a fault of its own ({status}){said}.")
        hint = f" Is {self._origin} its right address?" if status == 404 else ""
        return Refused(f"{name} refuses the request ({status}){said}.{hint}")

    async def _problem(self, response: httpx.Response) -> Problem:
        try:
            return msgspec.json.decode(await _unpacked(response, 65_536, self.name), type=Problem)
        except (UpstreamError, msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            return Problem()  # an error page that cannot be read says no less by its status

    def _unreachable(self, error: httpx.TransportError) -> UpstreamError:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, ssl.SSLCertVerificationError):
                return Refused(f"{self.name} has a certificate that is not trusted ({cause.verify_message}).")
            cause = cause.__cause__ or cause.__context__
        if isinstance(error, httpx.ConnectError):
            return Transient(f"{self.name} cannot be reached at {self._origin}: is it running, is the network up?")
        return Transient(f"{self.name} broke off its answer.")


class _Bearer(httpx.Auth):
    """Adds the token to requests of one origin; reads it anew after a refusal."""

    def __init__(self, settings: UpstreamSettings, origin: str) -> None:
        self._read = settings.token
        self._origin = origin
        self._token: str | None = None
        self._known = False

    def forget(self) -> None:
        """The token was refused: a rotated one may be there by the next request."""
        self._known = False

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if not self._known:
            self._token, self._known = self._read(), True
        if self._token and _origin(urlsplit(str(request.url))) == self._origin:
            request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that Retry-After (seconds or a date) asks for, 0 to 600; None when it is missing or junk."""
    value = headers.get("retry-after", "").strip()
    if value.isdecimal() and value.isascii():
        return min(float(value[:9]), LONGEST_WAIT_S)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max((until - now).total_seconds(), 0.0), LONGEST_WAIT_S)


async def _unpacked(response: httpx.Response, most: int, name: str) -> bytes:
    """The whole body, at most `most` bytes of it; gzip is unpacked here because httpx would unpack without a bound."""
    coding = response.headers.get("content-encoding", "").strip().lower()
    if coding not in ("", "identity", "gzip"):
        raise Refused(f"{name} packs its answer as '{clean(coding, limit=20)}', though only gzip was offered.")
    parts: list[bytes] = []
    size = 0
    unpack = zlib.decompressobj(31) if coding == "gzip" else None
    try:
        async for chunk in _within(response.aiter_raw(), most, name):
            part = unpack.decompress(chunk, most - size + 1) if unpack else chunk
            size += len(part)
            if size > most:
                raise Refused(f"{name} answered more than {most} bytes at once: ask its operator for smaller pages.")
            parts.append(part)
    except zlib.error:
        raise BadData(f"{name} sent a gzip body that is broken.") from None
    if unpack and (not unpack.eof or unpack.unused_data):
        raise BadData(f"{name} sent a gzip body that is cut or goes on after its end.")
    return b"".join(parts)


async def _within(chunks: AsyncIterator[bytes], most: int, name: str) -> AsyncIterator[bytes]:
    """The packed bytes, bounded too: an endless empty gzip stream unpacks to nothing."""
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > most:
            raise Refused(f"{name} answered more than {most} bytes at once: ask its operator for smaller pages.")
        yield chunk


def _worth_another_try(error: Exception) -> bool:
    return isinstance(error, Transient) and not isinstance(error, Throttled)


def _said(problem: Problem) -> str:
    return clean(problem.detail or problem.title, limit=160).rstrip(".")


def _checked(settings: UpstreamSettings) -> SplitResult:
    """The parts of the address, when asking it gives nothing away."""
    parts = urlsplit(settings.url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsError(f"The address of {settings.name} is not http:// or https:// and a host.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise SettingsError(f"The address of {settings.name} holds more than host, port and path: use a token file.")
    if parts.scheme == "http" and not settings.insecure_http and not _is_loopback(parts.hostname):
        raise SettingsError(
            f"{settings.name} is plain http, which anybody on the way can read and change: use https, or set "
            "insecure_http = true."
        )
    return parts


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _origin(parts: SplitResult) -> str:
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    return f"{parts.scheme}://{host}:{port}"


def _trust(settings: UpstreamSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"The ca_file {settings.ca_file} of {settings.name} cannot be used: {error}.") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
