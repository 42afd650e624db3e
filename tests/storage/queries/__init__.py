"""Queries on the hand-made terminal."""
