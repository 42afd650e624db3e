"""Badge, Feeds pane, pages and headless commands judge a feed by the same row and clock: they never contradict."""

import pytest

from console.answers import answer_view, report_status
from console.site import Site
from storage.cache import Cache
from storage.models import FeedState
from tests.console.stage import staged
from tests.scene import SOURCE


@pytest.mark.parametrize(
    ("past", "lag_s", "word"),
    [(None, 10, "LIVE <15 s"), ("live", 10, "LATE <1 min"), ("live", 4, "LIVE <15 s"), ("stale", 280, "FROZEN 4 min")],
)
async def test_a_feed_near_a_limit_is_the_same_everywhere(
    scene_site: Site, capsys: pytest.CaptureFixture[str], past: str | None, lag_s: int, word: str
) -> None:
    cache = Cache.open(scene_site.cache_path, role="writer")
    with cache.write() as session:
        state = session.get_one(FeedState, (SOURCE, "containers"))
        state.past, state.lag_ms = past, lag_s * 1000
    cache.close()
    assert answer_view(scene_site, "containers").feeds["containers"].word == word
    report_status(scene_site, "jsonl")
    assert f'"{word}"' in next(line for line in capsys.readouterr().out.splitlines() if '"containers"' in line)
    async with staged(scene_site.cache_path, "5") as stage:
        assert stage.app.pulse.problem == ""
        assert word in stage.text().splitlines()[0]
        assert word in stage.line("containers")
