"""Attached files: their contents, and how new ones come in piece by piece."""
