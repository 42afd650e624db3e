"""Reusable Textual widgets that take plain values; they know no cache and no domain query."""
