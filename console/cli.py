"""The commands and their options, by typer; every body imports what it needs, and none of the headless ones textual.

A command returns its exit code; what goes wrong is raised and becomes a sentence in `console.main`. Settings are read
before the heavy imports, so that what is wrong with them is said at once.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from console.headless import Format, write
from console.settings import Choice, read_site
from console.site import Site
from storage.errors import UsageError

EXIT_CODES = {
    0: "done; for `status`: everything is fresh",
    1: "for `status` and `doctor`: something needs attention; else a fault of Dryport's own",
    2: "the command or a setting is wrong; for `status`: offline or never synced",
    3: "an upstream failed; the cache is as it was",
    4: "the cache cannot be used",
    5: "another syncer leads this cache",
    130: "interrupted by Ctrl+C",
}

VIEWS = {
    "trains": "Trains that come and go, most urgent first.",
    "yard": "Blocks of the yard: how full they are and will be.",
    "containers": "Boxes: where they are, what they wait for.",
    "reefers": "Reefers: set-point, reading, since when one is off or not plugged in.",
    "dangerous": "Dangerous goods too near to each other, in pairs.",
    "stays": "Boxes that are here too long, or over their free time.",
    "misplaced": "Boxes that stand elsewhere than planned, or where their goods may not.",
    "overweight": "Boxes too heavy, or weighed otherwise than declared.",
    "holds": "Boxes that are held: by what, since when, whose turn it is.",
    "empties": "Empties by type and owner against what bookings ask for in 72 hours.",
    "cranes": "Cranes: mode, job, moves an hour, queue, faults.",
    "work": "Moves to be made, by train and block.",
    "dwell": "How long boxes stay, by flow: age of those here, dwell of those that left.",
    "quality": "Data that cannot be right, and where it came from.",
    "customs": "Declarations, least margin first; open:yes for those that wait.",
    "lanes": "Lanes of customs: queue, waits, rates, when each clears, over SLA, in and out by hour.",
    "inspections": "Slots of today's inspection bays, and the boxes to bring.",
    "seals": "Smart customs locks, those that want somebody first.",
    "sites": "Designated sites: bays, plugs, temperature, the month against target and quota.",
    "tracks": "Tracks: who stands there from when to when, what collides.",
    "acts": "What to do, soonest deadline first, and what would help.",
    "feeds": "Feeds: how fresh each is, and its last error.",
}

app = typer.Typer(
    name="dryport",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

SiteName = Annotated[str | None, typer.Option("--site", metavar="NAME", help="Site of the settings file.")]
DataDir = Annotated[Path | None, typer.Option("--data-dir", metavar="FOLDER", help="Folder of the caches.")]
Address = Annotated[str | None, typer.Option("--upstream", metavar="URL", help="Address of one native upstream.")]
Filter = Annotated[
    list[str] | None,
    typer.Argument(metavar="FILTER", help='Words, field:value, field>15, "two words"; after -- also -word.'),
]
Sort = Annotated[str | None, typer.Option("--sort", metavar="COLUMN,...", help="Order; -COLUMN is descending.")]
Limit = Annotated[
    int | None,
    typer.Option("--limit", metavar="N", min=0, help="At most so many rows; 0 is all. A table has 50 unless told."),
]
Columns = Annotated[
    str | None,
    typer.Option("--columns", metavar="COLUMN,...", help="Columns wanted, or all; a table has a few unless told."),
]
How = Annotated[Format, typer.Option("--format", metavar="FORM", help="table, json, jsonl or csv.")]


def run_command(arguments: Sequence[str]) -> int:
    """Run `dryport ARGUMENTS`; its exit code. A wrong command line is a `UsageError`."""
    try:
        result: Any = app(args=list(arguments), prog_name="dryport", standalone_mode=False)
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        path = context.command_path if context else "dryport"
        words = error.format_message().removeprefix("Value error, ").replace(": Value error, ", ": ").rstrip(".")
        raise UsageError(f"{words[:1].upper()}{words[1:]}; '{path} --help' shows what there is.") from None
    except SystemExit:  # typer's answer to a closed pipe, and to nothing else in this mode
        raise BrokenPipeError from None
    except typer.Abort:
        raise KeyboardInterrupt from None
    return result if isinstance(result, int) else 0


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"dryport {version('dryport')}")
        raise typer.Exit


@app.callback(
    invoke_without_command=True,
    epilog="\b\nExit codes:\n" + "\n".join(f"  {code:>3}  {words}" for code, words in EXIT_CODES.items()),
)
def root(
    context: typer.Context,
    site: SiteName = None,
    data_dir: DataDir = None,
    upstream: Address = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and end.")
    ] = False,
    attended: Annotated[bool, typer.Option("--attended", hidden=True)] = False,
) -> int:
    """The console of a dry port: trains, yard and customs queues. Without a command: the console itself."""
    del version
    if attended:
        from console.children import end_with_parent

        end_with_parent()
    choice = Choice(site, data_dir, upstream)
    context.obj = choice
    if context.invoked_subcommand is None:
        from console.main import start_console

        return start_console(choice)
    return 0


@app.command()
def demo(
    context: typer.Context,
    port: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=65535, help="Port; without it the first free one.")
    ] = None,
    containers: Annotated[int, typer.Option(metavar="N", min=1, max=200_000, help="Boxes in the world.")] = 3000,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Seed of the world.")] = 7,
    speed: Annotated[
        float, typer.Option(metavar="FACTOR", min=0.01, max=1000, help="Simulated seconds in a second.")
    ] = 1.0,
    data_dir: DataDir = None,
) -> int:
    """Start a simulated terminal and the console on it."""
    from console.main import start_demo

    return start_demo(port, containers, seed, speed, data_dir or _choice(context).data_dir)


@app.command()
def simulate(  # noqa: PLR0913, PLR0917  # typer reads options from parameters
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="N", min=1, max=65535, help="Port to listen on.")] = 8731,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Seed of the world.")] = 7,
    containers: Annotated[int, typer.Option(metavar="N", min=1, max=200_000, help="Boxes in the world.")] = 3000,
    speed: Annotated[
        float, typer.Option(metavar="FACTOR", min=0.01, max=1000, help="Simulated seconds in a second.")
    ] = 1.0,
    start: Annotated[str | None, typer.Option(metavar="TIME", help="Simulated time to begin at, ISO 8601.")] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Go on with the world that began then, as it is by now.")
    ] = None,
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File with the bearer token to ask for.")
    ] = None,
    openapi: Annotated[bool, typer.Option("--openapi", help="Print the contract's OpenAPI document and end.")] = False,
) -> int:
    """Serve a simulated terminal by the native contract."""
    from console.simulator.command import simulate as serve
    from console.site import read_token

    token = read_token(token_file, "the simulator") if token_file else None
    return serve(
        host=host,
        port=port,
        seed=seed,
        containers=containers,
        speed=speed,
        start=_moment("--start", start) if start else None,
        since=_moment("--since", since) if since else None,
        token=token,
        openapi=openapi,
    )


@app.command()
def sync(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Read every upstream once and end.")] = False,
    follow: Annotated[bool, typer.Option("--follow", help="Keep the cache up to date until stopped.")] = False,
    site: SiteName = None,
    data_dir: DataDir = None,
    upstream: Address = None,
) -> int:
    """Read the site's upstreams into its cache."""
    if once == follow:
        raise UsageError("Say how long to sync: 'dryport sync --once' or 'dryport sync --follow'.")
    chosen = _site(context, site, data_dir, upstream)
    from console.syncing import follow_site, sync_site

    return (sync_site if once else follow_site)(chosen)


