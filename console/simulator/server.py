"""The native contract over HTTP: the routes, and the guard in front of them.

Handlers and guard are coroutines that never wait: an answer is made on the event loop in well under a millisecond, so
a pool of threads would only add to it.
"""

import math
import re
from collections.abc import Callable
from secrets import compare_digest
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Header, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException

from console.simulator.gateway import Answer, Gateway
from console.simulator.shapes import MAX_CURSOR, MAX_PAGE, ProblemFound
from storage.clock import elapsed

_GZIP = re.compile(r"(?:^|,)\s*(?:gzip|\*)\s*(?!;\s*q=0(?:\.0*)?\s*(?:,|$))(?:;|,|$)", re.IGNORECASE)
_QUOTED = re.compile(r'"([^"]*)"')
_CODES = {404: "not_found", 405: "method_not_allowed"}


def create_app(gateway: Gateway, token: str | None = None, rate_limit: float | None = None) -> FastAPI:
    """The application that serves `gateway`.

    Args:
        gateway: Where the answers come from.
        token: Bearer token that clients must send; None lets everyone in.
        rate_limit: Requests a second from one address, in bursts of as many; None for no limit.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.state.gateway = gateway
    app.state.token = token
    app.state.throttle = None if rate_limit is None else Throttle(rate_limit)
    app.include_router(router)
    app.add_exception_handler(ProblemFound, _problem)
    app.add_exception_handler(RequestValidationError, _bad_request)
    app.add_exception_handler(HTTPException, _no_route)
    app.add_exception_handler(Exception, _internal)
    return app


class Throttle:
    """Lets `rate` requests a second of each address pass, and a second's worth at once."""

    def __init__(self, rate: float, now: Callable[[], float] = elapsed) -> None:
        """`rate`: requests a second, above 0; `now`: seconds."""
        self._rate = rate
        self._now = now
        self._paid_until: dict[str, float] = {}

    def check(self, address: str) -> None:
        """Count a request of `address`; `ProblemFound` `throttled` when it must wait."""
        now = self._now()
        self._paid_until = {host: until for host, until in self._paid_until.items() if until > now}
        paid_until = self._paid_until.get(address, now) + 1 / self._rate
        wait = paid_until - now - max(1.0, 1 / self._rate)
        if wait > 1e-6:
            detail = f"This gateway answers {self._rate:g} requests a second: wait."
            raise ProblemFound("throttled", detail, {"Retry-After": str(math.ceil(wait))})
        self._paid_until[address] = paid_until


async def _gateway(request: Request) -> Gateway:
    gateway: Gateway = request.app.state.gateway
    return gateway


async def _guard(
    request: Request,
    sent: Annotated[
        HTTPAuthorizationCredentials | None,
        Depends(HTTPBearer(auto_error=False, description="Needed where the gateway has been given a token.")),
    ],
) -> None:
    """Everybody may ask only so often; then, who sends the token may come in."""
    state = request.app.state
    if state.throttle is not None:
        state.throttle.check(request.client.host if request.client else "")
    if state.token is None:
        return
    if sent is None:
        detail, challenge = "Send the gateway's token as 'Authorization: Bearer ...'.", "Bearer"
    elif not compare_digest(sent.credentials.encode(), state.token.encode()):
        detail, challenge = "The token sent is not the gateway's token.", 'Bearer error="invalid_token"'
    else:
        return
    raise ProblemFound("unauthorized", detail, {"WWW-Authenticate": challenge})


Source = Annotated[Gateway, Depends(_gateway)]
Encodings = Annotated[str | None, Header(description="Who takes `gzip` gets it.")]
router = APIRouter(prefix="/v1", dependencies=[Depends(_guard)], default_response_class=Response)


@router.get("/meta", operation_id="meta", summary="What is served, and where the change log ends")
async def meta(gateway: Source) -> Response:
    """Site, epoch, end of the change log, and how every feed stands."""
    return _response(gateway.meta())


@router.get("/changes", operation_id="changes", summary="What has changed since a cursor")
async def changes(
    gateway: Source,
    since: Annotated[str, Query(max_length=MAX_CURSOR, description="The cursor after which to begin.")],
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="Most items wanted.")] = MAX_PAGE,
    feeds: Annotated[str | None, Query(max_length=1000, description="Only these feeds, comma-separated.")] = None,
    accept_encoding: Encodings = None,
) -> Response:
    """A page of the one change log of all feeds, in the order of commits."""
    named = [feed for feed in (feeds or "").split(",") if feed]
    return _response(gateway.changes(since, limit, named, gzip=_takes_gzip(accept_encoding)))


@router.get("/feeds/{feed}/snapshot", operation_id="snapshot", summary="A page of a feed at a pinned cut")
async def snapshot(
    gateway: Source,
    feed: Annotated[str, Path(max_length=40, description="Name of the feed, as `/v1/meta` lists it.")],
    cut: Annotated[str | None, Query(max_length=MAX_CURSOR, description="The cut to read; none for a new one.")] = None,
    page: Annotated[int, Query(ge=1, description="Number of the page, from 1.")] = 1,
    if_none_match: Annotated[str | None, Header(description="Digest of the feed as the client has it, quoted.")] = None,
    accept_encoding: Encodings = None,
) -> Response:
    """Records of one feed, all pages of one state; without a cut a new one is pinned, over all feeds."""
    known = _QUOTED.findall(if_none_match or "")
    return _response(gateway.snapshot(feed, cut, page, known, gzip=_takes_gzip(accept_encoding)))


def _takes_gzip(accept_encoding: str | None) -> bool:
    return _GZIP.search(accept_encoding or "") is not None


def _response(answer: Answer) -> Response:
    headers = {"Cache-Control": "no-cache", "Vary": "Accept-Encoding"} | answer.headers
    return Response(answer.body, answer.status, headers, "application/json" if answer.body else None)


async def _problem(_: Request, problem: Exception) -> Response:
    assert isinstance(problem, ProblemFound)  # noqa: S101  # what it is registered for; narrows the type
    return Response(problem.body(), problem.status, problem.headers, "application/problem+json")


async def _bad_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    wrong = "; ".join(f"{fault['loc'][-1]}: {fault['msg']}" for fault in error.errors())
    return await _problem(request, ProblemFound("bad_request", f"{wrong}."))


async def _no_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    code = _CODES.get(error.status_code, "bad_request")
    detail = f"{request.method} {request.url.path[:200]}: see /v1/meta."
    return await _problem(request, ProblemFound(code, detail, dict(error.headers or {})))


async def _internal(request: Request, _: Exception) -> Response:
    return await _problem(request, ProblemFound("internal", "A fault of the gateway's own; its log has the traceback."))
