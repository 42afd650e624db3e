"""What screens and headless commands ask of the cache: pure functions of a session and a clock, answering frozen rows.

A list is a `View`: `page(session, clock, criteria, sort, offset=, limit=)`, `position(...)`, `one(...)`, with `filter`
and `sort` to read what a person types, and `columns` that name each value, its kind and its unit. Values are typed
(datetimes in UTC, timedeltas, numbers), None is unknown; how they are written is for whoever shows them.
"""
