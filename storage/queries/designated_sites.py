"""Sites designated for meat, pharmaceuticals, fruit, grain or vehicles: what is free, and how the month goes."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Select, func, select
from sqlmodel import Session

from storage.figures.inspections import percent_of_target
from storage.figures.policy import Moment
from storage.models import Block, Container, Declaration, DeclarationBox, DesignatedSite, table_of
from storage.queries.columns import Column
from storage.queries.customs_queue import is_open
from storage.queries.feeds import not_come
from storage.queries.views import View

FEEDS = ("designated_sites", "blocks", "containers", "declarations", "declaration_boxes")
_site, _block, _box, _decl, _link = (
    table_of(model).c for model in (DesignatedSite, Block, Container, Declaration, DeclarationBox)
)

COLUMNS = (
    Column("name", "Site", "text", "Name.", words=True),
    Column("kind", "Goods", "text", "Goods it is designated for.", words=True),
    Column("block", "Block", "text", "Block it lies in.", words=True),
    Column("waiting", "Waiting", "number", "Declarations of its goods that wait.", "declarations"),
    Column("bays_taken", "Taken", "number", "Bays that are taken.", "bays"),
    Column("bays", "Bays", "number", "Bays.", "bays"),
    Column("plugs_taken", "Plugged", "number", "Plugged in in its block, of those declared as its goods.", "plugs"),
    Column("plugs", "Plugs", "number", "Plugs of the site.", "plugs"),
    Column("temperature_c", "Inside", "number", "Temperature inside.", "°C"),
    Column("used_teu", "Month", "number", "Taken this month.", "TEU"),
    Column("target_teu", "Target", "number", "Target of the month.", "TEU"),
    Column("target_percent", "Of target", "number", "Taken, of the target.", "%"),
    Column("quota_teu", "Quota", "number", "What it may take this month.", "TEU"),
    Column("quota_left", "Left", "number", "Quota left.", "TEU"),
    Column("id", "Id", "text", "Identity of the site."),
)  # fmt: skip


class SiteRow(msgspec.Struct, frozen=True, kw_only=True):
    """A designated site; see `COLUMNS`."""

    id: str
    name: str
    kind: str
    block: str | None
    waiting: int | None
    bays_taken: int | None
    bays: int | None
    plugs_taken: int | None
    plugs: int | None
    temperature_c: float | None
    used_teu: float | None
    target_teu: float | None
    target_percent: int | None
    quota_teu: float | None
    quota_left: float | None


def _read(session: Session, _statement: Select[Any], _moment: Moment) -> Sequence[SiteRow]:
    run = session.connection().execute
    open_of = select(_decl.special_kind, func.count()).where(is_open, _decl.special_kind.is_not(None))
    waiting: dict[str, int] = dict(run(open_of.group_by(_decl.special_kind)).all())
    # Several sites may lie in one block: each has the plugs of its own goods.
    plugged = {(kind, block): boxes for kind, block, boxes in run(_PLUGGED).all()}
    sites = select(*_site, _block.name.label("block")).select_from(
        table_of(DesignatedSite).outerjoin(table_of(Block), _block.id == _site.block_id)
    )
    rows = [_row(row, waiting, plugged) for row in run(sites.order_by(_site.name, _site.id))]
    missing = set(not_come(session, FEEDS))
    if "declarations" in missing:
        rows = [msgspec.structs.replace(row, waiting=None) for row in rows]
    if missing & {"declarations", "declaration_boxes", "containers"}:
        rows = [msgspec.structs.replace(row, plugs_taken=None) for row in rows]
    return rows


_PLUGGED = (
    select(_decl.special_kind, _box.block_id, func.count(_box.id.distinct()))
    .join_from(table_of(Declaration), table_of(DeclarationBox), _link.declaration_id == _decl.id)
    .join(table_of(Container), _box.id == _link.container_id)
    .where(_decl.special_kind.is_not(None), _box.plugged.is_(True), _box.departed_at.is_(None))
    .group_by(_decl.special_kind, _box.block_id)
)


def _row(row: Any, waiting: dict[str, int], plugged: dict[tuple[str, str], int]) -> SiteRow:
    used, target, quota = row.used_teu, row.target_teu, row.quota_teu
    return SiteRow(
        id=row.id, name=row.name, kind=row.kind, block=row.block or row.block_id, waiting=waiting.get(row.kind, 0),
        bays_taken=row.bays_taken, bays=row.bays, plugs=row.plugs,
        plugs_taken=plugged.get((row.kind, row.block_id), 0) if row.plugs and row.block_id else None,
        temperature_c=row.temperature_c, used_teu=used, target_teu=target,
        target_percent=percent_of_target(used, target), quota_teu=quota,
        quota_left=None if used is None or quota is None else quota - used,
    )  # fmt: skip


SITES: View[SiteRow] = View(
    name="sites", title="Designated sites", columns=COLUMNS, feeds=FEEDS, read=_read, default_sort="kind,name"
)
"""Every designated site."""
