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
    connection = await asyncpg.connect(url)
    try:
        if not await connection.fetchval("SELECT to_regclass('alembic_version')"):
            return False
        marks = await connection.fetch("SELECT version_num FROM alembic_version")
    finally:
        await connection.close()
    applied = {cast("str", row["version_num"]) for row in marks}
    return applied == newest_steps(ROOT / "migrations/versions")


def newest_steps(folder: Path) -> set[str]:
    """Steps that no other step follows; more than one means that branches must be merged."""
    steps, followed = set[str](), set[str]()
    for file in folder.glob("*.py"):
        text = file.read_text()
        steps.update(STEP.findall(text))
        followed.update(BEFORE.findall(text))
    return steps - followed
