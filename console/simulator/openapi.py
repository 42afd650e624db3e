"""The OpenAPI document of the native contract, derived from what serves it.

Addresses and parameters come from the routes, the answers from `shapes`, the records from the feed classes. It is
committed as `openapi.json` beside the page for an implementer, `contract.md`.
"""

from typing import Any

import msgspec
from fastapi.openapi.utils import get_openapi

from console.simulator.server import router
from console.simulator.shapes import API_VERSION, PROBLEMS, Changes, Meta, Problem, Snapshot
from storage.models import FEEDS
from storage.models.wire import record_type

TITLE = "Dryport native contract"
_DESCRIPTION = "What the gateway of a site serves, and what Dryport reads. The page contract.md says how it is used."
_REF = "#/components/schemas/{name}"
_TOKEN = {"schema": {"type": "string"}}
_SNAPSHOT_HEADERS = {
    "ETag": {"description": "Digest of the whole feed at the cut, quoted.", **_TOKEN},
    "Dryport-Cut": {"description": "As `cut` in the body.", **_TOKEN},
    "Dryport-Cursor": {"description": "As `cursor` in the body.", **_TOKEN},
    "Dryport-As-Of": {"description": "As `as_of` in the body.", **_TOKEN},
    "Dryport-Server-Time": {"description": "As `server_time` in the body.", **_TOKEN},
}
_PROBLEM_HEADERS = {
    401: {"WWW-Authenticate": {"description": "`Bearer`.", **_TOKEN}},
    429: {"Retry-After": {"description": "Seconds to wait.", **_TOKEN}},
}
_ANY = ("unauthorized", "throttled", "internal")
_ANSWERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "meta": ("Meta", ()),
    "changes": ("Changes", ("bad_request", "unknown_feed", "cursor_expired", "epoch_changed")),
    "snapshot": ("Snapshot", ("bad_request", "unknown_feed", "unknown_page", "cut_expired", "epoch_changed")),
}
"""Operation to the schema of its answer and the codes of its own problems."""


def document() -> dict[str, Any]:
    """The document as plain values; equal from call to call."""
    found = get_openapi(title=TITLE, version=API_VERSION, description=_DESCRIPTION, routes=router.routes)
    for path in found["paths"].values():
        operation = path["get"]
        schema, codes = _ANSWERS[operation["operationId"]]
        operation["responses"] = {"200": _answer(schema)} | _problems((*codes, *_ANY))
        if schema == "Snapshot":
            operation["responses"]["200"]["headers"] = _SNAPSHOT_HEADERS
            operation["responses"]["304"] = {
                "description": "The feed is still as the client has it: no body, the headers to go on with.",
                "headers": _SNAPSHOT_HEADERS,
            }
        operation["responses"] = dict(sorted(operation["responses"].items()))
    found["components"]["schemas"] = _schemas()
    return found


def text() -> str:
    """The document as JSON text, as it is committed."""
    return msgspec.json.format(msgspec.json.encode(document(), order="sorted"), indent=2).decode() + "\n"


def _answer(schema: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": _REF.format(name=schema)}}}
    return {"description": f"{schema}.", "content": content}


def _problems(codes: tuple[str, ...]) -> dict[str, Any]:
    """One response a status; its description lists the codes."""
    content = {"application/problem+json": {"schema": {"$ref": _REF.format(name="Problem")}}}
    by_status: dict[int, list[str]] = {}
    for code in codes:
        by_status.setdefault(PROBLEMS[code][0], []).append(code)
    return {
        str(status): {
            "description": "; ".join(f"`{code}`: {PROBLEMS[code][1]}" for code in found) + ".",
            "content": content,
        }
        | ({"headers": _PROBLEM_HEADERS[status]} if status in _PROBLEM_HEADERS else {})
        for status, found in by_status.items()
    }


def _schemas() -> dict[str, Any]:
    """The answers, with the records of every feed where they stand."""
    records = {feed: record_type(model) for feed, model in FEEDS.items()}
    _, found = msgspec.json.schema_components([*records.values(), Meta, Changes, Snapshot, Problem], ref_template=_REF)
    for feed, record in records.items():
        found[record.__name__]["x-feed"] = feed
    any_record = [{"$ref": _REF.format(name=record.__name__)} for record in records.values()]
    found["Snapshot"]["properties"]["items"]["items"] = {"anyOf": any_record}
    found["Change"]["properties"]["data"]["anyOf"] = [*any_record, {"type": "null"}]
    return found
