"""The body of `dryport simulate`; what it needs beyond Dryport itself is imported when it runs."""

import sys
from datetime import datetime

from storage.errors import UsageError

_EXTRA = ("fastapi", "starlette", "uvicorn", "simpy")


def simulate(  # noqa: PLR0913  # the options of the command
    *,
    host: str = "127.0.0.1",
    port: int = 8731,
    seed: int = 7,
    containers: int = 3000,
    speed: float = 1.0,
    start: datetime | None = None,
    since: datetime | None = None,
    token: str | None = None,
    openapi: bool = False,
) -> int:
    """Serve a simulated terminal by the native contract until stopped, or print the contract; the exit code.

    Args:
        host: Address to listen on.
        port: Port to listen on.
        seed: Seed of the world.
        containers: Boxes in the yard, about.
        speed: Simulated seconds in a second.
        start: Simulated time to begin at; None for now.
        since: When its world began, which has run until `start`; None for a world that begins there.
        token: Bearer token to ask clients for; None to let everyone in.
        openapi: Print the contract's OpenAPI document instead.

    Raises:
        UsageError: The port cannot be used, or the packages of the extra `demo` are missing.
    """
    try:
        if openapi:
            from console.simulator.openapi import text

            sys.stdout.write(text())
            return 0
        from console.simulator.running import serve
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        remedy = "pip install 'dryport[demo]'"
        raise UsageError(f"The simulated terminal needs {error.name}, which is not installed: {remedy}.") from error
    return serve(host, port, seed, containers, speed, start, since, token)
