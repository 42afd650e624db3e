"""What a person configures, from a TOML file, the environment and flags: flags win, then the environment.

The file is `config.toml` in the user's configuration folder, or what DRYPORT_CONFIG names::

    default_site = "tuanjiecun"

    [console]                       # all optional
    color = "auto"                  # auto, truecolor, 16, none
    ascii = "auto"                  # auto, yes, no
    clipboard = "auto"              # auto, raw, tmux, off

    [site.tuanjiecun]
    title = "Chongqing Tuanjiecun"  # else the name the gateway gives
    timezone = "Asia/Shanghai"      # else the zone the gateway gives
    database = "postgresql+psycopg://dryport@db.example/dryport"  # else a file of this machine
    keep_days = 14                  # how long what has changed is remembered
    keep_gb = 2                     # and how large a cache may grow before the oldest of it goes

    [site.tuanjiecun.policy]        # the site's own rules: `console.policy`
    on_time_min = 15

    [[site.tuanjiecun.upstream]]
    name = "gateway"
    url = "https://gateway.example"
    token_file = "gateway.token"    # or token_env = "NAME"; a token itself never stands in this file
    customs_codes = "edifact-7365"  # where it sends such codes for states; or dcsa-shipment, native, a file of yours

This module is on the way to the first frame: it imports nothing heavier than msgspec.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Never
from urllib.parse import urlsplit

import msgspec
import platformdirs

from console.site import LOOPBACK, NAME, Appearance, Site, Upstream, check_address, checked_name, name_of
from console.tomlfile import TomlFile, suggest
from storage.errors import SettingsError, UsageError
from storage.place import DatabaseUrl

if TYPE_CHECKING:
    from storage.figures.policy import Policy

ENVIRONMENT = {
    "DRYPORT_CONFIG": "settings file",
    "DRYPORT_SITE": "site of the settings file to use",
    "DRYPORT_DATA_DIR": "folder of the caches",
    "DRYPORT_UPSTREAM": "address of one native upstream; alone it is enough configuration",
    "DRYPORT_TOKEN": "its bearer token",
    "DRYPORT_TOKEN_FILE": "file that holds the token",
    "DRYPORT_TIMEZONE": "time zone shown, such as Asia/Shanghai",
    "DRYPORT_COLOR": "auto, truecolor, 16 or none",
    "DRYPORT_ASCII": "auto, yes or no: draw with ASCII characters only",
    "DRYPORT_CLIPBOARD": "auto, raw, tmux or off: how copying reaches your clipboard",
}
"""Every variable that Dryport reads, and what it sets."""

NOTHING_CONFIGURED = """\
No site is configured: try 'dryport demo', set DRYPORT_UPSTREAM=https://host:port, or write {path} with

    [site.myport]

    [[site.myport.upstream]]
    name = "gateway"
    url = "https://gateway.example"
    token_file = "gateway.token"
"""


class SiteTable(msgspec.Struct, frozen=True, kw_only=True):
    """`[site.NAME]` as it stands in the file."""

    upstream: list[dict[str, Any]]
    title: str | None = None
    timezone: str | None = None
    data_dir: str | None = None
    database: str | None = None
    keep_days: Annotated[float, msgspec.Meta(ge=0, le=3650)] | None = None
    keep_gb: Annotated[float, msgspec.Meta(gt=0, le=100_000)] | None = None
    policy: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What the flags of the command line chose; None leaves it to the environment and the file."""

    site: str | None = None
    data_dir: Path | None = None
    upstream: str | None = None


def config_path(environ: Mapping[str, str] = os.environ) -> Path:
    """The settings file that is read, whether it is there or not."""
    named = environ.get("DRYPORT_CONFIG")
    return Path(named).expanduser() if named else platformdirs.user_config_path("dryport") / "config.toml"


def data_dir(choice: Choice, environ: Mapping[str, str] = os.environ, configured: Path | None = None) -> Path:
    """The folder under which every site has its own: flag, environment, file, else the user's data folder."""
    named = environ.get("DRYPORT_DATA_DIR")
    chosen = choice.data_dir or (Path(named) if named else configured) or platformdirs.user_data_path("dryport")
    return chosen.expanduser().absolute()


