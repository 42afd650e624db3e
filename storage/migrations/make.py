"""Write the migration that brings the schema to the models: `python -m storage.migrations.make "what changed"`.

With `--baseline` in place of the words it writes the first revision anew, which is only right before a release has it.
"""

import re
import subprocess
import sys
from pathlib import Path

from alembic import command
from sqlmodel import create_engine  # noqa: TID251  # scratch paper in memory, nobody's cache

from storage.cache import schema_version
from storage.migrations import HERE, alembic_config


def make(message: str, number: int, folder: Path = HERE) -> Path:
    """Write revision `number` below `folder` from what the models have and the newest revision has not; its path."""
    with create_engine("sqlite://").connect() as connection:
        config = alembic_config(connection, folder)
        config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
        command.upgrade(config, "head")
        command.revision(config, message, autogenerate=True, rev_id=f"{number:04}")
    written = next((folder / "versions").glob(f"{number:04}_*.py"))
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
        for old in (HERE / "versions").glob("0001_*.py"):
            old.unlink()
        written = make("Baseline", 1)
    else:
        written = make(words, schema_version() + 1)
    sys.stdout.write(f"wrote {written.name}\n")


if __name__ == "__main__":
    main()
