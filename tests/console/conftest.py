"""A site whose cache holds the hand-made terminal, a clock that stands at its morning, and upstreams on loopback."""

import asyncio
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from console import view
from console.settings import Choice, read_site
from console.site import Site
from storage.cache import Cache
from storage.clock import SystemClock
from tests.scene import NOW, SOURCE, build_scene
from tests.storage.loopback import Loopback, Reply, Request

Serve = Callable[[Callable[[Request], Reply]], str]


@pytest.fixture
def empty_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site that was never synced; the environment names its settings for whoever reads them again."""
    config = tmp_path / "config.toml"
    config.write_text(
        "[site.tuanjiecun]\n"
        f"data_dir = '{tmp_path / 'data'}'\n"
        f"[[site.tuanjiecun.upstream]]\nname = '{SOURCE}'\nurl = 'http://127.0.0.1:9'\n"
    )
    monkeypatch.setenv("DRYPORT_CONFIG", str(config))
    return read_site(Choice())


@pytest.fixture(scope="session")
def scene_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache of the scene, closed; made once, copied by whoever needs one."""
    path = tmp_path_factory.mktemp("scene") / "cache.db"
    cache = Cache.open(path, role="writer")
    build_scene(cache)
    cache.close()
    assert not path.with_name("cache.db-wal").exists()
    return path


@pytest.fixture
def scene_path(tmp_path: Path, scene_file: Path) -> Path:
    """The scene in a cache of the test's own."""
    folder = tmp_path / "site"
    folder.mkdir(mode=0o700)
    path = folder / "cache.db"
    path.write_bytes(scene_file.read_bytes())
    path.chmod(0o600)
    return path


@pytest.fixture
def scene_cache(scene_path: Path) -> Iterator[Cache]:
    """That cache, open for who writes."""
    cache = Cache.open(scene_path, role="writer")
    yield cache
    cache.close()


@pytest.fixture
def scene_site(empty_site: Site, scene_file: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The site with the scene in its cache, at 10:41 of that day."""
    empty_site.folder.mkdir(parents=True, mode=0o700)
    shutil.copy(scene_file, empty_site.cache_path)

    class Morning(SystemClock):
        def now(self) -> datetime:
            return NOW + self.offset

    monkeypatch.setattr(view, "SystemClock", Morning)
    return empty_site


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Serve]:
    """Serve a handler beside the test and point the settings at it; its address."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    running: list[Loopback] = []

    def begin(handler: Callable[[Request], Reply]) -> str:
        server = Loopback(handler)
        asyncio.run_coroutine_threadsafe(server.start(), loop).result(30)
        running.append(server)
        monkeypatch.setenv("DRYPORT_UPSTREAM", server.url)
        monkeypatch.setenv("DRYPORT_DATA_DIR", str(tmp_path / "served"))
        return server.url

    yield begin

    async def end() -> None:
        for server in running:
            await server.stop()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    asyncio.run_coroutine_threadsafe(end(), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
