"""The process of `dryport simulate`: a port, a world, and a server between them."""

import asyncio
import errno
import gc
import signal
import socket
import sys
from collections.abc import Callable
from datetime import datetime
from types import FrameType

import uvicorn
from fastapi import FastAPI

from console.simulator import places, tokens
from console.simulator.gateway import Gateway
from console.simulator.pace import Moving, PacedClock, keep_up
from console.simulator.server import create_app
from console.simulator.world import World
from storage.clock import SystemClock
from storage.errors import UsageError

KEEP_ALIVE_S = 75
"""Longer than any poll interval: a connection that closes just as it is used again looks like a failure."""
GRACE_S = 2
INTERRUPTED = 130

_REMEDIES = {
    errno.EADDRINUSE: "port {port} is in use; stop what uses it, or choose another with --port",
    errno.EADDRNOTAVAIL: "{host} is no address of this machine; choose one with --host, such as 127.0.0.1",
    errno.EACCES: "port {port} is for the administrator only; choose one above 1023 with --port",
}


class Server(uvicorn.Server):
    """Uvicorn that says when it is ready, and ends without raising the signal again."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], object]) -> None:
        """`on_ready` is called once, when requests are answered."""
        super().__init__(config)
        self._on_ready = on_ready
        self.ended_by: int | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True
        self.ended_by = sig


def serve(
    host: str,
    port: int,
    seed: int,
    containers: int,
    speed: float,
    start: datetime | None,
    since: datetime | None,
    token: str | None,
) -> int:
    """Serve a simulated terminal until SIGTERM (0) or Ctrl+C (130); the exit code. `since`: when its world began.

    The port is taken before the world is made, so that a port in use is told at once; it answers when the world is
    ready.

    Raises:
        UsageError: The port or address cannot be used, or there cannot be such a world.
    """
    with bound(host, port) as listener:
        clock = PacedClock(start or SystemClock().now().replace(microsecond=0), speed)
        world = _world(seed, containers, since or clock.start, clock.start)
        # The world's records live as long as the process: looking through them again and again only delays answers.
        gc.freeze()
        app = create_app(Gateway(world.log, clock, tokens.new_epoch(clock.start)), token)
        greeting = (
            f'Simulated terminal "{places.SITE.name}" on http://{_authority(host, listener.getsockname()[1])} '
            f"({containers} containers, seed {seed}, speed {speed:g})"
        )
        server = Server(configure(app), lambda: print(greeting, file=sys.stderr, flush=True))
        try:
            listener.listen()
        except OSError as error:  # somebody else, who bound it as we did, listens by now
            raise unusable(error, host, port) from error
        asyncio.run(serve_and_move(server, listener, world, clock))
        return INTERRUPTED if server.ended_by == signal.SIGINT else 0


def _world(seed: int, containers: int, start: datetime, opens: datetime) -> World:
    try:
        return World(seed=seed, containers=containers, start=start, opens=opens)
    except ValueError as error:
        raise UsageError(f"There is no such terminal: {error}.") from error


def configure(app: FastAPI) -> uvicorn.Config:
    """One process, one loop, no log of requests."""
    return uvicorn.Config(
        app,
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
    )


async def serve_and_move(server: Server, listener: socket.socket, world: Moving, clock: PacedClock) -> None:
    """Serve until told to end; a fault of the world ends the server too."""
    async with asyncio.TaskGroup() as tasks:
        moving = tasks.create_task(keep_up(world, clock))
        await server.serve([listener])
        moving.cancel()


def bound(host: str, port: int) -> socket.socket:
    """A socket that has the port, and does not listen yet; `UsageError` when it cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise unusable(error, host, port) from error
    # A port that the last simulator has just left is free.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise unusable(error, host, port) from error
    return listener


def unusable(error: OSError, host: str, port: int) -> UsageError:
    """What is wrong with the port or address, with the remedy."""
    if isinstance(error, socket.gaierror):
        error.errno = errno.EADDRNOTAVAIL
    remedy = _REMEDIES.get(error.errno or 0, f"{error.strerror or error}; choose others with --host and --port")
    return UsageError(f"The simulated terminal cannot listen: {remedy.format(host=host, port=port)}.")


def _authority(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
