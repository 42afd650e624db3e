"""A screen whose main part is a list: filter, sort, presets and columns, the same in every pane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on

from console.format import UNKNOWN, Wall, joined, shown_of
from console.notebook import Thing
from console.panes.source import Asked, TableSource
from console.screens.chooser import Choice, Chooser
from console.screens.grids import GridScreen, Part
from console.watch import Pulse
from widgets.columns import Column
from widgets.grid import Grid
from widgets.rows import Found, Page, Row, Source
from widgets.tile import Tile

if TYPE_CHECKING:
    from storage.queries.views import View as Table


class Chosen:
    """A source seen through the columns that are shown: cells of the others are left out."""

    def __init__(self, source: Source, places: Sequence[int]) -> None:
        self._source = source
        self._places = places

    def page(self, offset: int, limit: int) -> Page:
        """The source's page, with the chosen cells."""
        return self._chosen(self._source.page(offset, limit))

    def around(self, key: str, above: int, limit: int) -> Found | None:
        """What the source finds, with the chosen cells."""
        found = self._source.around(key, above, limit)
        return found and found._replace(page=self._chosen(found.page))

    def _chosen(self, page: Page) -> Page:
        rows = [row._replace(cells=tuple(row.cells[place] for place in self._places)) for row in page.rows]
        return page._replace(rows=rows)


