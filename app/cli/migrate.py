"""Bring the database behind ``KARAVAN_DATABASE_URL`` to the newest schema."""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from alembic import command
from alembic.config import Config

from app.infra.audit_clock import set_forward

ROOT = Path(__file__).parents[2]


def main(_words: Sequence[str]) -> int:
    """Apply every step that is missing; steps already applied cost nothing."""
    url = os.environ.get("KARAVAN_DATABASE_URL")
    if not url:
        sys.stderr.write("KARAVAN_DATABASE_URL is not set: it names the database to migrate.\n")
        return 2
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("script_location", str(ROOT / "migrations"))
    command.upgrade(config, "heads")
    # A database filled from a backup counts its transactions from the beginning again.
    asyncio.run(set_forward(url))
    return 0
