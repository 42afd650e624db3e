"""The Feeds pane."""