def _add_view(view: str, words: str) -> None:
    def command(  # noqa: PLR0913, PLR0917  # typer reads options from parameters
        context: typer.Context,
        filters: Filter = None,
        sort: Sort = None,
        limit: Limit = None,
        columns: Columns = None,
        how: How = "table",
        site: SiteName = None,
        data_dir: DataDir = None,
        upstream: Address = None,
    ) -> int:
        chosen = _site(context, site, data_dir, upstream)
        from console.answers import answer_view

        if how == "table":  # for the eye; programs get everything unless they ask for less
            limit, columns = 50 if limit is None else limit, columns or "brief"
        write(answer_view(chosen, view, filters or [], sort, limit or None, columns), how)
        return 0

    app.command(view, help=words)(command)


for _view, _words in VIEWS.items():
    _add_view(_view, _words)


@app.command()
def find(
    context: typer.Context,
    text: Annotated[list[str], typer.Argument(metavar="TEXT", help="A number, whole or in part; B3-06; 40HC empty.")],
    limit: Limit = None,
    how: How = "table",
    site: SiteName = None,
    data_dir: DataDir = None,
    upstream: Address = None,
) -> int:
    """Find a box, train, wagon, declaration, booking, seal, place or size-type."""
    chosen = _site(context, site, data_dir, upstream)
    from console.answers import answer_find

    write(answer_find(chosen, " ".join(text), limit or 50), how)
    return 0


@app.command()
def status(
    context: typer.Context,
    how: How = "table",
    site: SiteName = None,
    data_dir: DataDir = None,
    upstream: Address = None,
) -> int:
    """Tell how fresh the data is, by the exit code too.

    0: everything is fresh. 1: something is late or stale. 2: offline or never synced.
    """
    chosen = _site(context, site, data_dir, upstream)
    from console.answers import report_status

    return report_status(chosen, how)


@app.command()
def doctor(
    context: typer.Context,
    site: SiteName = None,
    data_dir: DataDir = None,
    upstream: Address = None,
) -> int:
    """Look at all Dryport stands on, and say what to repair."""
    from console.doctor import examine

    return examine(_choice(context, site, data_dir, upstream))


def _choice(
    context: typer.Context, site: str | None = None, data_dir: Path | None = None, upstream: str | None = None
) -> Choice:
    """The flags of the command, else those before it (`dryport --site NAME trains`)."""
    before = context.find_root().obj or Choice()
    return Choice(site or before.site, data_dir or before.data_dir, upstream or before.upstream)


def _site(context: typer.Context, site: str | None, data_dir: Path | None, upstream: str | None) -> Site:
    return read_site(_choice(context, site, data_dir, upstream))


def _moment(option: str, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {text} is no time: write it as 2026-11-20T08:00:00+08:00.") from None
    if moment.tzinfo is None:
        raise UsageError(f"{option} {text} has no zone: write it as {text}+08:00.")
    return moment
