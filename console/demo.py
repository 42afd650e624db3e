"""`dryport demo`: the simulated terminal, a syncer and a console with one command, and nothing left behind.

The simulator and the syncer are children of the console. The demo has a data folder of its own, so that it never
touches a site's cache; a second demo beside the first takes another port and with it another folder. Started again,
it goes on with the simulated terminal of its folder (`console.demo_folder`).
"""

import contextlib
import os
import socket
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from console import demo_folder
from console.children import Child
from console.demo_folder import SIMULATOR_LOG, DemoFolder
from console.settings import Choice, read_site
from console.site import Site
from console.syncer import Syncer
from storage.clock import SystemClock
from storage.errors import UsageError

HOST = "127.0.0.1"
FIRST_PORT = 8731
PORTS = 100
LOOK_EVERY_S = 1.0
OWN_VARIABLES = ("DRYPORT_SITE", "DRYPORT_UPSTREAM", "DRYPORT_TOKEN", "DRYPORT_TOKEN_FILE", "DRYPORT_TIMEZONE")


@dataclass(frozen=True, slots=True)
class World:
    """The simulated terminal to start: how large, from which seed, how fast; no port means the first free one."""

    port: int | None = None
    containers: int = 3000
    seed: int = 7
    speed: float = 1.0


class Demo:
    """A simulated terminal with its syncer; a context manager that leaves no process behind."""

    def __init__(self, world: World, data_dir: Path | None = None, environ: Mapping[str, str] = os.environ) -> None:
        """Take a port and a folder; `UsageError` when the port asked for is taken."""
        self._world = world
        self._environ = {name: value for name, value in environ.items() if name not in OWN_VARIABLES}
        self.port, choice, self.site, self._folder = self._take(data_dir)
        self._syncer = Syncer(self.site, choice, self._environ)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="demo", daemon=True)
        self._words: str | None = "Starting the simulated terminal..."
        if self._folder.gave_way:
            self._words = "Starting another simulated terminal; the last one is gone, with the notes on it..."
        self.simulator: Child | None = None

    def __enter__(self) -> "Demo":
        """Start everything and return at once."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop everything and wait until it has gone."""
        self._end.set()
        self._thread.join()
        self._folder.close()

    def words(self) -> str | None:
        """What the demo is waiting for, in one sentence; None while all runs."""
        return self._words or self._syncer.words()

    def _take(self, data_dir: Path | None) -> tuple[int, Choice, Site, DemoFolder]:
        """The first port that nobody uses, with a folder that nobody else uses."""
        asked, world = self._world.port, self._world
        for port in _free(range(FIRST_PORT, FIRST_PORT + PORTS) if asked is None else [asked]):
            name = "demo" if port == FIRST_PORT else f"demo-{port}"
            choice = Choice(name, data_dir, f"http://{HOST}:{port}")
            site = read_site(choice, self._environ)
            folder = None
            if site.file is None:  # else the settings have a site of this name, whose cache is not ours
                now = SystemClock().now().replace(microsecond=0)
                folder = demo_folder.take(site.cache_path, world.seed, world.containers, world.speed, now)
            if folder is not None:
                return port, choice, site, folder
        if asked is None:
            raise UsageError(
                f"No port from {FIRST_PORT} to {FIRST_PORT + PORTS - 1} is free: name another with --port."
            )
        raise UsageError(
            f"Port {asked} is in use, or the folder of its demo: choose another with --port, or leave it out."
        )

    def _keep(self) -> None:
        """Start the simulator, and the syncer once it answers; then say how the simulator is.

        A simulator that ends is not started again: a demo is where one watches the console without its upstream, and
        anybody can start one on the same port.
        """
        try:
            self.simulator = Child(self._arguments(), self.site.folder / SIMULATOR_LOG, self._environ)
        except OSError as error:
            self._words = f"The simulated terminal cannot be started: {error.strerror or error}."
            return
        with self._syncer_once_answered(), contextlib.closing(self.simulator):
            while not self._end.is_set():
                if not self.simulator.wait(LOOK_EVERY_S / 4):
                    self._words = None
                elif not self._end.wait(LOOK_EVERY_S):
                    self._words = None if self._answers() else self._epitaph(self.simulator)

    def _syncer_once_answered(self) -> AbstractContextManager[object]:
        """The syncer, running; none when the simulator, or we, ended before it answered."""
        while self.simulator and not self._end.is_set() and not self.simulator.wait(0.05):
            if self._answers():
                return self._syncer
        return nullcontext()

    def _epitaph(self, simulator: Child) -> str:
        again = "leave with q and start the demo again, it goes on"
        return f"The simulated terminal stopped ({simulator.reason()}): {again}."

    def _arguments(self) -> list[str]:
        world = self._world
        return [
            *("simulate", "--host", HOST, "--port", str(self.port), "--seed", str(world.seed)),
            *("--containers", str(world.containers), "--speed", f"{world.speed:g}"),
            *("--since", self._folder.began.isoformat()),
        ]

    def _answers(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex((HOST, self.port)) == 0


def _free(ports: Iterable[int]) -> Iterator[int]:
    """Those of the ports that nobody listens on."""
    for port in ports:
        with socket.socket() as probe:
            # As the simulator will: a port in TIME_WAIT of the last demo is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
        yield port
