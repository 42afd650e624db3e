"""The Trains pane."""
