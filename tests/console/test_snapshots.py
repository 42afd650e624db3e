"""Screens look as they did when they were last looked at, at three sizes and in three looks."""

import pytest

from tests.console.snapshots import FOLDER, SIZES, SNAPSHOTS, Snapshot, take


@pytest.mark.parametrize("snapshot", SNAPSHOTS, ids=lambda snapshot: snapshot.name)
async def test_a_screen_looks_as_its_snapshots_at_every_size_and_in_every_look(snapshot: Snapshot) -> None:
    for file, text in (await take(snapshot)).items():
        kept = file.read_text("utf-8") if file.exists() else ""
        assert text == kept, f"{file.name} is stale: python -m tests.console.snapshots {snapshot.name}, look at it"


def test_every_kept_snapshot_is_of_a_screen_that_is_taken() -> None:
    assert set(FOLDER.iterdir()) == {snapshot.file(size) for snapshot in SNAPSHOTS for size in SIZES}
