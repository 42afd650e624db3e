"""The terminal as it is built: tracks, blocks, cranes, customs office, designated sites, sized for its containers."""

import math
from dataclasses import dataclass

from console.simulator.records import UNWRITTEN, Block, Crane, CustomsOffice, DesignatedSite, Track
from console.simulator.terminal import FULL_SIZE, Terminal

OFFICE_HOURS = "08:30-12:00,13:30-19:00"
OCCUPANCY = {"stack": 0.66, "reefer": 0.68, "dangerous": 0.4, "empty": 0.6}
"""Share of the working capacity that is taken when the yard holds what it was built for."""
SHARES = {"stack": 0.69, "reefer": 0.033, "dangerous": 0.032, "empty": 0.25}
"""Share of the boxes that each kind of block holds."""
TEU_A_BOX = 1.66
SITE_TEMPERATURES = {"meat": -18.0, "fruit": 4.0, "pharmaceutical": 5.0}
"""Degrees Celsius inside the sites that are kept cold."""
WORKING_FACTOR = 0.8
STACK_LETTERS = "ABCDFHJKLMNPSTUVWXYZ"
RAIL_CRANE_TRACKS = ("1", "2", "3", "4", "5")
TRACKS = (
    ("1", 880, True, True), ("2", 880, True, True), ("3", 880, True, False), ("4", 880, True, False),
    ("5", 650, True, True), ("6", 650, False, False), ("7", 850, False, True),
)  # fmt: skip
"""Name, usable metres, under a gantry crane, with an overhead line."""


@dataclass(frozen=True)
class Shape:
    """Rows and tiers of a block, and its most bays."""

    bays: int
    rows: int
    tiers: int


def shape_of(kind: str, containers: int) -> Shape:
    """Blocks grow with the yard: a small gantry crane spans 6 rows, a large one 10."""
    if containers < FULL_SIZE / 4:
        shape = Shape(11, 4, 3)
    elif containers <= 20_000:
        shape = Shape(25, 6, 4)
    else:
        shape = Shape(41, 10, 5)
    return Shape(13, 4, 3) if kind in ("reefer", "dangerous") and containers <= 20_000 else shape


def build(terminal: Terminal) -> None:
    """Write the records of everything that stands still, and of the cranes."""
    for record in (*_tracks(), *_blocks(terminal.containers), *_customs()):
        terminal.log.upsert(record)
    for crane in _cranes(list(terminal.table(Block).values())):
        terminal.log.upsert(crane)
    for site in _sites(terminal):
        terminal.log.upsert(site)


def _tracks() -> list[Track]:
    return [
        Track(id=f"T{name}", **UNWRITTEN, name=name, usable_m=float(metres), crane=crane, catenary=catenary)
        for name, metres, crane, catenary in TRACKS
    ]


def _blocks(containers: int) -> list[Block]:
    blocks: list[Block] = []
    row = 0
    for kind, letters in (("stack", STACK_LETTERS), ("reefer", "R"), ("dangerous", "G"), ("empty", "E")):
        shape = shape_of(kind, containers)
        raw = containers * SHARES[kind] * TEU_A_BOX / OCCUPANCY[kind] / WORKING_FACTOR
        number = max(1, math.ceil(raw / (shape.bays * shape.rows * shape.tiers)))
        bays = max(5, math.ceil(raw / number / (shape.rows * shape.tiers)))
        across = 3 if number <= 3 * len(STACK_LETTERS) // 2 else 9
        for index in range(number):
            line, place = divmod(index, across)
            name = f"{letters[line]}{place + 1}" if kind == "stack" else f"{letters}{index + 1}"
            blocks.append(_block(name, kind, Shape(bays, shape.rows, shape.tiers), place, row + line))
        row += math.ceil(number / across)
    for index in range(_inspection_blocks(containers)):
        blocks.append(_inspection_block(index, row, containers))
    return [*blocks, _heap(row, _inspection_blocks(containers), containers)]


def _block(name: str, kind: str, shape: Shape, map_x: int, map_y: int) -> Block:
    raw = shape.bays * shape.rows * shape.tiers
    return Block(
        id=name, **UNWRITTEN, name=name, kind=kind, bays=shape.bays, rows=shape.rows, tiers=shape.tiers,
        working_factor=WORKING_FACTOR, plugs=round(raw * WORKING_FACTOR / 2) if kind == "reefer" else None,
        map_x=map_x, map_y=map_y,
    )  # fmt: skip


