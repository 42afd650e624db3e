"""The Board pane."""
