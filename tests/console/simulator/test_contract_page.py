"""The page for an implementer of a gateway says what the code does, and shows what it answers."""

import json
import re
from importlib.resources import files
from typing import Any

from console.simulator import openapi, shapes
from storage.models import FEEDS, base
from tests.console.simulator.toy import Toy

PAGE = files("console.simulator").joinpath("contract.md").read_text("utf-8")
DOCUMENT = openapi.document()


def section(title: str) -> str:
    """The text under a heading."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert found, title
    return found[1]


def tables(text: str) -> list[list[list[str]]]:
    """The rows of every table, without their heads; code marks taken off."""
    blocks = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    return [
        [[cell.strip().strip("`") for cell in row.split("|")[1:-1]] for row in block.splitlines()[2:]]
        for block in blocks
    ]


def examples() -> list[tuple[str, Any]]:
    """Request and answer, as the page has them."""
    return [
        (request, json.loads(answer))
        for request, answer in re.findall(r"```http\nGET (\S+)\n```\n\n```json\n(.*?)```", PAGE, re.DOTALL)
    ]


def real_answers() -> list[tuple[str, Any]]:
    """The same requests to a toy world, in the order of the page."""
    toy = Toy(boxes=2)
    requests = ["/v1/meta", "/v1/feeds/containers/snapshot"]
    answers = [toy.client.get(request).json() for request in requests]
    toy.advance(seconds=30)
    toy.world.load("B0")
    toy.world.remove("B1")
    for request in (f"/v1/changes?since={answers[1]['cursor']}", "/v1/feeds/planes/snapshot"):
        requests.append(request)
        answers.append(toy.client.get(request).json())
    return list(zip(requests, answers, strict=True))


def test_its_examples_are_real_answers() -> None:
    assert examples() == real_answers()


def test_it_names_every_address_and_every_parameter() -> None:
    for path, operations in DOCUMENT["paths"].items():
        listed = tables(section(f"`GET {path}`"))[:1] or [[]]
        parameters = operations["get"].get("parameters", [])
        assert [row[:2] for row in listed[0]] == [[each["name"], each["in"]] for each in parameters], path


def test_it_says_of_each_parameter_and_header_what_the_document_says() -> None:
    for path, operations in DOCUMENT["paths"].items():
        said = {row[0]: row[-1] for table in tables(section(f"`GET {path}`")) for row in table}
        meant = {each["name"]: each["description"] for each in operations["get"].get("parameters", [])}
        headers = operations["get"]["responses"]["200"].get("headers", {})
        meant |= {name: header["description"] for name, header in headers.items()}
        assert said == meant, path


def test_it_lists_every_refusal() -> None:
    (rows,) = tables(section("Refusals"))
    assert rows == [[str(status), code, f"{title}."] for code, (status, title) in shapes.PROBLEMS.items()]


def test_it_lists_every_feed_with_its_area_and_meaning() -> None:
    (rows,) = tables(section("The feeds"))
    assert rows == [[feed, model.area, model.__doc__] for feed, model in FEEDS.items()]


def test_its_limits_are_those_of_the_code() -> None:
    (rows,) = tables(section("Every answer"))
    limits = {row[0]: row[1] for row in rows}
    assert limits["items of a page"] == str(shapes.MAX_PAGE)
    assert limits["cursor, cut"] == f"1 to {shapes.MAX_CURSOR} printable ASCII characters, no space"
    assert limits["epoch, digest"] == f"1 to {base.NAME_LENGTH} printable ASCII characters, no space"
    assert limits["life of a cut"] == f"{shapes.CUT_LIFE_S:g} s"
    assert limits["poll interval"].endswith(f" {shapes.MIN_POLL_S:g}")
    assert base.MAX_REV == 2**53 - 1
    assert f"years {base.FIRST_YEAR} to {base.LAST_YEAR}" in section("Every answer")
