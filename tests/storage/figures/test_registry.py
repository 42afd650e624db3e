"""The definitions a person can read."""

import re
from pathlib import Path

import pytest

from storage.figures.all import FIGURES, MODULES, Figure

FOLDER = Path(__file__).parents[3] / "storage" / "figures"


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_a_figure_has_a_title_a_definition_and_a_source(figure: Figure) -> None:
    assert figure.title
    assert figure.definition.endswith(".")
    assert "\n" not in figure.definition
    assert "  " not in figure.definition
    assert re.fullmatch(r"definition \d+|IMDG Code 7\.2|the site's own rule", figure.source)


def test_every_module_that_declares_a_figure_is_among_all() -> None:
    declaring = {path.stem for path in FOLDER.glob("*.py") if "\ndeclare(" in path.read_text("utf-8")}
    assert declaring == {module.__name__.rpartition(".")[2] for module in MODULES}


def test_nobody_else_declares_one() -> None:
    """It would be known only to who happens to have imported that module before."""
    elsewhere = [path for path in FOLDER.parent.rglob("*.py") if path.parent != FOLDER]
    assert [path.name for path in elsewhere if "declare(" in path.read_text("utf-8")] == []
