"""What is so of a box by its own record, as one number: readiness reads it of every booked box from an index.

Text and not expressions of SQLAlchemy: SQLite answers a query from an index only where the query says the same, values
included. SQLite and PostgreSQL both read it.
"""

from storage.identifiers import LOCAL_SIZE_TYPES, TEU_BY_LENGTH

HERE = ("yard", "loaded", "departed")
ON_TRAIN = ("loaded", "departed")
PERMITTED = ("released", "not needed")
"""Customs permissions that let a box leave."""


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


FACTS = {
    "received": f"received_at IS NOT NULL OR state IN ({_listed(HERE)})",
    "on train": f"state IN ({_listed(ON_TRAIN)})",
    "rolled": "rolled",
    "on hold": "holds <> ''",
    "documents": "NOT documents_complete",
    "vgm": 'vgm_kg IS NULL AND coalesce("full", TRUE)',
    "permitted": f"""customs IN ({_listed(PERMITTED)}) OR customs IS NULL AND NOT "full\"""",
    "undeclared": "customs = 'not declared'",
    "reefer": "setpoint_c IS NOT NULL OR substr(size_type, 3, 1) = 'R'",
    "dangerous": "imdg_class IS NOT NULL OR un_number IS NOT NULL",
}
"""Name of a fact to when it is so; unknown is not so. `documents` and `vgm` are what is missing. The first is bit 0."""
FORTY_FIVE = 5
"""The length of a box of 45 feet, of which each site says how many TEU it is; of others it is twice their TEU."""
LENGTH = 1 << len(FACTS)
"""What the length is counted in, above the bits of the facts; an unknown one is 0."""


def _length() -> str:
    local = tuple(code for code, meant in LOCAL_SIZE_TYPES.items() if meant[0] == "L" and code[0] != "L")
    lengths = {code: round(2 * teu) for code, teu in TEU_BY_LENGTH.items()} | {"L": FORTY_FIVE}
    whens = " ".join(f"WHEN '{code}' THEN {length}" for code, length in lengths.items())
    by_first = f"CASE substr(size_type, 1, 1) {whens} ELSE 0 END"
    return f"CASE WHEN size_type IN ({_listed(local)}) THEN {FORTY_FIVE} ELSE {by_first} END"


BOX_FACTS = " + ".join(
    (
        *(f"CASE WHEN {so} THEN {1 << place} ELSE 0 END" for place, so in enumerate(FACTS.values())),
        f"{LENGTH} * {_length()}",
    )
)
"""The number, of a row of `containers`."""
