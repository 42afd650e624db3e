"""Synthetic containers for the benchmarks: the same for every route that is compared."""

import random
from typing import Any

OWNERS = ("LSTU", "SHPU", "QZHU", "WLMU", "CQIU")
SIZES = ("22G1", "42G1", "45G1", "45R1", "22T1")
CHINESE = ("沙坪坝物流园 电子产品", "团结村 汽车零部件", "钦州港 冷链食品", "江津 木薯淀粉", "重庆 笔记本电脑")
ENGLISH = (
    "Shapingba logistics park, electronics",
    "Tuanjiecun, car parts",
    "Qinzhou, chilled food",
    "Jiangjin, starch",
)


def containers(count: int, *, chinese: bool = False, seed: int = 7) -> list[dict[str, Any]]:
    """`count` records of the containers feed; `chinese` puts names and remarks into every record."""
    draw = random.Random(seed)
    remarks = CHINESE if chinese else ENGLISH
    owner = "新陆海通道箱管" if chinese else "Land-Sea Container Leasing"
    place = "钦州" if chinese else "Qinzhou"
    return [_container(number, draw, owner, place, draw.choice(remarks)) for number in range(count)]


def _container(index: int, draw: random.Random, owner: str, place: str, remark: str) -> dict[str, Any]:
    size = draw.choice(SIZES)
    minute = draw.randrange(60)
    return {
        "id": f"c{index:07d}",
        "rev": draw.randrange(1, 1000),
        "changed_at": f"2026-11-20T02:{minute:02d}:11.250Z",
        "number": _number(draw.choice(OWNERS), index % 1_000_000),
        "size_type": size,
        "category": draw.choice(("export", "import", "transit")),
        "full": draw.random() < 0.8,
        "owner": owner,
        "gross_kg": draw.randrange(4_000, 30_000),
        "vgm_kg": draw.randrange(4_000, 30_000),
        "state": "yard",
        "place": "yard",
        "block_id": f"block-{index % 40}",
        "bay": draw.randrange(1, 119),
        "row": draw.randrange(1, 10),
        "tier": draw.randrange(1, 5),
        "train_id": f"train-{draw.randrange(5000)}",
        "destination_code": "CNQZH",
        "destination": place,
        "booking": f"BK{draw.randrange(100_000):05d}",
        "bill": f"DB-{draw.randrange(10_000):04d}",
        "received_at": f"2026-11-19T{draw.randrange(24):02d}:{minute:02d}:00.000Z",
        "free_until": f"2026-11-26T{draw.randrange(24):02d}:00:00.000Z",
        "documents_complete": True,
        "customs": "released",
        "seal": f"{draw.randrange(100_000):05d}",
        "remark": remark,
    }


def _number(owner: str, serial: int) -> str:
    text = f"{owner}{serial:06d}"
    values = {letter: 10 + place + (place + 9) // 10 for place, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
    total = sum(values.get(sign, int(sign) if sign.isdigit() else 0) << place for place, sign in enumerate(text))
    return f"{text}{total % 11 % 10}"
