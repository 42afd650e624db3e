"""The Customs pane."""
