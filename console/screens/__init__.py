"""Screens that are no panes: help, find, detail pages, choosers, what was copied."""
