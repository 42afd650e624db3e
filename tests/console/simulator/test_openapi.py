"""The committed OpenAPI document is what the code serves."""

from importlib.resources import files
from typing import Any

import msgspec
import pytest

from console.simulator import openapi, shapes
from console.simulator.command import simulate
from storage.models import FEEDS
from storage.models.wire import wire_fields
from tests.console.simulator.toy import Toy

DOCUMENT = openapi.document()
SCHEMAS: dict[str, dict[str, Any]] = DOCUMENT["components"]["schemas"]


def test_the_committed_document_is_the_one_of_the_code() -> None:
    committed = files("console.simulator").joinpath("openapi.json").read_text("utf-8")
    assert committed == openapi.text(), "write it again: dryport simulate --openapi > console/simulator/openapi.json"


def test_the_document_is_printed_without_a_world(capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate(openapi=True) == 0
    assert msgspec.json.decode(capsys.readouterr().out) == DOCUMENT


@pytest.mark.parametrize("feed", FEEDS)
def test_every_feed_has_its_record_with_every_field(feed: str) -> None:
    (schema,) = [schema for schema in SCHEMAS.values() if schema.get("x-feed") == feed]
    fields = wire_fields(FEEDS[feed])
    assert set(schema["properties"]) == set(fields)
    assert set(schema["required"]) == {name for name, field in fields.items() if field.is_required()}
    assert {"source", "observed", "flags"}.isdisjoint(schema["properties"])


def test_codes_carry_their_known_words_and_keys_the_feed_they_refer_to() -> None:
    assert "loaded" in SCHEMAS["Container"]["properties"]["state"]["anyOf"][0]["x-known-values"]
    assert SCHEMAS["TrainStop"]["properties"]["train_id"]["x-refers-to"] == "trains"


def test_every_reference_leads_somewhere() -> None:
    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if "$ref" in value else []
            return own + [found for part in value.values() for found in references(part)]
        return [found for part in value for found in references(part)] if isinstance(value, list) else []

    assert {reference.removeprefix("#/components/schemas/") for reference in references(DOCUMENT)} <= set(SCHEMAS)


@pytest.mark.parametrize(
    ("path", "address", "shape"),
    [
        ("/v1/meta", "/v1/meta", shapes.Meta),
        ("/v1/changes", "/v1/changes?since={cursor}", shapes.Changes),
        ("/v1/feeds/{feed}/snapshot", "/v1/feeds/trains/snapshot", shapes.Snapshot),
    ],
)
def test_answers_have_the_shape_that_the_document_gives_them(path: str, address: str, shape: type) -> None:
    toy = Toy()
    cursor = toy.client.get("/v1/meta").json()["cursor"]
    toy.world.load("B0")
    answer = toy.client.get(address.format(cursor=cursor))
    promised = DOCUMENT["paths"][path]["get"]["responses"]["200"]
    schema = SCHEMAS[shape.__name__]
    assert promised["content"]["application/json"]["schema"]["$ref"].endswith(f"/{shape.__name__}")
    assert set(answer.json()) == set(schema["required"]) == set(schema["properties"])
    assert all(name in answer.headers for name in promised.get("headers", {}))
    msgspec.json.decode(answer.content, type=shape)


def test_every_code_is_promised_by_an_address_or_is_of_no_address() -> None:
    promised = "".join(
        answer["description"]
        for operations in DOCUMENT["paths"].values()
        for answer in operations["get"]["responses"].values()
    )
    of_no_address = {"not_found", "method_not_allowed"}
    assert {code for code in shapes.PROBLEMS if f"`{code}`" not in promised} == of_no_address
