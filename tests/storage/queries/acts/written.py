"""Acts as a screen would write them."""

from datetime import datetime, timedelta

from storage.queries.acts import Phrase
from tests.scenery.rows import ZONE


def said(phrase: Phrase) -> str:
    """The words of an act, its times in the zone of the site."""

    def part(each: str | datetime | timedelta) -> str:
        if isinstance(each, datetime):
            return f"{each.astimezone(ZONE):%H:%M}"
        return str(each)[:-3] if isinstance(each, timedelta) else each

    return "".join(part(each) for each in phrase)
