"""Figures, each on cases counted by hand."""