def read_site(choice: Choice | None = None, environ: Mapping[str, str] = os.environ) -> Site:
    """The site that flags, environment and file name together; `SettingsError` says what is wrong and where."""
    choice = choice or Choice()
    path = config_path(environ)
    file = TomlFile(path) if environ.get("DRYPORT_CONFIG") or path.exists() else None
    tables = _site_tables(file) if file else {}
    named = choice.site or environ.get("DRYPORT_SITE") or None
    address = choice.upstream or environ.get("DRYPORT_UPSTREAM") or None
    if address and named not in tables:
        site = _unconfigured(address, named, data_dir(choice, environ))
    elif file:
        site = _site_of(file, tables, named, choice, environ)
        site = replace(site, upstreams=(_override(site, address),)) if address else site
    else:
        raise SettingsError(NOTHING_CONFIGURED.format(path=path))
    zone = environ.get("DRYPORT_TIMEZONE") or site.timezone
    return replace(
        site,
        upstreams=_with_token(site, environ),
        appearance=_appearance(file, environ),
        timezone=_checked_zone(zone) if zone else None,
    )


def _site_tables(file: TomlFile) -> dict[str, dict[str, Any]]:
    """Sites by name; `[site.example.kouvola]` is the site `example.kouvola`."""
    for key in file.tables:
        if key not in ("default_site", "console", "site"):
            file.refuse(f"{key} is unknown: {suggest(key, ['default_site', 'console', 'site'])}", key=key)
    found: dict[str, dict[str, Any]] = {}

    def collect(tables: Mapping[str, Any], prefix: str) -> None:
        for key, table in tables.items():
            name = prefix + key
            if not isinstance(table, dict):
                file.refuse(f"site.{name} must be a table: write [site.{name}].", "site", key=key)
            elif table and all(isinstance(value, dict) for value in table.values()):
                collect(table, name + ".")
            else:
                found[name] = table

    sites = file.tables.get("site", {})
    if not isinstance(sites, dict):
        file.refuse("site must be a table: write [site.NAME].", key="site")
    collect(sites, "")
    return found


def _site_of(
    file: TomlFile, tables: dict[str, dict[str, Any]], named: str | None, choice: Choice, environ: Mapping[str, str]
) -> Site:
    name = named or _default_site(file, tables)
    if name not in tables:
        raise SettingsError(f'There is no site "{name}" in {file.path}: {suggest(name, tables)}')
    if not NAME.fullmatch(name):
        file.refuse(f"{name} cannot name a site: letters, digits, '.', '_' and '-', at most 40.", f"site.{name}")
    table = file.convert(tables[name], SiteTable, f"site.{name}")
    if not table.upstream:
        file.refuse(f"site {name} has no upstream: add [[site.{name}.upstream]].", f"site.{name}")
    header = f"site.{name}.upstream"
    upstreams = [_upstream_of(file, header, nth, each) for nth, each in enumerate(table.upstream)]
    names = [upstream.name for upstream in upstreams]
    for nth, upstream in enumerate(upstreams):
        if upstream.name in names[:nth]:
            file.refuse(f"two upstreams of {name} are named {upstream.name}: rename one.", header, nth, "name")
    configured = _beside(file, table.data_dir) if table.data_dir else None
    return Site(
        name=name,
        data_dir=data_dir(choice, environ, configured),
        upstreams=tuple(upstreams),
        title=table.title,
        timezone=table.timezone,
        file=file.path,
        database=_database_of(file, f"site.{name}", table.database) if table.database else None,
        keep_days=table.keep_days,
        keep_gb=table.keep_gb,
        policy=_policy_of(file, f"site.{name}.policy", table.policy) if table.policy else None,
    )


def _policy_of(file: TomlFile, header: str, table: Mapping[str, Any]) -> "Policy":
    from console.policy import PolicyTable, policy_of  # the figures' module, which the first frame does without

    def refuse(key: str, sentence: str) -> Never:
        file.refuse(sentence, header, key=key)

    return policy_of(file.convert(table, PolicyTable, header), file.path.absolute().parent, refuse)


def _database_of(file: TomlFile, header: str, address: str) -> DatabaseUrl:
    try:
        return DatabaseUrl(address)
    except SettingsError as error:
        file.refuse(str(error), header, key="database")


def _default_site(file: TomlFile, tables: Mapping[str, object]) -> str:
    chosen = file.tables.get("default_site")
    if chosen is None and len(tables) == 1:
        return next(iter(tables))
    if not tables:
        raise SettingsError(f"{file.path} names no site: add [site.NAME] and [[site.NAME.upstream]].")
    if not isinstance(chosen, str):
        names = ", ".join(tables)
        file.refuse(f"which of the sites {names}? Set default_site or use --site.", key="default_site")
    return chosen


