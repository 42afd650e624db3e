"""The entry point: the only reader of the command line's words and the only place that turns errors into exit codes.

Bare `dryport` and `dryport demo` go straight to the console, so that its frame paints before the command-line library,
the models or the HTTP client are imported; every other command goes to `console.cli`, which imports what it needs.
"""

import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from console.children import open_log
from console.settings import Choice, data_dir, read_site
from storage.errors import DryportError, UsageError

INTERRUPTED = 130
BUG = 1
BUG_LOG = "errors.log"


def main() -> int:
    """Run the command that was typed; its exit code."""
    return run(sys.argv[1:])


def run(arguments: Sequence[str]) -> int:
    """Run `dryport ARGUMENTS`; every error becomes one sentence on stderr and an exit code of `storage.errors`."""
    try:
        code = _dispatch(list(arguments))
        sys.stdout.flush()
    except DryportError as error:
        _say(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has what it wanted (`dryport trains | head`); the flush at exit must not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except Exception as error:  # noqa: BLE001  # the last wall: a bug is one line for the person, a traceback for us
        _say(_report(error))
        return BUG
    return code


def start_console(choice: Choice | None = None) -> int:
    """The console on the configured site, with a syncer below it when nobody else leads the cache."""
    require_terminal()
    site = read_site(choice)
    from console import memory

    if isinstance(site.cache, Path):
        memory.leave_openssl_out()
    from console.app import run_app
    from console.syncer import Syncer

    with Syncer(site, choice or Choice()) as syncer:
        return run_app(site, words=syncer.words)


def start_demo(
    port: int | None = None,
    containers: int = 3000,
    seed: int = 7,
    speed: float = 1.0,
    folder: Path | None = None,
) -> int:
    """The console on a simulated terminal that lives as long as it does."""
    require_terminal()
    from console import memory

    memory.leave_openssl_out()
    from console.demo import Demo, World

    with Demo(World(port, containers, seed, speed), folder) as demo:
        from console.app import run_app

        return run_app(demo.site, words=demo.words)


def require_terminal() -> None:
    """`UsageError` where no console can be drawn: output or input that is no terminal, or one that cannot move."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        reason = "this is none"
    elif os.environ.get("TERM", "") in ("", "dumb", "unknown"):
        reason = f"this terminal (TERM={os.environ.get('TERM', '')}) cannot be drawn on"
    else:
        return
    raise UsageError(
        f"The console needs a terminal, and {reason}: use 'dryport trains --format json' or 'dryport status'."
    )


def _dispatch(arguments: list[str]) -> int:
    if not arguments:
        return start_console()
    if arguments == ["demo"]:
        return start_demo()
    from console.cli import run_command

    return run_command(arguments)


def _say(sentence: str) -> None:
    with contextlib.suppress(OSError):  # nobody may be there to read it
        print(f"dryport: {sentence}", file=sys.stderr)


def _report(error: Exception) -> str:
    """Write the traceback where only this person can read it; the line to show instead."""
    import traceback

    what = f"{type(error).__name__}, a fault of Dryport's own"
    log = data_dir(Choice()) / BUG_LOG
    try:
        with open_log(log) as handle:
            os.write(handle, "".join(traceback.format_exception(error)).encode("utf-8", "backslashreplace"))
    except OSError as failure:
        return f"{what}; its traceback could not be written to {log} ({failure.strerror})."
    return f"{what}: please report it with {log}."


if __name__ == "__main__":
    sys.exit(main())
