"""Freshness in words: how far what is shown can be trusted."""

from __future__ import annotations

from widgets.cells import Span

_STYLES = {"ok": "live", "watch": "late", "act": "stale", "past": "past", "unknown": "unknown"}


def badge_span(word: str, level: str) -> Span:
    """`LIVE <15 s`, `STALE 14 min`, `AS OF Thu 14:20` with the style of its level: ok, watch, act, past or unknown.

    The word carries the meaning; the style only repeats it. A level that is not known is shown plain.
    """
    return word, _STYLES.get(level, "")
