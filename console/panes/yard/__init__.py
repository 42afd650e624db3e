"""The Yard pane."""
