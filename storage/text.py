"""Foreign text made safe for a terminal: what is not printable is replaced, never silently deleted.

Deleting could join two words into a third; so C0 controls become control pictures, and C1, DEL, bidi marks, zero-width
controls, tags and surrogates become U+FFFD. Zero-width joiners stay between letters, where Indic scripts need them.
"""

import re

REPLACEMENT = "\ufffd"
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ud800-\udfff\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)


def clean(text: str, *, limit: int = 4096) -> str:
    """`text` on one line, all that a terminal could act on replaced, at most `limit` characters ("…" ends a cut)."""
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub(_replace, text)


_WIDE = {plain + 0xFEE0: plain for plain in range(0x21, 0x7F) if chr(plain) not in "()"} | {0x3000: 0x20}
"""Wide letters, digits and signs to plain ones; wide brackets stay: Chinese names are written with them."""


def narrow(text: str) -> str:
    """`text` that was typed, with the wide letters, digits and signs of a Chinese input method as plain ones."""
    return text if text.isascii() else text.translate(_WIDE)


def is_plain(page: bytes) -> bool:
    """True when a whole JSON body can hold no character that `clean` would change: ASCII, no escapes, no DEL."""
    return page.isascii() and b"\\" not in page and b"\x7f" not in page


def _replace(match: re.Match[str]) -> str:
    character = match[0]
    point = ord(character)
    if point < 0x20:
        return chr(0x2400 + point)
    if point in (0x200C, 0x200D) and _between_letters(match):
        return character
    return REPLACEMENT


def _between_letters(match: re.Match[str]) -> bool:
    before, after = match.string[: match.start()][-1:], match.string[match.end() :][:1]
    return _joins(before) and _joins(after)


def _joins(character: str) -> bool:
    # Combining signs of Indic scripts are no letters, yet joiners follow them.
    return character.isalpha() or "\u0900" <= character <= "\u0dff"
