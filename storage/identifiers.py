"""Identifiers of the trade: ISO 6346 container numbers and size-types, UIC wagon numbers, UN/LOCODE.

Nothing here refuses a record: real feeds carry wrong check digits and codes of their own. A number is kept as it came,
and `container_flags` and `wagon_flags` say what is wrong with it; both are called for every row of a sync, so they work
on tables made at import instead of summing character by character.

Sources: ISO 6346:1995 and its amendments (owner, serial, check digit, size and type), UIC 438-2/-3 (12-digit vehicle
numbers), UN/LOCODE. The tables of sizes and types are in `storage/data/iso6346`, with their origin.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import product
from string import ascii_uppercase

import msgspec

from storage.text import narrow

CATEGORIES = {"U": "freight container", "J": "detachable equipment", "Z": "trailer or chassis", "R": "reefer"}
"""Fourth letter of a container number to its meaning; R is of no edition of the standard, yet it is seen."""

_WEIGHTS = tuple(2**place for place in range(10))
_VALUES = {
    **{str(digit): digit for digit in range(10)},
    # Letters count 10, 12, 13, ... 38: multiples of 11 are left out, or they would not count at all.
    **dict(zip(ascii_uppercase, (value for value in range(10, 39) if value % 11), strict=True)),
}
_DIGITS = {str(digit): digit for digit in range(10)}
_TENS = [f"{digits:03d}" for digits in range(1000)]


def _weighed(text: str, place: int) -> int:
    return sum(_VALUES[character] * _WEIGHTS[place + offset] for offset, character in enumerate(text))


_OWNER = {a + b: _weighed(a + b, 0) for a, b in product(ascii_uppercase, repeat=2)}
_CATEGORY = {a + b: _weighed(a + b, 2) for a, b in product(ascii_uppercase, CATEGORIES)}
_HIGH = {digits: _weighed(digits, 4) for digits in _TENS}
_LOW = {digits: _weighed(digits, 7) for digits in _TENS}

_SPACED = re.compile(r"[\s\-./·•‐-―\[\]()]+")
_NUMBER = re.compile(r"([A-Z]{3})([UJZR])([0-9]{6})([0-9])?", re.ASCII)
_WITHIN = re.compile(
    r"(?<![A-Z0-9])[A-Z]{3}[UJZR][\s\-./]*[0-9]{3}[\s\-./]*[0-9]{3}(?:[\s\-./\[(]*[0-9](?![0-9]))?(?![A-Z0-9])",
    re.ASCII,
)
_LOCODE = re.compile(r"[A-Z]{2} ?[A-Z2-9]{3}", re.ASCII)
MISREAD = {"0": "86", "1": "7", "2": "7", "3": "8", "5": "68", "6": "508", "7": "12", "8": "0356", "9": "4", "4": "9"}
"""Digit to the digits it is mistaken for on a worn door."""
_AS_DIGIT = {"O": "0", "Q": "0", "D": "0", "I": "1", "L": "1", "Z": "2", "S": "5", "G": "6", "B": "8"}
_AS_LETTERS = {"0": "OQD", "1": "IL", "2": "Z", "5": "S", "6": "G", "8": "B"}


@dataclass(frozen=True, slots=True)
class ContainerNumber:
    """A container number of the right shape; `digit` is None where the check digit was left out."""

    owner: str
    category: str
    serial: str
    digit: int | None = None

    @property
    def remainder(self) -> int:
        """The weighted sum modulo 11, 0 to 10."""
        prefix = self.owner + self.category
        return (_OWNER[prefix[:2]] + _CATEGORY[prefix[2:]] + _HIGH[self.serial[:3]] + _LOW[self.serial[3:]]) % 11

    @property
    def expected_digit(self) -> int:
        """The check digit that belongs to it: remainder 10 is written 0."""
        return self.remainder % 10

    @property
    def right(self) -> bool:
        """False when the check digit is there and wrong."""
        return self.digit is None or self.digit == self.expected_digit

    @property
    def weak(self) -> bool:
        """Remainder 10, written 0 as remainder 0 is: swapped digits can pass the check."""
        return self.remainder == 10

    @property
    def fault(self) -> str:
        """A sentence on its wrong check digit; empty when that is right or left out."""
        if self.right:
            return ""
        name = f"{self.owner}{self.category} {self.serial}"
        return f"The check digit of {name} is {self.expected_digit}, not {self.digit}."

    @property
    def number(self) -> str:
        """As feeds write it: `CSQU3054383`; with the right digit where none was given."""
        digit = self.expected_digit if self.digit is None else self.digit
        return f"{self.owner}{self.category}{self.serial}{digit}"

    @property
    def display(self) -> str:
        """As people write it: `CSQU 305438 3`."""
        return display_number(self.number)


def normalise(text: str) -> str:
    """`text` in plain capitals without spaces, hyphens, dots and the box around the check digit."""
    return _SPACED.sub("", narrow(text).upper())


def parse_container(text: str) -> ContainerNumber | None:
    """The container number in `text`, however it is spaced, the check digit right, wrong or absent; else None."""
    match = _NUMBER.fullmatch(normalise(text))
    if match is None:
        return None
    owner, category, serial, digit = match.groups()
    return ContainerNumber(owner, category, serial, None if digit is None else int(digit))


def containers_in(text: str) -> list[str]:
    """The container numbers that stand in a longer text, such as a message."""
    return [normalise(found) for found in _WITHIN.findall(narrow(text).upper())]


def look_alikes(text: str) -> list[ContainerNumber]:
    """The container numbers that `text` is when letters and digits that look alike were taken for each other.

    `CSQU 3O5438 3` with the letter O is CSQU 305438 3. None for what is a container number already.
    """
    signs = normalise(text)
    if len(signs) not in (10, 11) or parse_container(signs) is not None:
        return []
    serial = "".join(_AS_DIGIT.get(sign, sign) for sign in signs[4:])
    owners = product(*(_AS_LETTERS.get(sign, sign) for sign in signs[:4]))
    found = (parse_container("".join(owner) + serial) for owner in owners)
    return [number for number in found if number is not None]


def display_number(number: str) -> str:
    """`CSQU3054383` as `CSQU 305438 3`; anything else as it came."""
    return f"{number[:4]} {number[4:10]} {number[10]}" if _NUMBER.fullmatch(number) and len(number) == 11 else number


def did_you_mean(number: ContainerNumber) -> list[str]:
    """Numbers that somebody may have meant, all with a right check digit, likeliest first, itself left out.

    First the same number with its right digit, then neighbours swapped, then one digit misread. Meant for a number
    that fails its check or is weak; whoever asks keeps those that exist.
    """
    prefix = number.owner + number.category
    wanted = number.expected_digit if number.digit is None else number.digit
    found: dict[str, None] = {}
    if not number.right:
        found[f"{prefix}{number.serial}{number.expected_digit}"] = None
    for serial in (*_swapped(number.serial), *_misread(number.serial)):
        candidate = ContainerNumber(number.owner, number.category, serial, wanted)
        if candidate.right:
            found[candidate.number] = None
    found.pop(number.number, None)
    return list(found)


def _swapped(serial: str) -> list[str]:
    return [
        serial[:place] + serial[place + 1] + serial[place] + serial[place + 2 :] for place in range(len(serial) - 1)
    ]


def _misread(serial: str) -> list[str]:
    return [
        serial[:place] + other + serial[place + 1 :] for place, digit in enumerate(serial) for other in MISREAD[digit]
    ]


def container_flags(number: str | None, size_type: str | None) -> str | None:
    """Data-quality flags of a container, space-separated, or None: `number`, `check_digit`, `size_type`.

    `number` is not of ISO 6346 shape, `check_digit` fails its check, `size_type` is not of ISO 6346 (a local code such
    as 40HC is flagged although it can be read). What is missing is unknown, not wrong: no flag.
    """
    flag = None if number is None else _number_flag(number)
    if size_type is None or is_iso_size_type(size_type):
        return flag
    return "size_type" if flag is None else f"{flag} size_type"


def _number_flag(number: str) -> str | None:
    if len(number) != 11:
        return "number"
    try:
        total = _OWNER[number[:2]] + _CATEGORY[number[2:4]] + _HIGH[number[4:7]] + _LOW[number[7:10]]
        return None if total % 11 % 10 == _DIGITS[number[10]] else "check_digit"
    except KeyError:
        return "number"


# ---------------------------------------------------------------------------------------------------- size and type
LOCAL_SIZE_TYPES = {
    "20GP": "22G1", "22GP": "22G1", "20DV": "22G1", "20DC": "22G1", "20ST": "22G1", "2210": "22G1", "2200": "22G1",
    "20RF": "22R1", "2230": "22R1", "20OT": "22U1", "2250": "22U1", "20FR": "22P3", "2263": "22P3", "20TK": "22T1",
    "2270": "22T1", "40GP": "42G1", "42GP": "42G1", "40DV": "42G1", "40DC": "42G1", "40ST": "42G1", "4300": "42G1",
    "4310": "42G1", "4200": "42G1", "4210": "42G1", "40HC": "45G1", "40HQ": "45G1", "45GP": "45G1", "4500": "45G1",
    "4510": "45G1", "40RF": "42R1", "4330": "42R1", "40RH": "45R1", "40HR": "45R1", "4530": "45R1", "4532": "45R1",
    "40OT": "42U1", "4350": "42U1", "40FR": "42P3", "4363": "42P3", "40TK": "42T1", "4370": "42T1", "45HC": "L5G1",
    "45HQ": "L5G1", "45HR": "L5R1",
}  # fmt: skip
"""Codes of terminals and of the standard before 1995, to the size-type they stand for."""

TEU_BY_LENGTH = {"1": 0.5, "2": 1.0, "3": 1.5, "4": 2.0, "G": 2.0, "H": 2.0, "K": 2.0, "L": 2.0, "M": 2.0, "N": 2.0,
                 "P": 2.0, "A": 1.5, "B": 1.5, "C": 1.5, "D": 1.5, "E": 1.5, "F": 1.5}  # fmt: skip
"""Length code to TEU. Swap bodies of 7 to 8 m reach into a second slot and count 1.5; 45 foot may count otherwise by
the site's rule (`teu_45`)."""