def _upstream_of(file: TomlFile, header: str, nth: int, table: Mapping[str, Any]) -> Upstream:
    upstream = file.convert(table, Upstream, header, nth)
    try:
        check_address(upstream.url)
    except UsageError as error:
        file.refuse(str(error), header, nth, "url")
    if upstream.token_file and upstream.token_env:
        file.refuse("token_file and token_env are both set: keep the one that is right.", header, nth, "token_env")
    return msgspec.structs.replace(
        upstream,
        token_file=str(_beside(file, upstream.token_file)) if upstream.token_file else None,
        ca_file=str(_beside(file, upstream.ca_file)) if upstream.ca_file else None,
        customs_codes=_codes_beside(file, upstream.customs_codes),
    )


def _codes_beside(file: TomlFile, named: str | None) -> str | None:
    """A table of customs codes is named by a word, a site's own by its file."""
    return str(_beside(file, named)) if named and named.endswith(".toml") else named


def _beside(file: TomlFile, named: str) -> Path:
    """A path of the file counts from the file's own folder."""
    return file.path.absolute().parent / Path(named).expanduser()


def _unconfigured(address: str, named: str | None, folder: Path) -> Site:
    """A site of which only the address is known; each address has a cache of its own."""
    return Site(name=checked_name(named or name_of(address)), data_dir=folder, upstreams=(_alone(address),))


def _override(site: Site, address: str) -> Upstream:
    """The site's native upstream at another address."""
    native = [upstream for upstream in site.upstreams if upstream.kind == "native"]
    alone = _alone(address)
    return msgspec.structs.replace(alone, name=native[0].name) if native else alone


def _alone(address: str) -> Upstream:
    """An upstream of which only the address is known; plain http was asked for in so many words."""
    parts = check_address(address)
    return Upstream(name="gateway", url=address, insecure_http=parts.scheme == "http")


def _with_token(site: Site, environ: Mapping[str, str]) -> tuple[Upstream, ...]:
    """DRYPORT_TOKEN or DRYPORT_TOKEN_FILE belongs to the one native upstream that has no token of its own."""
    given = [name for name in ("DRYPORT_TOKEN", "DRYPORT_TOKEN_FILE") if environ.get(name)]
    without = [up for up in site.upstreams if up.kind == "native" and not (up.token_file or up.token_env)]
    if not given or not without:
        return site.upstreams
    if len(given) > 1:
        raise SettingsError("DRYPORT_TOKEN and DRYPORT_TOKEN_FILE are both set: unset one.")
    if len(without) > 1:
        names = ", ".join(upstream.name for upstream in without)
        raise SettingsError(f"{given[0]} could be meant for {names}: name token_env or token_file in each.")
    parts = urlsplit(without[0].url)
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise SettingsError(f"{given[0]} would travel unencrypted to {parts.hostname}: use an https address.")
    if given[0] == "DRYPORT_TOKEN":
        named = msgspec.structs.replace(without[0], token_env=given[0])
    else:
        named = msgspec.structs.replace(without[0], token_file=str(Path(environ[given[0]]).expanduser()))
    return tuple(named if upstream is without[0] else upstream for upstream in site.upstreams)


def _appearance(file: TomlFile | None, environ: Mapping[str, str]) -> Appearance:
    table = file.tables.get("console", {}) if file else {}
    if file and not isinstance(table, dict):
        file.refuse("console must be a table: write [console].", key="console")
    chosen = file.convert(table, Appearance, "console") if file else Appearance()
    for key in ("color", "ascii", "clipboard"):
        variable = f"DRYPORT_{key.upper()}"
        if value := environ.get(variable):
            try:
                chosen = msgspec.convert({**msgspec.to_builtins(chosen), key: value}, Appearance)
            except msgspec.ValidationError:
                raise SettingsError(f"{variable} is '{value}': use {ENVIRONMENT[variable].split(':')[0]}.") from None
    return chosen


def _checked_zone(zone: str) -> str:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(zone)
    except (ValueError, OSError, LookupError):
        raise SettingsError(f"'{zone}' is no time zone of this machine: write it as Asia/Shanghai.") from None
    return zone