def _heap(map_y: int, map_x: int, containers: int) -> Block:
    """Where damaged empties lie: no bays, rows or tiers, and as much as the site says."""
    return Block(
        id="H1", **UNWRITTEN, name="H1", kind="heap", stated_teu=float(max(12, round(containers / 40))), map_x=map_x,
        map_y=map_y,
    )  # fmt: skip


def _inspection_blocks(containers: int) -> int:
    return max(1, round(math.pow(containers / FULL_SIZE, 0.75) / 2))


def _inspection_block(index: int, map_y: int, containers: int) -> Block:
    bays, rows = (7, 2) if containers <= FULL_SIZE else (11, 4)
    name = f"I{index + 1}"
    return Block(
        id=name, **UNWRITTEN, name=name, kind="inspection", bays=bays, rows=rows, tiers=2,
        stated_teu=float(bays * rows * 2 - 4), inspection_bays=2 if containers <= FULL_SIZE else 4, slot_minutes=30,
        hours=OFFICE_HOURS, map_x=index, map_y=map_y,
    )  # fmt: skip


def _cranes(blocks: list[Block]) -> list[Crane]:
    """A gantry crane for two stack blocks or for the special ones, one a crane track, stackers where none reaches."""
    by_kind = {kind: [block.id for block in blocks if block.kind == kind] for kind in (*SHARES, "inspection", "heap")}
    homes = by_kind["stack"][: math.ceil(len(by_kind["stack"]) / 2)]
    homes += (by_kind["reefer"] + by_kind["dangerous"])[::2]
    cranes = [_crane(f"RMG-{number}", "gantry", 22.0, block=home) for number, home in enumerate(homes, 1)]
    first = len(cranes) + 1
    cranes += [
        _crane(f"RMG-{number}", "gantry", 24.0, track=f"T{name}")
        for number, name in enumerate(RAIL_CRANE_TRACKS, first)
    ]
    stackers = [_crane("RS-1", "stacker", 18.0, track="T6")]
    stackers += [
        _crane(f"RS-{number}", "stacker", 15.0, block=home) for number, home in enumerate(by_kind["inspection"], 2)
    ]
    handlers = [
        _crane(f"EH-{number}", "empty handler", 25.0, block=home)
        for number, home in enumerate(by_kind["empty"] + by_kind["heap"], 1)
    ]
    return cranes + stackers + handlers


def _crane(name: str, kind: str, norm: float, *, block: str | None = None, track: str | None = None) -> Crane:
    return Crane(
        id=name, **UNWRITTEN, name=name, kind=kind, mode="auto" if kind == "gantry" else "manual", block_id=block,
        track_id=track, moves_per_hour=0.0, norm_per_hour=norm, queued=0, interventions=0,
    )  # fmt: skip


def _customs() -> list[CustomsOffice]:
    return [
        CustomsOffice(id="8001", **UNWRITTEN, office="8001", name="Chongqing railway port", hours=OFFICE_HOURS),
        CustomsOffice(id="8014", **UNWRITTEN, office="8014", name="Chongqing bonded and express", hours=OFFICE_HOURS),
    ]


def _sites(terminal: Terminal) -> list[DesignatedSite]:
    """Designated sites; goods that need cold lie in the reefer block, the others at the inspection block."""
    sites = []
    for kind, bays, plugs, quota in (
        ("meat", 3, 24, 260.0), ("fruit", 2, 16, 180.0), ("pharmaceutical", 1, 8, 40.0),
        ("grain", 2, 0, 120.0), ("vehicle", 2, 0, 150.0),
    ):  # fmt: skip
        chance = terminal.chance(f"site {kind}")
        monthly = round(quota * max(1.0, terminal.road_scale))
        sites.append(
            DesignatedSite(
                id=f"site-{kind}",
                **UNWRITTEN,
                name=f"Designated {kind} site",
                kind=kind,
                block_id="R1" if plugs else "I1",
                bays=bays,
                bays_taken=0,
                plugs=plugs,
                temperature_c=SITE_TEMPERATURES.get(kind),
                quota_teu=float(monthly),
                used_teu=float(round(monthly * chance.uniform(0.35, 0.8))),
                target_teu=float(round(monthly * 0.9)),
            )
        )
    return sites
