"""The demo's steps: tenants before the first load from the ERP, accounts after it, then some work of theirs."""

import asyncio
import sys
from collections.abc import Sequence

from app.admin.demo import ACCOUNTS_FILE, seed_accounts, seed_tenants
from app.admin.people import NoDemoPeopleError
from app.cli.demo_exchange import leave_exchange
from app.cli.demo_held import leave_held
from app.cli.demo_rights import leave_versions
from app.cli.demo_work import FAILURES, leave_traces
from app.cli.show import read_accounts
from app.config import SettingError, read_settings

STEPS = {"tenants": seed_tenants, "accounts": seed_accounts}
WORK = "work"
WORDS = 2  # of the step that needs the portal's address


def main(words: Sequence[str]) -> int:
    """Run one of the steps; the first two add what is missing and may be run again."""
    is_work = len(words) == WORDS and words[0] == WORK
    if not is_work and (len(words) != 1 or words[0] not in STEPS):
        sys.stderr.write(f"Usage: python -m app.cli seed {' | '.join(STEPS)} | {WORK} URL\n")
        return 2
    try:
        settings = read_settings()
        if is_work:
            accounts = read_accounts(settings.data_dir / ACCOUNTS_FILE)
            leave_traces(words[1], settings.public_url, accounts)
            leave_versions(words[1], settings.public_url, accounts)
            leave_held(words[1], settings.public_url, accounts, settings.data_dir / "status.json")
            asyncio.run(leave_exchange(settings))
        else:
            asyncio.run(STEPS[words[0]](settings))
    except (SettingError, NoDemoPeopleError, *FAILURES) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0
