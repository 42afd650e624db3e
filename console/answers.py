"""What the headless commands ask of the cache: the same queries as the panes, and how fresh their feeds are."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import Any

from sqlmodel import Session, col, select

from console import format as written
from console.headless import Answer, Format, Standing, write
from console.site import Site
from console.view import View
from storage.errors import CacheMissing
from storage.figures.policy import Moment
from storage.models import FeedState, Leader, SourceState
from storage.queries import views as queries
from storage.queries.columns import Column, column_named
from storage.queries.feeds import awaited, begun, uncounted
from storage.sync.freshness import NEVER, Freshness, State, judge, worst


@dataclass(frozen=True, slots=True)
class Shown:
    """A view on the command line: where it is declared, imported when asked for, and the columns a table has of it.

    `remarks`: what tells, in that module, what is to be said of the rows besides, out of a session and a moment.
    """

    module: str
    name: str
    brief: str
    remarks: str = ""


VIEWS = {
    "trains": Shown(
        "storage.queries.outlooks",
        "OUTLOOKS",
        "risk number direction place phase track planned at late cutoff cutoff_at done boxes reason",
    ),
    "yard": Shown(
        "storage.queries.occupancy",
        "YARD",
        "name kind boxes teu working_teu percent low_12 expected_12 high_12 full_at plugs_free cranes",
    ),
    "containers": Shown(
        "storage.queries.containers",
        "CONTAINERS",
        "number size_type full category where readiness train destination customs holds gross_kg age",
    ),
    "reefers": Shown(
        "storage.queries.exceptions.reefers",
        "REEFERS",
        "risk number where state since setpoint_c reading_c deviation read_age train",
        "remarks",
    ),
    "dangerous": Shown(
        "storage.queries.exceptions.dangerous",
        "CONFLICTS",
        "risk number where goods other other_where other_goods distance needed",
        "remarks",
    ),
    "stays": Shown("storage.queries.exceptions", "LONG_STAYS", "risk number size_type where what turn since age train"),
    "misplaced": Shown("storage.queries.exceptions", "WRONG_PLACES", "risk number size_type where what train"),
    "overweight": Shown("storage.queries.exceptions", "OVERWEIGHT", "risk number size_type where what turn train"),
    "holds": Shown("storage.queries.exceptions", "HOLDS", "risk number size_type where what turn since train"),
    "empties": Shown(
        "storage.queries.exceptions", "EMPTIES", "risk size_type owner sound damaged wanted from_pool short surplus by"
    ),
    "cranes": Shown(
        "storage.queries.exceptions",
        "CRANES",
        "risk name mode place job moves_per_hour norm_per_hour queued interventions",
    ),
    "work": Shown("storage.queries.exceptions", "WORK", "risk kind state number place train crane waits"),
    "dwell": Shown("storage.queries.exceptions", "DWELL", "flow here age_p50 age_p90 left dwell_p50 dwell_p90"),
    "quality": Shown("storage.queries.exceptions", "QUALITY", "what number size_type where how source seen"),
    "customs": Shown(
        "storage.queries.customs",
        "DECLARATIONS",
        "risk number regime lane state raw_state turn wait expected earliest latest boxes box train cutoff_at margin",
    ),
    "lanes": Shown(
        "storage.queries.customs_lanes",
        "LANES",
        "id declarations boxes oldest p50 p90 in_per_hour out_per_hour clears_at over_sla at_risk turns",
    ),
    "inspections": Shown(
        "storage.queries.inspections", "INSPECTIONS", "starts block bay use declaration box where rehandles late"
    ),
    "seals": Shown("storage.queries.seals", "SEALS", "risk number alarm state box where seen_at battery train"),
    "sites": Shown(
        "storage.queries.designated_sites",
        "SITES",
        "kind block waiting bays_taken bays plugs_taken plugs temperature_c used_teu target_teu quota_left",
    ),
    "tracks": Shown(
        "storage.queries.stays", "STAYS", "track usable_m crane train place phase starts ends certain conflict closed"
    ),
    "acts": Shown("storage.queries.acts.listed", "ACTS", "risk by subject words helps"),
    "feeds": Shown("storage.queries.feeds", "FEEDS", "feed source state age as_of rows set_aside error mended"),
}

OFFLINE: frozenset[State] = frozenset({"never", "offline", "refused"})
FRESH: frozenset[State] = frozenset({"fresh", "degraded"})


@dataclass(frozen=True, slots=True)
class Words:
    """A column of an answer that is no view of its own."""

    key: str
    title: str
    kind: str = "text"
    unit: str = ""


HIT_COLUMNS = (
    Words("kind", "Kind"),
    Words("title", "Number"),
    Words("about", "Now"),
    Words("why", "Found by"),
    Words("match", "Match"),
    Words("id", "Id"),
)
STATUS_COLUMNS = (
    Words("feed", "Feed"),
    Words("state", "State"),
    Words("freshness", "Freshness"),
    Words("age_s", "Age", "duration"),
    Words("as_of", "As of", "time"),
)


@dataclass(frozen=True, slots=True)
class Judged:
    """How every feed of a site stands; of a feed with several sources the worst."""

    feeds: Mapping[str, Freshness]
    standings: Mapping[str, Standing]
    unheard: Sequence[str]
    """Configured upstreams that never answered."""
    attribution: Sequence[str] = ()

    def worst(self, feeds: Iterable[str] | None = None) -> Freshness:
        """The least fresh of these feeds, of all when none are named."""
        names = self.feeds if feeds is None else feeds
        judged = [self.feeds[name] for name in names if name in self.feeds]
        return NEVER if self.unheard and feeds is None else worst(judged)


def answer_view(
    site: Site,
    name: str,
    filters: Sequence[str] = (),
    sort: str | None = None,
    limit: int | None = None,
    columns: str | None = None,
) -> Answer:
    """The rows of the view `name` under the filter, with these columns; None or `all` is all of them, `brief` a few.

    Raises:
        UsageError: a filter, sort or column that cannot be understood; the nearest column is named.
        CacheError: there is no cache that could be read.
    """
    view = _view(name)
    criteria, order, chosen = view.filter(filters), view.sort(sort or ""), _columns(view, columns, VIEWS[name].brief)
    with _opened(site) as (session, opened, judged):
        page = view.page(session, opened.clock, criteria, order, limit=limit, policy=opened.policy)
        unknown = uncounted(session, view)
        missing = tuple(dict.fromkeys((*unknown, *awaited(session, view.feeds))))
        if name == "containers" and not page.total:
            _say_doubt(session, " ".join(filters))
        return Answer(
            site=site.name,
            view=name,
            wall=opened.wall,
            feeds={feed: judged.standings.get(feed, NEVER_HEARD) for feed in view.feeds or judged.standings},
            columns=chosen,
            rows=[[getattr(row, column.key) for column in chosen] for row in page.rows],
            total=None if unknown and not page.rows else page.total,
            worst=judged.worst(view.feeds or None).word,
            attribution=judged.attribution,
            remarks=(
                *([written.not_come(missing, begun(session))] if missing else []),
                *_remarks(VIEWS[name], session, Moment.of(opened.clock, opened.policy)),
            ),
        )


def answer_find(site: Site, text: str, limit: int) -> Answer:
    """What `text` names: boxes, trains, wagons, declarations, bookings, seals, places, kinds of boxes, best first."""
    from storage.queries import find

    with _opened(site) as (session, opened, judged):
        hits = find.find(session, opened.clock, text, limit)
        _say_doubt(session, text)
        return Answer(
            site=site.name,
            view="find",
            wall=opened.wall,
            feeds={feed: judged.standings.get(feed, NEVER_HEARD) for feed in find.FEEDS},
            columns=HIT_COLUMNS,
            rows=[[getattr(hit, column.key) for column in HIT_COLUMNS] for hit in hits],
            total=len(hits),
            worst=judged.worst(find.FEEDS).word,
            attribution=judged.attribution,
            remarks=[written.not_come(missing, begun(session))] if (missing := awaited(session, find.FEEDS)) else [],
        )


def _say_doubt(session: Session, text: str) -> None:
    """Say what is doubtful about `text` as a container number, and which boxes it may mean."""
    from storage.identifiers import display_number
    from storage.queries.find import doubt

    found = doubt(session, text)
    if found is not None:
        meant = " or ".join(display_number(number) for _, number in found.meant)
        question = f" Did you mean {meant}?" if meant else ""
        print(f"{found.words[0].upper()}{found.words[1:]}.{question}", file=sys.stderr)


def report_status(site: Site, how: Format) -> int:
    """Write how every feed stands; 0 all fresh, 1 something late or stale, 2 offline or never synced."""
    try:
        with _opened(site) as (_, view, judged):
            worst_of_all = judged.worst()
            rows = [(name, *_row(standing)) for name, standing in judged.standings.items()]
            rows += [(f"({name})", *_row(NEVER_HEARD)) for name in judged.unheard]
            answer = _status(site, view, rows, judged.standings, worst_of_all.word)
    except CacheMissing:
        worst_of_all = NEVER
        answer = _status(site, View.of_site(site), [], {}, NEVER.word)
    write(answer, how)
    return 0 if worst_of_all.state in FRESH else 2 if worst_of_all.state in OFFLINE else 1


NEVER_HEARD = Standing(NEVER.state, NEVER.word, None, None)


def _status(
    site: Site, view: View, rows: Sequence[Sequence[object]], feeds: Mapping[str, Standing], words: str
) -> Answer:
    return Answer(site.name, "status", view.wall, feeds, STATUS_COLUMNS, rows, len(rows), words)


def _row(standing: Standing) -> tuple[object, ...]:
    return standing.state, standing.word, standing.age, standing.as_of


@contextmanager
def _opened(site: Site) -> Iterator[tuple[Session, View, Judged]]:
    """One consistent state of the site's cache, in one session, by the source's clock."""
    with closing(View.of_site(site)) as view, view.read() as session:
        if view.cache.notice:
            print(view.cache.notice, file=sys.stderr)
        sources = {source.source: source for source in session.exec(select(SourceState))}
        view.told(
            [source.site for source in sources.values()],
            [source.timezone for source in sources.values()],
            [timedelta(milliseconds=source.skew_ms) for source in sources.values()],
        )
        yield session, view, _judged(session, view, site, sources)


def _judged(session: Session, view: View, site: Site, sources: Mapping[str, SourceState]) -> Judged:
    leader = session.get(Leader, 1)
    feeds: dict[str, Freshness] = {}
    standings: dict[str, Standing] = {}
    for state in session.exec(select(FeedState).order_by(col(FeedState.feed))):
        fresh = judge(state, sources.get(state.source), leader, view.machine_now)
        if state.feed not in feeds or worst((fresh, feeds[state.feed])) is fresh:
            feeds[state.feed] = fresh
            standings[state.feed] = Standing(fresh.state, fresh.word, fresh.age, state.as_of)
    unheard = [upstream.name for upstream in site.upstreams if upstream.name not in sources]
    attribution = [source.attribution for source in sources.values() if source.attribution]
    return Judged(feeds, standings, unheard, attribution)


def _view(name: str) -> queries.View[Any]:
    view: queries.View[Any] = getattr(import_module(VIEWS[name].module), VIEWS[name].name)
    return view


def _remarks(shown: Shown, session: Session, moment: Moment) -> Sequence[str]:
    if not shown.remarks:
        return ()
    remarks: Sequence[str] = getattr(import_module(shown.module), shown.remarks)(session, moment)
    return remarks


def _columns(view: queries.View[Any], wanted: str | None, brief: str) -> Sequence[Column]:
    if wanted is None or wanted == "all":
        return view.columns
    names = brief if wanted == "brief" else wanted.replace(",", " ")
    return [column_named(view.columns, name, view.name) for name in names.split()]
