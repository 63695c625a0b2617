"""The demo's two steps: tenants before the first load from the ERP, accounts after it."""

import asyncio
import sys
from collections.abc import Sequence

from app.admin.demo import seed_accounts, seed_tenants
from app.admin.people import NoDemoPeopleError
from app.config import SettingError, read_settings

STEPS = {"tenants": seed_tenants, "accounts": seed_accounts}


def main(words: Sequence[str]) -> int:
    """Run one of the steps; both add what is missing and may be run again."""
    if len(words) != 1 or words[0] not in STEPS:
        sys.stderr.write(f"Usage: python -m app.cli seed {' | '.join(STEPS)}\n")
        return 2
    try:
        asyncio.run(STEPS[words[0]](read_settings()))
    except (SettingError, NoDemoPeopleError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0
