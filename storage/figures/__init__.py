"""Each derived figure of the trade once: its definition in words, its unit, and the expression or function of it.

`storage.figures.all.FIGURES` has every definition.
"""
