"""Write the migration that brings the schema to the models: `python -m storage.migrations.make "what changed"`.

With `--baseline` in place of the words it writes the first revision anew, which is only right before a release has it.
"""

import re
import subprocess
import sys
from pathlib import Path

from alembic import command
from sqlalchemy import Connection
from sqlmodel import create_engine  # noqa: TID251  # scratch paper in memory, nobody's cache

from storage.cache import schema_version
from storage.migrations import HERE, alembic_config

VERSIONS = HERE / "versions"


def make(message: str, number: int, connection: Connection) -> Path:
    """Write revision `number` from the difference between the newest revision and the models; gives its path."""
    config = alembic_config(connection)
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    command.upgrade(config, "head")
    command.revision(config, message, autogenerate=True, rev_id=f"{number:04}")
    written = next(VERSIONS.glob(f"{number:04}_*.py"))
    # Alembic marks what it wrote by comments that invite to edit; the models are what is edited here.
    text = re.sub(r"\n *# (###|please adjust)[^\n]*", "", written.read_text("utf-8"))
    written.write_text(text, "utf-8")
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", str(written)], check=True)
    return written


def main() -> None:
    """Read the words from the command line."""
    words = " ".join(sys.argv[1:])
    if not words:
        sys.exit(__doc__)
    if words == "--baseline":
        for old in VERSIONS.glob("0001_*.py"):
            old.unlink()
        message, number = "Baseline", 1
    else:
        message, number = words, schema_version() + 1
    # An empty database is the scratch paper: nobody's cache is touched.
    engine = create_engine("sqlite://")  # not a cache
    with engine.connect() as connection:
        written = make(message, number, connection)
    sys.stdout.write(f"wrote {written.relative_to(Path.cwd()) if written.is_relative_to(Path.cwd()) else written}\n")


if __name__ == "__main__":
    main()
