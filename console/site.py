"""A site as the settings name it: its upstreams, where its cache lies, how it is shown. It holds no secret."""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import SplitResult, urlsplit

import msgspec

from storage.errors import SettingsError, UsageError
from storage.place import DatabaseUrl, Place

if TYPE_CHECKING:
    from storage.figures.policy import Policy

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Appearance(msgspec.Struct, frozen=True, kw_only=True):
    """How the console draws and copies; `[console]` in the file."""

    color: Literal["auto", "truecolor", "16", "none"] = "auto"
    ascii: Literal["auto", "yes", "no"] = "auto"
    clipboard: Literal["auto", "raw", "tmux", "off"] = "auto"


class Upstream(msgspec.Struct, frozen=True, kw_only=True):
    """One source of data of a site; `[[site.NAME.upstream]]` in the file. It never holds a token, only where one is."""

    name: Annotated[str, msgspec.Meta(pattern=f"^{NAME.pattern}$")]
    url: str
    kind: str = "native"
    token_file: str | None = None
    token_env: str | None = None
    interval_s: Annotated[float, msgspec.Meta(ge=1, le=86_400)] | None = None
    insecure_http: bool = False
    ca_file: str | None = None
    stations: tuple[str, ...] = ()
    user: str | None = None
    customs_codes: str | None = None

    def token(self, environ: Mapping[str, str] = os.environ) -> str | None:
        """The bearer token as it is now (a rotated file is read again), None when none is configured.

        `SettingsError` when the place named holds none, or when others may read the file.
        """
        if self.token_env:
            value = environ.get(self.token_env, "").strip()
            if not value:
                raise SettingsError(f"{self.token_env}, which should hold the token of {self.name}, is not set.")
            return value
        return read_token(Path(self.token_file), self.name) if self.token_file else None


@dataclass(frozen=True, slots=True)
class Site:
    """One site, settled: where its data comes from, where its cache lies, how it is shown."""

    name: str
    data_dir: Path
    upstreams: tuple[Upstream, ...]
    title: str | None = None
    timezone: str | None = None
    appearance: Appearance = field(default_factory=Appearance)
    file: Path | None = None
    """The settings file that names it; None for a site of which only the address is known."""
    database: DatabaseUrl | None = None
    """The database that holds the cache; None: a file of this machine does."""
    keep_days: float | None = None
    """How many days of history are kept; None: 14."""
    keep_gb: float | None = None
    """Above how many gigabytes the oldest history goes; None: 2."""
    policy: "Policy | None" = None
    """The site's own rules; None: the usual ones."""

    @property
    def folder(self) -> Path:
        """The site's own folder: cache, logs."""
        return self.data_dir / self.name

    @property
    def cache(self) -> Place:
        """The cache, shared by its syncer and every console."""
        return self.database or self.cache_path

    @property
    def cache_path(self) -> Path:
        """The cache's file, unless a database holds it."""
        return self.folder / "cache.db"


def check_address(address: str) -> SplitResult:
    """The parts of an upstream's address; `UsageError` when it is none or carries a secret."""
    try:
        parts = urlsplit(address)
        sound = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        sound = False
    if not sound:
        raise UsageError(f"'{address}' is no address of an upstream: write it as https://host:port.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise UsageError(
            f"The address of an upstream holds scheme, host, port and path only ({parts.scheme}://{parts.hostname}): "
            "a token belongs in a token file."
        )
    return parts


def name_of(address: str) -> str:
    """A site name for an upstream of which only the address is known: host and port."""
    parts = check_address(address)
    host = re.sub(r"[^A-Za-z0-9.-]", "-", parts.hostname or "").strip(".-")
    return f"{host[:30]}-{parts.port or (443 if parts.scheme == 'https' else 80)}"


def checked_name(name: str) -> str:
    """`name`, when it can name a site and its folder."""
    if not NAME.fullmatch(name):
        raise UsageError(f"'{name}' cannot name a site: letters, digits, '.', '_' and '-', at most 40.")
    return name


def read_token(path: Path, upstream: str) -> str:
    """The token in `path`; `SettingsError` when others may read it, or it is no token. `upstream` is whose it is."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & stat.S_IRWXO:
                raise SettingsError(f"The token file {path} is open to everybody: run 'chmod 600 {path}'.")
            value = file.read(8192).decode("ascii").strip()
    except UnicodeDecodeError:
        raise SettingsError(f"The token file {path} of {upstream} holds more than a token.") from None
    except OSError as error:
        raise SettingsError(f"The token file {path} of {upstream} cannot be read: {error.strerror}.") from None
    if not value or not value.isprintable() or " " in value:
        raise SettingsError(f"The token file {path} of {upstream} holds no token.")
    return value
