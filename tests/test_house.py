"""The rules of the house that no linter holds."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("console", "widgets", "storage")
FOLDERS = (*PACKAGES, "tests", "screenshots")
FRAME = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "Makefile", "pyproject.toml", "requirements.lock", ".ci/run")
LONGEST = 400

# Imports every module below a package but those left out, and prints which foreign packages came along. httpx brings
# its own command line, and with it rich, to whoever imports it; left out, what remains is our doing.
IMPORT_ALL = """
import importlib, sys
from pathlib import Path
sys.modules["httpx._main"] = None
package, left_out, foreign = sys.argv[1], tuple(sys.argv[2].split()), sys.argv[3].split()
for path in sorted(Path(package).rglob("*.py")):
    name = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
    if not (name + ".").startswith(left_out):
        importlib.import_module(name)
print(*(name for name in foreign if name in sys.modules))
"""

RUN_HEADLESS = """
import sys
from console.main import main
sys.argv = ["dryport", *sys.argv[1:]]
try:
    main()
except SystemExit as end:
    if end.code:
        raise
print("textual" in sys.modules)
"""


def run_python(program: str, *arguments: str) -> str:
    """The last line that a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


def sources() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def written_files() -> Iterator[Path]:
    """Every text file of the repository, but this one, which has to name what it forbids."""
    yield from (ROOT / name for name in FRAME)
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and path != Path(__file__):
                yield path


@pytest.mark.parametrize(
    ("package", "left_out", "foreign"),
    [
        (
            "storage",
            "storage.migrations.",
            "textual rich alembic fastapi simpy console widgets",
        ),
        ("widgets", "", "sqlalchemy sqlmodel pydantic httpx storage console"),
    ],
)
def test_a_package_brings_nothing_from_above_it(package: str, left_out: str, foreign: str) -> None:
    assert run_python(IMPORT_ALL, package, left_out, foreign) == ""


@pytest.mark.parametrize(
    "arguments", [["--version"], ["--help"], ["trains", "--help"], ["sync", "--help"]], ids=" ".join
)
def test_a_headless_command_never_imports_textual(arguments: list[str]) -> None:
    assert run_python(RUN_HEADLESS, *arguments) == "False"


def test_no_file_grows_past_400_lines_without_giving_its_reason() -> None:
    too_long = []
    for path in sources():
        text = path.read_text("utf-8")
        reason = ast.get_docstring(ast.parse(text)) or ""
        if text.count("\n") >= LONGEST and "lines" not in reason:
            too_long.append(f"{path.relative_to(ROOT)}: {text.count(chr(10))} lines")
    assert too_long == []


def test_no_file_names_a_package_index_or_a_place_on_one_machine() -> None:
    private = re.compile(
        rb"pypi\.org|pythonhosted|--(?:extra-)?index-url|--find-links|--trusted-host"
        rb"|(?<![\w./-])/(?:work|root|Users)/|(?<![\w.])\.\./shared"
    )
    found = []
    for path in written_files():
        for match in private.finditer(path.read_bytes()):
            found.append(f"{path.relative_to(ROOT)}: {match.group().decode()}")
    assert found == []


def test_the_lock_has_a_hash_for_everything_and_an_address_for_nothing() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    requirements = re.split(r"\n(?=\S)", lock.strip())
    assert [line for line in requirements if not re.match(r"[\w.-]+==\S+.* \\\n    --hash=sha256:", line)] == []
    assert "://" not in lock


def test_everything_the_project_asks_for_is_in_the_lock() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    asked = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *(name for extra in project["project"]["optional-dependencies"].values() for name in extra),
        *project["dependency-groups"]["dev"],
    ]
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE))
    assert {re.split(r"[^\w.-]", name)[0] for name in asked} <= locked


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_tells_type_checkers_that_it_is_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()


def test_code_lives_in_the_five_known_folders_only() -> None:
    with_code = {path.parent.name for path in ROOT.glob("[!.]*/*.py")} - {"build", "dist"}
    assert with_code <= set(FOLDERS)
    assert list(ROOT.glob("*.py")) == []