class Listing(GridScreen):
    """Lists `noun` in a grid: the pane names the table of records, the columns and how a record is written in them."""

    noun: ClassVar[str] = "rows"
    columns: ClassVar[tuple[Column, ...]] = ()
    first: ClassVar[str] = ""
    """The preset it starts with; `a` goes from it to everything and back."""
    order: ClassVar[tuple[str, str]] = ("", "")
    """How that preset is sorted, as columns (none: as the table is) and in words."""
    topmost: ClassVar[bool] = True
    """Whether its tile is the first one, which says how fresh the pane is."""

    def __init__(self, words: str = "") -> None:
        super().__init__()
        self.asked = Asked(words, preset=self.first)
        self._source: TableSource[Any] | None = None
        self._hidden: frozenset[str] = frozenset()
        self._started = False
        self._count = ""

    def make_grid(self) -> Grid:
        """The list itself; a pane puts it where it belongs."""
        return Grid(self.columns, empty="", markable=True, id="list")

    @property
    def grid(self) -> Grid:
        """The list."""
        return self.query_one("#list", Grid)

    def table(self) -> Table[Any]:
        """The records it lists; imported when they are first asked for, after the first frame."""
        raise NotImplementedError

    def write(self, record: Any, wall: Wall) -> Row:
        """A record as cells, in the order of `columns`."""
        raise NotImplementedError

    def source(self, asked: Asked) -> TableSource[Any]:
        """The rows that are asked for."""
        if self._in_first_order:
            asked = asked._replace(sort=self.order[0])
        return TableSource(self.view, self.table(), asked, self.write)

    def thing(self) -> Thing | None:
        """The row under the cursor; it is called by its first strong cell."""
        row = self.grid.cursor_row
        if row is None:
            return None
        kind = "box" if self.noun == "boxes" else self.noun.removesuffix("s")
        return Thing(kind, row.key, next((cell.text for cell in row.cells if cell.style == "strong"), row.key))

    @property
    def _in_first_order(self) -> bool:
        return not self.asked.sort and self.asked.preset == self.first

    def open_row(self, key: str) -> None:
        """Enter on a row."""
        raise NotImplementedError

    def heading(self) -> str:
        """What is listed: `Trains, next 12 h, sorted by late`."""
        words = f"'{self.asked.words}'" if self.asked.words else ""
        sort = f"by {self.asked.sort}" if self.asked.sort else self.order[1] if self._in_first_order else ""
        return joined((self.noun.capitalize(), self.asked.preset, words, sort), ", ")

    def show_heading(self) -> None:
        """What is listed, how much of it is in sight, and how fresh it is where the title bar does not say it near."""
        fresh = self.fresh().word if self.topmost and self.wide else ""
        self.query_one("#rows", Tile).retitle(self.heading(), joined((self._count, fresh), "  "))

    def show_freshness(self, pulse: Pulse) -> None:
        self.show_heading()

    def on_resize(self) -> None:
        super().on_resize()
        self.show_heading()

    # --------------------------------------------------------------------------------------------------- keeping up

    @property
    def feeds(self) -> frozenset[str]:
        return frozenset(self.table().feeds)

    def on_mount(self) -> None:
        self.grid.focus()

    def reload(self) -> None:
        """Ask again; the first time there is anything to ask, begin."""
        if self._started:
            super().reload()
        elif not self.port.pulse.problem:
            self.list_rows(self.asked)

    def list_rows(self, asked: Asked) -> None:
        """Show other rows, or the same in another order; the cursor stays on its row if it is among them."""
        sorted_anew, self.asked = asked.sort != self.asked.sort, asked
        self._started = True
        self._source = self.source(asked)
        shown = [place for place, column in enumerate(self.columns) if self._is_shown(column)]
        source = Chosen(self._source, shown) if self._hidden else self._source
        part = Part(self.heading(), [self.columns[place] for place in shown], source)
        self.fill(self.grid, part, self._empty(), sorted_anew=sorted_anew)

    def _empty(self) -> str:
        found = self.nothing()
        within = self.asked.preset not in ("", "all")
        return f"{found} in '{self.asked.preset}': a shows all" if within else found

    def nothing(self) -> str:
        """That there are no rows, or none that match."""
        return f"no {self.noun} match '{self.asked.words}'" if self.asked.words else f"no {self.noun}"

    def _is_shown(self, column: Column) -> bool:
        return column.key not in self._hidden

    @on(Grid.Loaded, "#list")
    def _loaded(self, message: Grid.Loaded) -> None:
        everything = max(message.total, self._source.everything if self._source else 0)
        shown = message.total if message.total < everything else min(message.shown, message.total)
        self._count = shown_of(shown, everything)
        if self._source and self._source.missing:
            self._count = f"{self._count} so far" if everything else UNKNOWN
        self.show_heading()

    @on(Grid.Opened, "#list")
    def _opened(self, message: Grid.Opened) -> None:
        if message.key is not None:
            self.open_row(message.key)

    # ------------------------------------------------------------------------------------------------------ commands

    def do_filter(self, argument: str) -> None:
        """Filter by these words; without any, type them."""
        if argument:
            self.filter_by(argument)
        else:
            self.type_on("/", "filter", f"{self.asked.words} ".lstrip())  # what is typed goes on with a word of its own

    def filter_by(self, words: str) -> None:
        words = words.strip()
        if words != self.asked.words:
            self.list_rows(self.asked._replace(words=words))

    def do_back(self, argument: str) -> None:
        """Drop the filter first, then go one level back."""
        if self.asked.words and len(self.app.screen_stack) == 1:
            self.filter_by("")
        else:
            super().do_back(argument)

    def do_sort(self, argument: str) -> None:
        """Sort by the named columns; without any, choose one. The same one again turns the order round."""
        if argument:
            self.list_rows(self.asked._replace(sort=argument))
            return

        def chosen(key: str | None) -> None:
            if key is not None:
                self.list_rows(self.asked._replace(sort=f"-{key}" if self.asked.sort == key else key))

        choices = [Choice(column.key, column.title or column.key, column.doc) for column in self.table().columns]
        current = self.asked.sort.split(",")[0].removeprefix("-")
        self.app.push_screen(Chooser("Sort by (again: the other way round)", choices, current), chosen)

    def do_presets(self, argument: str) -> None:
        """Take the preset of this name; without one, choose."""
        presets = {preset.name: preset for preset in self.table().presets}

        def chosen(name: str | None) -> None:
            if name is None:
                return
            if name in presets:
                self.list_rows(Asked(self.asked.words, preset=name))
            else:
                self.port.say(f"There is no preset '{name}': {', '.join(presets) or 'this list has none'}.")

        if argument:
            chosen(argument)
        else:
            choices = [Choice(preset.name, preset.name, preset.filter) for preset in presets.values()]
            self.app.push_screen(Chooser("Presets", choices, self.asked.preset), chosen)

    def do_all(self, _argument: str) -> None:
        """Everything, or again only what the screen starts with."""
        everything = "all" if self.asked.preset == self.first else self.first
        self.list_rows(Asked(self.asked.words, self.asked.sort, everything))

    def do_columns(self, argument: str) -> None:
        """Show or hide a column by its key; without one, choose."""
        keys = {column.key for column in self.columns if column.rank}

        def chosen(key: str | None) -> None:
            if key is None:
                return
            if key in keys:
                self._hidden = self._hidden ^ {key}
                self.grid.set_columns([column for column in self.columns if self._is_shown(column)])
                self.list_rows(self.asked)
            else:
                self.port.say(f"There is no column '{key}' to hide: {', '.join(sorted(keys))}.")

        if argument:
            chosen(argument)
            return
        choices = [
            Choice(column.key, column.title or column.key, "shown" if self._is_shown(column) else "hidden")
            for column in self.columns
            if column.key in keys
        ]
        self.app.push_screen(Chooser("Columns", choices), chosen)
