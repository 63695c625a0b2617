"""Commands for people and the starter: ``python -m app.cli <command>``."""
