"""Whether the database has the newest schema, asked without loading the migration machinery."""

import re
from pathlib import Path
from typing import cast

import asyncpg

from app.cli.site import ROOT

STEP = re.compile(r'^revision\b[^=]*= "(\w+)"', re.MULTILINE)
BEFORE = re.compile(r'^down_revision\b[^=]*= "(\w+)"', re.MULTILINE)


async def is_current(url: str) -> bool:
    """Compare the database's mark with the last step in the folder."""
    return await applied_steps(url) == newest_steps(ROOT / "migrations/versions")


async def applied_steps(url: str) -> set[str]:
    """The newest steps the database has; none if it was never migrated."""
    connection = await asyncpg.connect(url)
    try:
        if not await connection.fetch("SELECT FROM pg_tables WHERE tablename = 'alembic_version'"):
            return set()
        marks = await connection.fetch("SELECT version_num FROM alembic_version")
    finally:
        await connection.close()
    return {cast("str", row["version_num"]) for row in marks}


def newest_steps(folder: Path) -> set[str]:
    """Steps that no other step follows; more than one means that branches must be merged."""
    followed = {name for text in _texts(folder) for name in cast("list[str]", BEFORE.findall(text))}
    return known_steps(folder) - followed


def known_steps(folder: Path) -> set[str]:
    """Every step this release knows."""
    return {name for text in _texts(folder) for name in cast("list[str]", STEP.findall(text))}


def _texts(folder: Path) -> list[str]:
    return [file.read_text() for file in folder.glob("*.py")]
