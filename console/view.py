"""A view is a cache and a clock. It opens its cache when first asked, in whatever thread asks, and late if need be.

Nothing heavy is imported here: the data modules come with `open`, after the first frame is on the screen.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from console.format import Wall
from storage.clock import Clock, SystemClock
from storage.errors import CacheDamaged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

    from console.site import Site
    from storage.cache import Cache
    from storage.figures.policy import Policy

T = TypeVar("T")

LARGEST_SKEW = timedelta(seconds=30)
"""Up to here a source's clock counts as ours; beyond it the view follows the source's."""


class View:
    """What every pane asks its rows of: `ask(query)` runs `query(session, clock)` in one short read session.

    `zone` is the site's; until the gateway has named it, the terminal's own.
    """

    def __init__(
        self,
        opener: Callable[[], Cache],
        clock: Clock,
        *,
        zone: tzinfo | None = None,
        title: str = "",
        policy: Policy | None = None,
    ) -> None:
        self._opener = opener
        self._cache: Cache | None = None
        self._lock = threading.Lock()
        self.clock = clock
        self._fixed_zone = zone
        self._told_zone: tzinfo | None = None
        self._fixed_title = title
        self._told_title = ""
        self._policy = policy

    @classmethod
    def of_site(cls, site: Site) -> View:
        """The live view of a configured site."""

        def opened() -> Cache:
            from storage.cache import Cache

            return Cache.open(site.cache, role="reader")

        zone = named_zone(site.timezone)
        return cls(opened, SystemClock(), zone=zone, title=site.title or "", policy=site.policy)

    @property
    def cache(self) -> Cache:
        """The open cache; raises what opening raises, and tries again when asked again.

        One that was set aside is closed, and what lies in its place is opened.
        """
        with self._lock:
            if self._cache is not None and self._cache.replaced():
                self._cache.close()
                self._cache = None
            if self._cache is None:
                self._cache = self._opener()
            return self._cache

    @property
    def title(self) -> str:
        """The site's name: as configured, else as its gateway gives it."""
        return self._fixed_title or self._told_title

    @property
    def zone(self) -> tzinfo:
        """The site's zone: as configured, else as its gateway gives it, else this machine's."""
        return self._fixed_zone or self._told_zone or self.clock.now().astimezone().tzinfo or UTC

    @property
    def wall(self) -> Wall:
        """The clock on the wall now."""
        return Wall(self.clock.now(), self.zone)

    @property
    def policy(self) -> Policy:
        """The site's own rules, in its zone."""
        from storage.figures.policy import DEFAULT

        return replace(self._policy or DEFAULT, zone=self.zone)

    @property
    def machine_now(self) -> datetime:
        """This machine's time, by which answers of upstreams were stamped."""
        now = self.clock.now()
        return now - self.clock.offset if isinstance(self.clock, SystemClock) else now

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A short read session. The syncer, which may never read what is read here, gets to know of damage."""
        cache = self.cache
        try:
            with cache.read() as session:
                yield session
        except CacheDamaged:
            from storage.damage import suspect

            suspect(cache.place)
            raise

    def ask(self, query: Callable[[Session, Clock], T]) -> T:
        """The query's answer; the session ends before this returns. Blocks: call it in a thread."""
        with self.read() as session:
            return query(session, self.clock)

    def told(self, titles: Sequence[str | None], zones: Sequence[str | None], skews: Sequence[timedelta]) -> None:
        """What the sources say of the site: its name, its zone, and how far their clocks are from ours."""
        self._told_title = next((title for title in titles if title), self._told_title)
        self._told_zone = next((zone for name in zones if (zone := named_zone(name))), self._told_zone)
        if isinstance(self.clock, SystemClock) and skews:
            self.clock.offset = skews[0] if abs(skews[0]) > LARGEST_SKEW else timedelta(0)

    def close(self) -> None:
        """Close the cache, if it was ever opened."""
        with self._lock:
            if self._cache is not None:
                self._cache.close()


def named_zone(name: str | None) -> tzinfo | None:
    """The IANA zone of this name; None for no name, or one this machine does not know."""
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None
