"""The README, the help and the changelog say what is there, all of it, and nothing that is not."""

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import msgspec
import pytest
from typer.core import TyperGroup, TyperOption
from typer.main import get_command

from console import main
from console.cli import EXIT_CODES, app
from console.commands import COMMANDS, Command, key_label
from console.policy import SETTINGS
from console.screens.pages import help_page
from console.settings import ENVIRONMENT, Choice, SiteTable, read_site
from console.site import Appearance, Upstream
from screenshots.pictures import scene_cache
from storage import errors
from storage.figures.policy import DEFAULT
from storage.sync.freshness import STATES

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
BLOCKS: list[tuple[str, str]] = FENCE.findall(README)
CODE = re.findall(r"`([^`\n]+)`", FENCE.sub("", README))
"""What stands between backticks."""
CONFIG = next(block for language, block in BLOCKS if language == "toml")
EXAMPLES = [
    line
    for _, block in BLOCKS
    for line in block.splitlines()
    if line.startswith(("dryport trains", "dryport containers", "dryport customs", "dryport find"))
]
COMMAND_LINE = cast("TyperGroup", get_command(app))


def options() -> Iterator[str]:
    for command in (COMMAND_LINE, *COMMAND_LINE.commands.values()):
        for parameter in command.params:
            if isinstance(parameter, TyperOption) and not parameter.hidden:
                yield from parameter.opts


@pytest.mark.parametrize("command", COMMAND_LINE.commands)
def test_the_readme_names_every_command(command: str) -> None:
    assert any(code.startswith(f"dryport {command}") for code in CODE)


def test_the_readme_names_no_command_that_is_not_there() -> None:
    named = {code.split()[1] for code in CODE if re.match(r"dryport [a-z]", code)}
    assert named == set(COMMAND_LINE.commands)


@pytest.mark.parametrize("option", sorted(set(options())))
def test_the_readme_names_every_option(option: str) -> None:
    assert any(option in code.split() for code in CODE)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: command.id)
def test_the_readme_names_every_key_and_the_help_every_command(command: Command) -> None:
    assert {key_label(key) for key in command.keys} <= set(CODE)
    told = {str(field.value) for section in help_page(())._sections for field in section.fields}
    assert any(text.startswith(command.title) for text in told)


@pytest.mark.parametrize("variable", ENVIRONMENT)
def test_the_readme_names_every_variable(variable: str) -> None:
    assert re.search(rf"^\|.*`{variable}`", README, re.MULTILINE)


def test_the_readme_names_no_variable_that_is_not_read() -> None:
    assert set(re.findall(r"DRYPORT_\w+", README)) == set(ENVIRONMENT)


@pytest.mark.parametrize("table", [Appearance, Upstream, SiteTable])
def test_the_settings_in_the_readme_are_all_there_are(table: type[msgspec.Struct]) -> None:
    for key in msgspec.structs.fields(table):
        assert re.search(rf"\b{key.encode_name}\b( =|\]\]?)", CONFIG), key.encode_name


def test_the_rules_in_the_readme_are_all_that_can_be_set_as_they_usually_are() -> None:
    for setting in SETTINGS.values():
        assert re.search(rf"^(# )?{setting.key} = ", CONFIG, re.MULTILINE), setting.key


@pytest.mark.parametrize("name", ["tuanjiecun", "example.kouvola"])
def test_the_settings_in_the_readme_are_read_as_they_stand(name: str, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(CONFIG)
    site = read_site(Choice(site=name), {"DRYPORT_CONFIG": str(config)})
    assert site.name == name
    assert site.timezone
    assert site.policy in (None, DEFAULT)


def test_the_readme_says_what_every_exit_code_means() -> None:
    told = dict(re.findall(r"^\| (\d+) \| (.+) \|$", README, re.MULTILINE))
    assert told == {str(code): words for code, words in EXIT_CODES.items()}
    tree = (each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.DryportError))
    assert {error.exit_code for error in tree} <= set(EXIT_CODES)


def test_the_readme_says_what_every_state_of_a_feed_means() -> None:
    assert re.findall(r"^\|[^|]*\| `(\w+)` \|", README, re.MULTILINE) == list(STATES)


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "console/simulator/contract.md"])
def test_every_file_that_a_page_links_is_there(page: str) -> None:
    path = ROOT / page
    links = re.findall(r"\]\(([^)]+)\)", path.read_text("utf-8"))
    assert [link for link in links if "://" not in link and not (path.parent / link.split("#")[0]).exists()] == []


def test_the_changelog_says_what_is_new() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.search(r"^## \[Unreleased\]\n+### \w+\n+- ", changelog, re.MULTILINE)


@pytest.fixture(scope="module")
def scene() -> Iterator[Path]:
    with scene_cache() as path:
        yield path


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_in_the_readme_answer(
    example: str, scene: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(CONFIG)
    folder = tmp_path / "caches" / "tuanjiecun"
    folder.mkdir(parents=True, mode=0o700)
    shutil.copy(scene, folder / "cache.db")
    monkeypatch.setenv("DRYPORT_CONFIG", str(config))
    assert main.run(shlex.split(example)[1:]) == 0
    assert capsys.readouterr().out
