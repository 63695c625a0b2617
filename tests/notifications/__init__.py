"""The bell and the letters."""
