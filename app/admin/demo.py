"""The demo installation in two steps: tenants before the first load from the ERP, accounts after it.

Both may be run at every start. They add what is missing and take nothing back that people changed.
"""

from sqlalchemy.ext.asyncio import AsyncEngine

from app.access.passwords import Hashing
from app.admin.accounts import Account, put_people, read_passwords, write_accounts
from app.admin.people import choose_people
from app.admin.tenants import DEMO_TENANTS, create_tenants
from app.config import Settings
from app.infra.db.engine import make_engine
from app.infra.db.transaction import open_tenant_transaction

ACCOUNTS_FILE = "accounts.json"


async def seed_tenants(settings: Settings) -> None:
    """Make the demo tenants with their default rights; needs only a migrated database."""
    owner = make_engine(settings.database_url, pool_size=1)
    try:
        await create_tenants(owner)
    finally:
        await owner.dispose()


async def seed_accounts(settings: Settings) -> None:
    """Make accounts of all roles from the people the ERP brought, and tell them in ``accounts.json``.

    Raises:
        NoDemoPeopleError: the first load has not come yet.
    """
    owner = make_engine(settings.database_url, pool_size=1)
    hashing = Hashing()
    try:
        await create_accounts(owner, settings, hashing)
    finally:
        hashing.close()
        await owner.dispose()


async def create_accounts(owner: AsyncEngine, settings: Settings, hashing: Hashing) -> list[Account]:
    """Make the accounts of every demo tenant through this pool, then write the file."""
    path = settings.data_dir / ACCOUNTS_FILE
    told = read_passwords(path)
    accounts: list[Account] = []
    for tenant in DEMO_TENANTS:
        async with open_tenant_transaction(owner, tenant.id) as transaction:
            people = await choose_people(transaction, tenant.name)
            accounts += await put_people(transaction, tenant.code, people, told, hashing)
    # After the commit: the file may promise only what is true. A crash in between gives new passwords next time.
    write_accounts(path, accounts)
    return accounts
