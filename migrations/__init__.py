"""Alembic steps: the shape of the portal's database, one step per file."""
