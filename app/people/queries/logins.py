"""The one way from an address to an account, before anybody is signed in."""

from typing import cast
from uuid import UUID

from msgspec import Struct

from app.infra.db.transaction import Transaction


class Account(Struct, frozen=True):
    """Whose address it is."""

    tenant_id: int
    user_id: UUID
    password_hash: str
    is_disabled: bool


async def find_account(blank: Transaction, email_key: str) -> Account | None:
    """Find the account of an address, in whatever tenant it is."""
    row = await blank.driver.fetchrow("SELECT * FROM find_login($1)", email_key)
    if row is None:
        return None
    return Account(
        tenant_id=cast("int", row["tenant_id"]),
        user_id=cast("UUID", row["user_id"]),
        password_hash=cast("str", row["password_hash"]),
        is_disabled=cast("bool", row["disabled"]),
    )
