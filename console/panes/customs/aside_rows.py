"""What stands beside the queue as rows and lines: inspection bays and boxes to bring, locks, designated sites."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from console import format as written
from console.format import Wall
from console.panes import cells
from widgets.bars import fill_bar
from widgets.cells import Cell
from widgets.columns import Column
from widgets.glyphs import spell
from widgets.rows import Row
from widgets.slots import BayLine, SlotMark

if TYPE_CHECKING:
    from storage.queries.designated_sites import SiteRow
    from storage.queries.inspections import InspectionDay, ToBring
    from storage.queries.seals import SealRow

BAR = 8
SILENT = timedelta(hours=1)
"""A lock unheard of for so long stands out."""
BRING_COLUMNS = (
    Column("sign", "", 2),
    Column("box", "To bring", 13),
    Column("where", "Where", 11, grow=True),
    Column("wanted", "Wanted", 10, align="right"),
    Column("bay", "Bay", 3, align="right", rank=2),
    Column("rehandles", "Rehandles", 9, align="right", rank=1),
)
SEAL_COLUMNS = (
    Column("sign", "", 2),
    Column("number", "Lock", 7),
    Column("state", "State", 19),
    Column("box", "Box", 13),
    Column("where", "Last position", 15, rank=2, grow=True),
    Column("seen", "Seen", 9, align="right"),
    Column("battery", "Battery", 7, align="right", rank=1),
    Column("train", "Train", 6, rank=3),
)
SITE_COLUMNS = (
    Column("kind", "Site", 14),
    Column("waiting", "Wait", 4, align="right"),
    Column("bays", "Bays", 5, align="right"),
    Column("plugs", "Plugs", 5, align="right", rank=2),
    Column("inside", "Inside", 8, align="right", rank=1),
    Column("month", "Month, TEU", 11, align="right"),
    Column("target", "of target", 14, rank=4),
    Column("left", "Quota left", 10, align="right", rank=3),
    Column("block", "Block", 5, rank=5),
)


def bays(day: InspectionDay) -> list[BayLine]:
    """The bays as lines; a terminal of several inspection blocks names the block too."""
    several = len({bay.block for bay in day.bays}) > 1
    return [
        BayLine(
            f"{bay.block} bay {bay.bay}" if several else f"Bay {bay.bay}",
            [SlotMark(slot.starts, slot.use) for slot in bay.slots],
        )
        for bay in day.bays
    ]


def bring_row(box: ToBring, wall: Wall) -> Row:
    """A box that is called and not there yet; the key leads to it, else to its declaration."""
    key = f"box:{box.container_id}" if box.container_id else f"declaration:{box.declaration_id or ''}"
    wanted = "no slot" if box.wanted is None else wall.time(box.wanted)
    return Row(
        f"{key}/{box.id}",
        (
            cells.risk_cell("act" if box.late else "watch" if box.wanted is None else "calm", unsure=box.unsure),
            Cell(written.box_number(box.box), "strong" if box.box else "dim"),
            Cell(box.where or written.UNKNOWN),
            Cell(wanted + (" late" if box.late and box.wanted is not None else ""), "late" if box.late else ""),
            cells.number_cell(box.bay) if box.wanted is not None else Cell(),
            cells.number_cell(box.rehandles),
        ),
    )


def seal_row(seal: SealRow, wall: Wall) -> Row:
    """A lock; what wants somebody has its sign."""
    style = "act" if seal.risk == "act" else "watch" if seal.risk == "watch" else ""
    battery = written.number(None if seal.battery is None else int(seal.battery), "%")
    unheard = seal.silent is not None and seal.silent >= SILENT and seal.here
    return Row(
        seal.id,
        (
            cells.risk_cell(seal.risk, unsure=seal.unsure),
            Cell(seal.number, "strong"),
            Cell(seal.alarm or written.or_unknown(seal.state), style),
            Cell(written.box_number(seal.box) if seal.box else ""),
            Cell(written.or_unknown(seal.where)),
            Cell(wall.time(seal.seen_at), "late" if unheard else ""),
            Cell(battery, "watch" if seal.alarm == "battery low" else ""),
            cells.text_cell(seal.train),
        ),
    )


def site_row(site: SiteRow) -> Row:
    """A designated site: bays, plugs, temperature, and the month against its target and quota."""
    full = site.bays_taken is not None and site.bays is not None and site.bays_taken >= site.bays
    share = None if site.target_percent is None else site.target_percent / 100
    percent = "--" if site.target_percent is None else f"{site.target_percent} %"
    none_left = site.quota_left is not None and site.quota_left <= 0
    return Row(
        site.id,
        (
            Cell(site.kind, "strong"),
            cells.number_cell(site.waiting),
            Cell(
                cells.signed(written.of(site.bays_taken, site.bays), "watch" if full else ""), "watch" if full else ""
            ),
            Cell(written.of(site.plugs_taken, site.plugs) if site.plugs else ""),
            Cell("" if site.temperature_c is None else spell(f"{written.degrees(site.temperature_c)} °C")),
            Cell(written.of(site.used_teu, site.target_teu)),
            Cell(spans=((f"{percent:>5} ", ""), *fill_bar(share, BAR))),
            Cell(written.number(site.quota_left, "TEU"), "act" if none_left else ""),
            cells.text_cell(site.block),
        ),
    )
