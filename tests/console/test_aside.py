"""`d` in the Feeds pane: what was set aside or flagged, why, and where it came from."""

from pathlib import Path

import pytest
from sqlmodel import select

from storage.cache import Cache
from storage.models import Container, FeedState, Quarantine
from tests.console.stage import LARGE, SMALL, staged
from tests.scene import NOW, SOURCE


@pytest.fixture
def faulty(scene_path: Path) -> Path:
    """The scene with a record set aside and a box with a wrong check digit."""
    cache = Cache.open(scene_path, role="writer")
    with cache.write() as session:
        session.add(
            Quarantine(
                source=SOURCE, feed="containers", record="box 17", reason="Expected `int`, got `str` - at `$.gross_kg`",
                raw='{"id":"box 17","gross_kg":"heavy [bold]"}', seen=3, first_at=NOW, last_at=NOW,
            )
        )  # fmt: skip
        session.get_one(FeedState, (SOURCE, "containers")).set_aside = 1
        box = session.exec(select(Container).where(Container.number == "QZHU3054385")).one()
        box.flags = "check_digit"
    cache.close()
    return scene_path


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_d_lists_what_was_set_aside_or_flagged_and_where_it_came_from(
    faulty: Path, size: tuple[int, int]
) -> None:
    async with staged(faulty, "5", "d", size=size) as stage:
        aside, flagged = stage.line("box 17"), stage.line("check digit")
        assert "set aside" in aside
        assert "containers" in aside
        assert "gross_kg: expected int" in aside
        assert "QZHU3054385" in flagged
        assert SOURCE in aside or size == SMALL
        assert "1 set aside, 1 flagged" in stage.text()


async def test_enter_shows_what_came_of_a_record_set_aside(faulty: Path) -> None:
    async with staged(faulty, "5", "d") as stage:
        text = await stage.press("enter")
        assert 'gross_kg":"heavy [bold]"' in text
        assert "3 times" in text
        assert SOURCE in text
        text = await stage.press("escape", "j", "enter")
        assert "QZHU 305438 5" in text.splitlines()[0]


async def test_the_feeds_pane_counts_what_was_set_aside_and_what_changes(faulty: Path) -> None:
    async with staged(faulty, "5", size=LARGE) as stage:
        assert "set aside" in stage.line("changes/h")
        assert "gross_kg: expected int" in stage.line("containers ")
