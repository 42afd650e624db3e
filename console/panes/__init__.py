"""The panes, one folder each: `pane.py` arranges and answers keys, `rows.py` turns query rows into cells."""
