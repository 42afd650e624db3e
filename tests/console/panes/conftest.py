"""The hand-made terminal, as panes ask it."""

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from console.view import View
from storage.cache import Cache
from storage.clock import ManualClock
from tests.scene import NOW


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[View]:
    scene_file: Path = request.getfixturevalue("scene_file")
    cache = Cache.open(scene_file)
    yield View(lambda: cache, ManualClock(NOW), zone=ZoneInfo("Asia/Shanghai"))
    cache.close()