_FEET = {"1": "10 ft", "2": "20 ft", "3": "30 ft", "4": "40 ft", "L": "45 ft", "M": "48 ft"}
_HEIGHTS = {"0": "8 ft", "2": "8 ft 6 in", "4": "9 ft", "5": "high cube 9 ft 6 in", "6": "over 9 ft 6 in",
            "8": "half height", "9": "low"}  # fmt: skip
_GROUPS = {"G": "general purpose", "V": "ventilated", "R": "reefer", "H": "insulated", "U": "open top", "P": "flat",
           "T": "tank", "B": "bulk", "S": "named cargo", "A": "air and surface", "N": "dry tank"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SizeType:
    """A size-type in words. `code` is the ISO 6346 one, `raw` as it came; `teu` None where the length is unknown."""

    raw: str
    code: str
    length: str
    height: str
    group: str
    type: str
    length_mm: int | None
    teu: float | None

    @property
    def local(self) -> bool:
        """The source's own code, read by the table of local codes."""
        return self.raw != self.code

    @property
    def reefer(self) -> bool:
        """It carries its own cooling."""
        return self.code[2:3] == "R"

    @property
    def words(self) -> str:
        """`40 ft high cube 9 ft 6 in, general purpose`."""
        return f"{self.length} {self.height}, {self.group}"


class _Sizes(msgspec.Struct):
    length: dict[str, str]
    heightWidth: dict[str, dict[str, str]]  # noqa: N815  # the table's own name


@cache
def _sizes() -> _Sizes:
    return msgspec.json.decode(_table("sizes"), type=_Sizes)


@cache
def _types() -> dict[str, str]:
    return msgspec.json.decode(_table("types"), type=dict[str, str])


def _table(name: str) -> bytes:
    return files("storage").joinpath("data", "iso6346", f"{name}.json").read_bytes()


@lru_cache(maxsize=4096)
def is_iso_size_type(code: str) -> bool:
    """True for a size-type of ISO 6346; a group code such as 45GP, which is of ISO 6346 too, counts as local."""
    sizes = _sizes()
    return len(code) == 4 and code[0] in sizes.length and code[1] in sizes.heightWidth and code[2:] in _types()


@lru_cache(maxsize=4096)
def decode_size_type(raw: str, *, teu_45: float = 2.0) -> SizeType | None:
    """The size-type in words, of an ISO 6346 or a known local code; None when it is neither.

    `teu_45`: what a 45-foot box counts at this site (2 or 2.25).
    """
    code = raw.strip().upper()
    code = code if is_iso_size_type(code) else LOCAL_SIZE_TYPES.get(code, "")
    if not code:
        return None
    sizes = _sizes()
    millimetres = sizes.length[code[0]]
    return SizeType(
        raw=raw,
        code=code,
        length=_FEET.get(code[0], millimetres),
        height=_HEIGHTS.get(code[1]) or sizes.heightWidth[code[1]]["height"] + " wide",
        group=_GROUPS[code[2]],
        type=_types()[code[2:]],
        length_mm=int(millimetres.removesuffix(" mm")),
        teu=teu_45 if code[0] == "L" else TEU_BY_LENGTH.get(code[0]),
    )


def same_size_types(code: str) -> tuple[str, ...]:
    """The size-type that `code` stands for, and all local codes of that; none when it is not known."""
    decoded = decode_size_type(code)
    if decoded is None:
        return ()
    return (decoded.code, *(local for local, iso in LOCAL_SIZE_TYPES.items() if iso == decoded.code))


def teu_of(size_type: str | None, *, teu_45: float = 2.0) -> float | None:
    """TEU of a size-type: 20' 1, 40' 2, 45' by the site's rule; None when it is unknown."""
    decoded = None if size_type is None else decode_size_type(size_type, teu_45=teu_45)
    return None if decoded is None else decoded.teu


# --------------------------------------------------------------------------------------------------------- vehicles
def _luhn(digits: str, first: int) -> int:
    """Sum of the digits of each digit times 2, 1, 2, ... or, with `first` 1, times 1, 2, 1, ..."""
    return sum(sum(divmod(int(digit) * (2 if place % 2 == first % 2 else 1), 10)) for place, digit in enumerate(digits))


_DOUBLED_FIRST = {digits: _luhn(digits, 0) for digits in _TENS}
_SINGLE_FIRST = {digits: _luhn(digits, 1) for digits in _TENS}
_LAST = {f"{digits:02d}": _luhn(f"{digits:02d}", 1) for digits in range(100)}
_NO_DIGIT = re.compile(r"[^0-9]+", re.ASCII)


def wagon_flags(number: str | None) -> str | None:
    """`check_digit` for a 12-digit UIC number that fails its check, else None.

    Only 12 digits are checked: Chinese, Russian-gauge and Indian numbers have 7, 8 or 11 and no such check, and a
    masked number (`*****`) is shown as it is. Letters and punctuation around the digits are normal.
    """
    if number is None or len(number) < 12 or "*" in number:
        return None
    digits = number if len(number) == 12 and number.isdecimal() else _NO_DIGIT.sub("", number)
    if len(digits) != 12:
        return None
    try:
        total = _DOUBLED_FIRST[digits[:3]] + _SINGLE_FIRST[digits[3:6]] + _DOUBLED_FIRST[digits[6:9]]
        return None if (total + _LAST[digits[9:11]] + _DIGITS[digits[11]]) % 10 == 0 else "check_digit"
    except KeyError:  # decimal digits of another script
        return None


def uic_check_digit(digits: str) -> int:
    """Check digit for the first 11 digits of a vehicle number, or the first 6 of a 7-digit locomotive number.

    `ValueError` for anything but 11 or 6 digits.
    """
    if len(digits) not in {6, 11} or not (digits.isascii() and digits.isdecimal()):
        raise ValueError(f"{digits!r} is not 11 or 6 digits")
    return -_luhn(digits, (len(digits) - 1) % 2) % 10


# ----------------------------------------------------------------------------------------------------------- places
PLACE_ALIASES = {"CNCKG": "CNCQI", "CNSHA": "CNSGH"}
"""Codes of airports that the trade uses for the city: Chongqing, Shanghai."""


def normalise_locode(text: str) -> str | None:
    """`text` as a UN/LOCODE of five characters, trade aliases resolved; None when it has not its shape."""
    code = text.strip().upper()
    if not _LOCODE.fullmatch(code):
        return None
    code = code.replace(" ", "")
    return PLACE_ALIASES.get(code, code)
