"""Rows of a scene, by hand: times of its day, valid container numbers, and one insert a table."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, SQLModel, select

from storage.identifiers import ContainerNumber, container_flags
from storage.models import FEEDS, LOCAL_COLUMNS, Feed, FeedState, table_of

ZONE = timezone(timedelta(hours=8), "UTC+8")
DAY = datetime(2026, 11, 20, tzinfo=ZONE)
SOURCE = "chongqing-gateway"


def at(clock: str, *, day: int = 0) -> datetime:
    """`at("10:41")`: a time of Friday 20 November 2026 at the terminal, `day` days later, in UTC."""
    hours, minutes = (int(part) for part in clock.split(":"))
    return (DAY + timedelta(days=day, hours=hours, minutes=minutes)).astimezone(UTC)


NOW = at("10:41")


class Rows:
    """Collects rows of any table and inserts each table's at once."""

    def __init__(self) -> None:
        self._rows: defaultdict[type[SQLModel], list[dict[str, Any]]] = defaultdict(list)
        self._serials: defaultdict[str, int] = defaultdict(lambda: 400_000)
        self._ids: defaultdict[type[SQLModel], int] = defaultdict(int)

    def add(self, model: type[SQLModel], **values: Any) -> dict[str, Any]:
        """Keep a row, to be inserted by `insert`; what it returns may be changed until then. Feeds get an id."""
        row: dict[str, Any] = {
            name: None if field.is_required() else field.get_default() for name, field in model.model_fields.items()
        }
        if issubclass(model, Feed):
            self._ids[model] += 1
            row |= {"id": f"{model.__tablename__}-{self._ids[model]}", "rev": 1, "changed_at": NOW}
            row |= dict(zip(LOCAL_COLUMNS, (SOURCE, NOW, None), strict=True))
        unknown = values.keys() - row.keys()
        assert not unknown, f"{model.__name__} has no {unknown}"
        row |= values
        self._rows[model].append(row)
        return row

    def of(self, model: type[SQLModel]) -> list[dict[str, Any]]:
        """The rows kept so far."""
        return self._rows[model]

    def number(self, prefix: str) -> str:
        """The next container number of this owner; none is weak."""
        while True:
            self._serials[prefix] += 37
            number = ContainerNumber(prefix[:3], prefix[3], str(self._serials[prefix]))
            if not number.weak:
                return number.number

    def insert(self, session: Session) -> None:
        """Write them all; where nobody says how the feeds stand, all have come."""
        if FeedState not in self._rows:
            for feed in FEEDS.keys() - set(session.exec(select(FeedState.feed))):
                self.add(FeedState, source=SOURCE, feed=feed, loaded=True)
        for model, rows in self._rows.items():
            for row in rows:
                if "number" in row and "size_type" in row:
                    row["flags"] = container_flags(row["number"], row["size_type"])
            session.execute(insert(table_of(model)), rows)
