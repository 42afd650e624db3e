"""What is in the boxes: sizes, weights, goods, dangerous goods, owners; shares are assumptions of the model."""

from dataclasses import dataclass
from random import Random

SIZE_TYPES = {
    "45G1": 40, "22G1": 29, "42G1": 12, "45R1": 3, "22T1": 2, "L5G1": 2, "22R1": 1, "22U1": 1, "42U1": 1, "42P1": 1,
}  # fmt: skip
"""Size-types (ISO 6346) of full boxes and their weights in the draw."""
EMPTY_SIZE_TYPES = {"45G1": 50, "22G1": 30, "42G1": 14, "45R1": 4, "L5G1": 2}
_FULL_SIZES = tuple(size for size, weight in SIZE_TYPES.items() for _ in range(weight))
_EMPTY_SIZES = tuple(size for size, weight in EMPTY_SIZE_TYPES.items() for _ in range(weight))
TARE_KG = {
    "22G1": 2_230, "42G1": 3_740, "45G1": 3_880, "L5G1": 4_800, "22R1": 3_050, "45R1": 4_640, "22T1": 3_650,
    "22U1": 2_320, "42U1": 3_980, "42P1": 5_200,
}  # fmt: skip
PAYLOAD_KG = {"2": (6_000, 25_500), "4": (7_000, 25_800), "L": (8_000, 26_000)}

OWNERS = {
    "LSTU": "Land-Sea Trade Box", "SHPU": "Shapingba Container Lease", "QZHU": "Qinzhou Lines",
    "WLMU": "Wuling Mountain Box", "CQIU": "Chongqing Intermodal Pool",
}  # fmt: skip
"""Invented owner prefixes; the pool of the container-sharing centre is the last one's."""
PREFIXES = tuple(OWNERS)
SHARED_OWNER = "CQIU"

SHIPPERS = (
    "Bashan Auto Parts", "Jialing Motor Works", "Shancheng Electronics", "Lize Laptop Works", "Fuling Pickles",
    "Wanzhou Citrus", "Tongnan Lemon", "Beibei Instruments", "Changshou Chemicals", "Qijiang Gear",
    "Hechuan Glass", "Yongchuan Paper", "Dazu Hardware", "Bishan Batteries", "Rongchang Ceramics",
)  # fmt: skip
EXPORT_GOODS = (
    "laptops and parts", "motorcycles", "car parts", "general machinery", "glass fibre", "ceramic tiles",
    "household appliances", "printers", "garments", "tinned food", "steel fittings", "paper products",
)  # fmt: skip
IMPORT_GOODS = (
    "paper pulp", "timber boards", "car parts", "wine", "milk powder", "cassava starch", "rubber", "polymer granules",
    "machine tools", "cosmetics", "coffee beans", "medical devices",
)  # fmt: skip

SPECIAL_GOODS = {
    "meat": ("frozen beef", -20.0), "fruit": ("fresh durian", 13.0), "pharmaceutical": ("vaccines and serum", 5.0),
    "grain": ("barley in bags", None), "vehicle": ("passenger cars", None),
}  # fmt: skip
"""Goods that only a designated site may clear, with the reefer's set-point, degrees Celsius."""

DANGEROUS_GOODS = (
    ("3", "1263"), ("3", "1866"), ("3", "1170"), ("3", "1993"), ("8", "1830"), ("8", "1824"), ("8", "2794"),
    ("8", "1805"), ("9", "3480"), ("9", "3481"), ("9", "3077"), ("9", "3082"), ("5.1", "2014"), ("2.1", "1950"),
)  # fmt: skip
"""IMDG class and UN number: paint, resin, ethanol, flammable liquid; acids, lye, wet batteries; lithium batteries,
environmentally hazardous; hydrogen peroxide; aerosols."""
TANK_GOODS = (("3", "1170"), ("8", "1830"), ("8", "1824"), ("8", "1805"), ("3", "1993"))


@dataclass(frozen=True)
class Cargo:
    """What a full box holds."""

    goods: str
    setpoint_c: float | None = None
    special_kind: str | None = None
    dangerous: tuple[str, str] | None = None


def draw_size(chance: Random, *, full: bool = True) -> str:
    """A size-type by its weight in the draw."""
    return chance.choice(_FULL_SIZES if full else _EMPTY_SIZES)


def is_forty(size_type: str | None) -> bool:
    """It takes a 40-foot place: 40 and 45 foot."""
    return size_type is not None and size_type[0] != "2"


def teu(size_type: str | None) -> int:
    """Places of 20 foot that a box takes in stack and on a wagon."""
    return 2 if is_forty(size_type) else 1


def draw_gross(chance: Random, size_type: str, *, full: bool) -> int:
    """Gross mass, kg, in tens; payloads lean to the heavy side."""
    tare = TARE_KG[size_type]
    if not full:
        return tare
    least, most = PAYLOAD_KG[size_type[0]]
    return tare + 10 * round(chance.triangular(least, most, 0.75 * most) / 10)


def draw_cargo(chance: Random, size_type: str, *, inbound: bool) -> Cargo:
    """Goods that fit the kind of box: cold in reefers, liquids in tanks, 3 % dangerous in the others."""
    kind = size_type[2]
    if kind == "R":
        special = chance.choices(("meat", "fruit", "pharmaceutical"), weights=(5, 4, 1))[0]
        goods, setpoint = SPECIAL_GOODS[special]
        return Cargo(goods, setpoint, special if inbound else None)
    if kind == "T":
        return Cargo("liquid chemicals", dangerous=chance.choice(TANK_GOODS))
    if kind == "G" and chance.random() < 0.03:
        return Cargo("chemicals in packages", dangerous=chance.choice(DANGEROUS_GOODS))
    if inbound and chance.random() < 0.04:
        special = chance.choice(("grain", "vehicle"))
        return Cargo(SPECIAL_GOODS[special][0], None, special)
    return Cargo(chance.choice(IMPORT_GOODS if inbound else EXPORT_GOODS))
