"""Tracks over time: who stands where and when, what collides, and which track is free at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import on
from textual.widget import Widget

from console import format as written
from console.format import Wall
from console.notebook import Thing
from console.panes import cells
from console.panes.trains import track_rows
from console.screens.grids import GridScreen, Part
from storage.errors import UsageError
from widgets import glyphs
from widgets.cells import Cell, Line
from widgets.columns import Column
from widgets.grid import Grid
from widgets.record import wrap
from widgets.rows import ListSource, Row
from widgets.textlines import TextLines
from widgets.tile import Tile
from widgets.timeline import Timeline

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from storage.clock import Clock
    from storage.figures.free_tracks import Answer, Wanted
    from storage.figures.policy import Policy
    from storage.figures.stays import Occupation
    from storage.models import Note
    from storage.queries.tracks import TrackBoard

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOST_CHOSEN = 3
NO_TRACKS: list[Line] = [[("no tracks are known", "dim")]]
COLUMNS = (Column("risk", "", 2, gap=0), Column("words", "", 30, grow=True))


class Known(NamedTuple):
    """The tracks in sight, and what is free: at the time that was asked for, and at each hour."""

    board: TrackBoard
    free: list[Answer]
    by_hour: list[tuple[datetime, list[Answer]]]
    notes: Mapping[str, Sequence[Note]]
    """By what is chosen in the picture, `train:X9582` or `track:track-4`."""


class TracksScreen(GridScreen):
    """The picture has the keys; Tab goes to what is said of it. It follows now until it is scrolled."""

    kind = "tracks"
    withheld = frozenset({"mark", "unmark"})
    hints: ClassVar[Mapping[str, str]] = {"tracks": "list"}
    DEFAULT_CSS = """
    TracksScreen #answers { height: 8; }
    TracksScreen.-wide #answers { height: 9; }
    TracksScreen #chosen { height: 1; }
    """

    def __init__(self, train: str = "") -> None:
        super().__init__()
        self._train = train
        self._wanted = track_rows.Asked()
        self._known: Known | None = None

    def body(self) -> Iterable[Widget]:
        yield Tile("Tracks", Timeline(id="tracks"), id="picture", below=True)
        said = Grid(COLUMNS, heading=False, id="said")
        yield Tile("Conflicts", TextLines(id="chosen"), said, id="answers", above=True)

    def crumbs(self) -> tuple[str, ...]:
        return ("Trains", "Tracks")

    @property
    def timeline(self) -> Timeline:
        """The picture."""
        return self.query_one(Timeline)

    @property
    def feeds(self) -> frozenset[str]:
        from storage.queries.tracks import FEEDS

        return frozenset(FEEDS)

    # ---------------------------------------------------------------------------------------------------- keeping up

    def on_mount(self) -> None:
        if self._train:
            self.timeline.choose(f"train:{self._train}")
        self.timeline.focus()

    def focus_main(self) -> None:
        self.timeline.focus()

    def on_resize(self) -> None:
        super().on_resize()
        self.call_after_refresh(self._show_picture)
        self._show_answers()

    def show_freshness(self, _pulse: object) -> None:
        self._show_titles()

    def reload(self) -> None:
        """More than what is in sight is read, so that a scroll shows at once what comes into it."""
        if self.port.pulse.problem:
            return
        timeline, asked, wall, policy = self.timeline, self._wanted, self.view.wall, self.view.policy
        timeline.now, timeline.zone = wall.now, wall.zone
        room = max(timeline.end - timeline.start, DAY)
        window, at = (timeline.start - room, timeline.end + room), asked.begins(wall)

        def query(session: Session, clock: Clock) -> Known:
            from storage.figures.free_tracks import Wanted

            return _read(session, clock, window, Wanted(at, *asked[1:]), policy)

        self.ask("tracks", query, self._take)

    def _take(self, found: Known) -> None:
        self._known = found
        self._show_picture()
        self._show_answers()

    def _show_picture(self) -> None:
        """Again when there is another room for the names of the tracks that are free in an hour."""
        if self._known is None:
            return
        wall, room = self.view.wall, max(1, 60 // self.timeline.minutes - 1)
        notes = track_rows.hours_free(self._known.by_hour, room)
        name = f"free for {written.waited(self._wanted.duration)}" if self.wide else "free"
        self.timeline.show(track_rows.lanes(self._known.board), wall.now, wall.zone, (name, notes))

    @on(Timeline.Scrolled)
    def _scrolled(self) -> None:
        self._show_picture()
        self._show_titles()
        self.reload()

    @on(Timeline.Moved)
    def _moved(self) -> None:
        self._show_answers()

    @on(Timeline.Opened)
    def _opened_bar(self, message: Timeline.Opened) -> None:
        kind, _, identity = message.timeline.chosen.partition(":")
        if kind == "train":
            self.port.open_detail(kind, identity)
        else:
            self.port.say("Nothing stands on this track in this time.")

    @on(Grid.Opened)
    def _opened_row(self, message: Grid.Opened) -> None:
        kind, identity = (message.key or "").split(":")[:2]
        if kind == "train":
            self.port.open_detail(kind, identity)

    # ------------------------------------------------------------------------------------------------------- in words

    def _show_answers(self) -> None:
        if self._known is None:
            return
        wall, room = self.view.wall, self.size.width - 8
        free, *others = track_rows.free_sentences(self._known.free, wall)
        board = self._known.board
        rows = [*_lines([free], room), *_collisions(board, wall, room), *_unclear(board), *_lines(others, room)]
        self.fill(self.query_one("#said", Grid), Part("tracks", COLUMNS, ListSource(rows)))
        chosen = self.timeline.chosen
        noted = self._known.notes.get(chosen, ())
        lines = track_rows.chosen_lines(self._visit(), noted, wall, room, board.missing) if chosen else NO_TRACKS
        said = self.query_one("#chosen", TextLines)
        said.styles.height = min(len(lines), MOST_CHOSEN)
        said.show(lines)
        self._show_titles()

    def _visit(self) -> Occupation | None:
        _, _, train = self.timeline.chosen.partition("train:")
        visits = (visit for line in self._known.board.lines for visit in line.visits) if self._known else ()
        return next((visit for visit in visits if visit.train_id == train), None)

    def _show_titles(self) -> None:
        if self._known is None:
            return
        timeline, wall = self.timeline, self.view.wall
        scale = f"one character is {timeline.minutes} min"
        scale += "  ←→ scroll  +- zoom  0 now" if self.wide else "  ←→ +- 0"
        title = f"Tracks, {wall.span(timeline.start, timeline.end, ' to ')}, {scale}"
        inputs = self.fresh().word if self.wide else ""
        count = len(self._known.board.collisions)
        note = "no conflict" if not count else "1 conflict" if count == 1 else f"{count} conflicts"
        note = written.not_come(self._known.board.missing) or note
        self.query_one("#picture", Tile).retitle(glyphs.spell(title), written.joined((note, inputs), "  "))
        free = track_rows.free_title(self._wanted, wall)
        self.query_one("#answers", Tile).retitle(f"Conflicts, and {free}", "F another time")

    def thing(self) -> Thing | None:
        """The visit that is chosen, or the track that has none."""
        kind, _, identity = self.timeline.chosen.partition(":")
        visit = self._visit()
        return Thing(kind, identity, visit.number if visit else f"track {identity}") if kind else None

    # -------------------------------------------------------------------------------------------------------- commands

    def do_open(self, _argument: str) -> None:
        """Open the train that is chosen."""
        if self.focused is self.timeline:
            self.timeline.action_open()
        else:
            self.active.action_open()

    def do_tracks(self, _argument: str) -> None:
        """Back to the list."""
        self.do_back("")

    def do_free(self, argument: str) -> None:
        """Which track is free: at a time, for how long, for a train of so many metres, with a crane."""
        if argument:
            self.entered("free", argument)
        else:
            self.type_on(f"free at {self._wanted.words(self.view.wall)}, or at:", "free")

    def entered(self, purpose: str, text: str) -> None:
        if purpose != "free":
            super().entered(purpose, text)
            return
        try:
            self._wanted = track_rows.read_asked(text, self.view.wall, self._wanted)
        except UsageError as error:
            self.port.say(str(error))
        else:
            self.reload()


def _read(session: Session, clock: Clock, window: tuple[datetime, datetime], wanted: Wanted, policy: Policy) -> Known:
    from storage.queries.tracks import free_at, free_by_hour, track_board

    board = track_board(session, clock, start=window[0], end=window[1], policy=policy)
    hour = board.now.replace(minute=0, second=0, microsecond=0) + HOUR
    hours = max(0, (window[1] - hour) // HOUR)
    by_hour = free_by_hour(session, clock, wanted._replace(at=hour), hours, policy=policy)
    return Known(board, free_at(session, clock, wanted, policy=policy), by_hour, dict(_notes(session, clock, board)))


def _notes(session: Session, clock: Clock, board: TrackBoard) -> Iterator[tuple[str, Sequence[Note]]]:
    """Only what has any is asked for its notes."""
    from storage import notes

    things = {"train": [visit.train_id for line in board.lines for visit in line.visits]}
    things["track"] = [line.id for line in board.lines]
    for kind, ids in things.items():
        for identity in notes.counts(session, clock, kind, ids):
            yield f"{kind}:{identity}", notes.on(session, clock, kind, identity)


def _collisions(board: TrackBoard, wall: Wall, room: int) -> Iterator[Row]:
    """A sign before the first line of each; Enter on any of them opens the visit that comes last."""
    for nth, each in enumerate(board.collisions):
        sign = cells.risk_cell("act" if each.conflict.certain else "unknown")
        for number, line in enumerate(wrap(track_rows.collision_line(each, wall), room)):
            yield Row(f"train:{each.conflict.trains[-1]}:{nth}:{number}", (Cell() if number else sign, Cell(line)))


def _unclear(board: TrackBoard) -> Iterator[Row]:
    """Visits in sight of which nobody can tell when they stand there."""
    names = {line.id: line.name for line in board.lines}
    seen = {visit.train_id for line in board.lines for visit in line.visits}
    for visit, why in board.cannot_tell:
        if visit.train_id in seen:
            words = f"Track {names.get(visit.track_id, visit.track_id)}  {visit.number}: {why}"
            yield Row(f"train:{visit.train_id}:unclear", (cells.risk_cell("unknown"), Cell(words)))


def _lines(sentences: Iterable[tuple[str, str]], room: int) -> Iterator[Row]:
    for sentence, style in sentences:
        for number, line in enumerate(wrap(sentence, room)):
            yield Row(f"{sentence.partition(':')[0]}:{number}", (Cell(), Cell(line, style)))


PAGE = TracksScreen
