"""Statements of the exchange that people look at: every one of them, with its grounds."""
