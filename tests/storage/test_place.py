"""A cache's place: a path, or the address of a database that never holds a secret."""

from pathlib import Path

import pytest

from storage.errors import SettingsError
from storage.place import DatabaseUrl, place_of

ADDRESS = "postgresql+psycopg://dryport@db.example/dryport"


def test_a_path_is_a_file_and_an_address_a_database(tmp_path: Path) -> None:
    assert place_of(str(tmp_path / "cache.db")) == tmp_path / "cache.db"
    assert place_of(ADDRESS) == DatabaseUrl(ADDRESS)
    assert place_of(DatabaseUrl(ADDRESS)) == DatabaseUrl(ADDRESS)


def test_a_sentence_names_who_where_and_which_database() -> None:
    assert (
        str(DatabaseUrl(f"{ADDRESS}?passfile=/etc/dryport/pgpass&sslmode=verify-full")) == "dryport@db.example/dryport"
    )
    assert str(DatabaseUrl("postgresql+psycopg:///dryport")) == "local/dryport"


@pytest.mark.parametrize(
    "secret",
    [
        "postgresql+psycopg://dryport:hunter2@db/dryport",
        f"{ADDRESS}?password=hunter2",
        f"{ADDRESS}?sslpassword=hunter2",
    ],
)
def test_a_password_in_an_address_is_refused_and_not_repeated(secret: str) -> None:
    with pytest.raises(SettingsError, match="PGPASSFILE") as refused:
        DatabaseUrl(secret)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "wrong", ["mysql://db/x", "postgresql://db/x", "postgresql+psycopg://db", "postgresql+psycopg://db:x/y"]
)
def test_what_is_no_address_of_a_database_is_refused_with_how_to_write_one(wrong: str) -> None:
    with pytest.raises(SettingsError, match="postgresql\\+psycopg://user@host/database"):
        DatabaseUrl(wrong)
