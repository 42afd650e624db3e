"""What the classes of the cache's tables cost those that only read them."""

from sqlmodel import AutoString, SQLModel

from storage.models import FEEDS, HISTORY, EpochMs, table_of
from storage.models.base import Kept


class Weighed(Kept):
    """A class whose validator nobody has asked for yet."""

    kg: int


def test_the_columns_of_the_feeds_share_one_type_for_times_and_one_for_texts_of_a_length() -> None:
    tables = [*(table_of(model) for model in FEEDS.values()), *HISTORY.values()]
    types = [column.type for table in tables for column in table.columns]
    assert len({id(each) for each in types if isinstance(each, EpochMs)}) == 1
    texts = [each for each in types if isinstance(each, AutoString)]
    assert len({id(each) for each in texts}) == len({repr(each) for each in texts})


def test_every_class_of_the_cache_waits_with_its_validator_until_somebody_asks() -> None:
    ours = (each for each in _below(SQLModel) if each.__module__.startswith("storage."))
    tables = [each for each in ours if each.model_config.get("table")]
    assert len(tables) > len(FEEDS)
    assert all(each.model_config.get("defer_build") for each in tables)
    assert not Weighed.__pydantic_complete__
    assert Weighed.model_validate({"kg": "30480"}).kg == 30_480


def _below(model: type[SQLModel]) -> list[type[SQLModel]]:
    return [each for child in model.__subclasses__() for each in (child, *_below(child))]
