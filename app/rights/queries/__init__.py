"""Statements of the room."""
