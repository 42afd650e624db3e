"""Where a cache lies: a file of this machine, or a database that many machines share.

Nothing heavy is imported here: settings and the console's frame need it before any driver is there.
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from storage.errors import SettingsError

SCHEME = "postgresql+psycopg"
LOGS = ("-wal", "-shm")
"""What SQLite keeps beside the file of a cache while anybody has it open."""
SECRETS = frozenset({"password", "sslpassword"})


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """`postgresql+psycopg://user@host/database`, checked. It never holds a password, so it may be shown."""

    text: str

    def __post_init__(self) -> None:
        """Refuse what is no such address (`SettingsError`)."""
        try:
            parts = urlsplit(self.text)
            sound = parts.scheme == SCHEME and len(parts.path) > 1 and (parts.port is None or parts.port > 0)
        except ValueError:
            sound = False
        if not sound:
            raise SettingsError(f"A database is named as {SCHEME}://user@host/database.")
        if parts.password is not None or SECRETS & {key for key, _ in parse_qsl(parts.query)}:
            raise SettingsError(
                "A database's password never stands in its address: put it into ~/.pgpass, the file that PGPASSFILE or "
                "'?passfile=' names, or PGPASSWORD."
            )

    def __str__(self) -> str:
        """Who, where and which, for a sentence; options are left out."""
        parts = urlsplit(self.text)
        return f"{parts.netloc or 'local'}{parts.path}"


Place = Path | DatabaseUrl


def place_of(place: str | Place) -> Place:
    """The place that a path or an address names."""
    if isinstance(place, DatabaseUrl):
        return place
    if isinstance(place, str) and "://" in place:
        return DatabaseUrl(place)
    return Path(place).expanduser().absolute()
