"""The act list as rows, for commands without a screen: its words are written out by the site's zone."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Select
from sqlmodel import Session

from storage.figures.policy import Moment
from storage.figures.risk import LEVELS, Level
from storage.queries.acts import FEEDS, ActKind, Facts, Phrase, acts_of
from storage.queries.acts.act import StandingClock
from storage.queries.columns import Column
from storage.queries.views import View

COLUMNS = (
    Column("risk", "Risk", "text", "act or watch.", order=LEVELS),
    Column("by", "By", "time", "The last moment at which the act still helps."),
    Column("subject", "What", "text", "What it is about: a train, a track, a block, a seal.", words=True),
    Column("words", "Why", "text", "What is wrong.", words=True),
    Column("helps", "Helps", "text", "What would help.", words=True),
    Column("kind", "Kind", "text", "Kind of the thing to look at."),
    Column("thing", "Thing", "text", "Its id."),
    Column("unsure", "Unsure", "yes_no", "Judged from old data."),
    Column("id", "Id", "text", "Place in the list, the soonest first."),
)


class ActRow(msgspec.Struct, frozen=True, kw_only=True):
    """An act; see `COLUMNS`."""

    id: str
    risk: Level
    by: datetime | None
    subject: str
    words: str
    helps: str | None
    kind: ActKind
    thing: str
    unsure: bool


def _read(session: Session, _statement: Select[Any], moment: Moment) -> Sequence[ActRow]:
    return [
        ActRow(
            id=f"{nth:03}", risk=act.level, by=act.by, subject=act.subject, words=_written(act.words, moment),
            helps=_written(act.helps, moment) or None, kind=act.kind, thing=act.id, unsure=act.unsure,
        )
        for nth, act in enumerate(acts_of(Facts(session, StandingClock(moment), moment.policy)), 1)
    ]  # fmt: skip


def _written(phrase: Phrase, moment: Moment) -> str:
    """Times as the clock on the wall shows them, with the date where it is another day; lengths of time as h:mm."""
    zone = moment.policy.zone

    def part(each: str | datetime | timedelta) -> str:
        if isinstance(each, datetime):
            local = each.astimezone(zone)
            return f"{local:%H:%M}" if local.date() == moment.now.astimezone(zone).date() else f"{local:%Y-%m-%d %H:%M}"
        if isinstance(each, timedelta):
            minutes = each // timedelta(minutes=1)
            return f"{minutes // 60}:{minutes % 60:02}"
        return each

    return "".join(part(each) for each in phrase)


ACTS: View[ActRow] = View(
    name="acts", title="Acts", columns=COLUMNS, feeds=FEEDS, read=_read, default_sort="id", found=True,
)  # fmt: skip
"""What needs a person, soonest first."""
