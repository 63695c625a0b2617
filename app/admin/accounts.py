"""Accounts to try the portal with, and the file that tells them (CONTRACT, section 2).

Passwords are random for each installation. The file keeps them, so a second start changes nothing; without
the file they cannot be known again, and people of the demo get new ones.
"""

import os
import secrets
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
from msgspec import Struct

from app.access.logins import login_key
from app.access.passwords import Hashing
from app.admin.people import Person
from app.infra.db.transaction import Transaction

# Without letters and digits that look alike: people type these from a screen.
_LETTERS: Final = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_LENGTH: Final = 14

_FREE_LOGIN: Final = """
    SELECT NOT EXISTS (SELECT FROM logins WHERE email_key = $1 AND (tenant_id, user_id) <> ($2, $3))
"""
_PUT_USER: Final = """
    INSERT INTO users (tenant_id, id, email, name, phone, password_hash, locale) VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (tenant_id, id) DO UPDATE SET password_hash = excluded.password_hash, epoch = users.epoch + 1
"""
_PUT_LOGIN: Final = "INSERT INTO logins (email_key, tenant_id, user_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
# What a manager serves follows the ERP; the role and a membership that ended are the administrator's business.
_PUT_MEMBERSHIP: Final = """
    INSERT INTO memberships (tenant_id, id, user_id, partner_id, role, branch, regions, partners)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (tenant_id, id) DO UPDATE SET regions = excluded.regions, partners = excluded.partners
    WHERE (memberships.regions, memberships.partners) IS DISTINCT FROM (excluded.regions, excluded.partners)
"""


OVERDUE: Final = "overdue: a manager has to let its orders pass"


class Account(Struct, frozen=True, omit_defaults=True):
    """One line of ``accounts.json``."""

    tenant: str
    organisation: str
    cabinet: str
    role: str
    login: str
    password: str
    locale: str
    note: str = ""  # what is special about the company


def read_passwords(path: Path) -> dict[str, str]:
    """Read the passwords told before, by login; an unreadable file tells none."""
    try:
        told = msgspec.json.decode(path.read_bytes(), type=list[Account])
    except (OSError, msgspec.MsgspecError):
        return {}
    return {account.login: account.password for account in told}


def write_accounts(path: Path, accounts: Sequence[Account]) -> None:
    """Replace the file in one step; only the owner of the installation may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = msgspec.json.format(msgspec.json.encode(accounts), indent=2)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as draft:
        draft.write(text + b"\n")
        draft.flush()
        os.fsync(draft.fileno())
    Path(draft.name).replace(path)


async def put_people(
    transaction: Transaction, tenant_code: str, people: Sequence[Person], told: Mapping[str, str], hashing: Hashing
) -> list[Account]:
    """Give everybody a user, a login and a membership; leave those alone who have them and whose password is known."""
    known = {
        str(row["email"])
        for row in await transaction.driver.fetch("SELECT email FROM users WHERE tenant_id = $1", transaction.tenant_id)
    }
    accounts: list[Account] = []
    for person in people:
        if not await _is_free(transaction, person):
            continue  # somebody else's address in this installation: a login decides the tenant
        password = told.get(person.email) or new_password()
        if person.email not in known or person.email not in told:
            await _put_user(transaction, person, await hashing.hash(password))
        await _put_membership(transaction, person)
        accounts.append(
            Account(
                tenant=tenant_code,
                organisation=person.organisation,
                cabinet=person.cabinet,
                role=person.role,
                login=person.email,
                password=password,
                locale=person.locale,
                note=OVERDUE if person.overdue else "",
            )
        )
    return accounts


def new_password() -> str:
    """Make a password of about 80 random bits."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


def membership_id(person: Person) -> UUID:
    """Name a person's work in an organisation; the same at every start."""
    return uuid5(NAMESPACE_URL, f"karavan:membership/{person.id}/{person.partner_id}/{person.role}")


async def _is_free(transaction: Transaction, person: Person) -> bool:
    wanted = (login_key(person.email), transaction.tenant_id, person.id)
    return await transaction.driver.fetchval(_FREE_LOGIN, *wanted) is True


async def _put_user(transaction: Transaction, person: Person, password_hash: str) -> None:
    await transaction.driver.execute(
        _PUT_USER,
        *(transaction.tenant_id, person.id, person.email, person.name, person.phone, password_hash, person.locale),
    )
    await transaction.driver.execute(_PUT_LOGIN, login_key(person.email), transaction.tenant_id, person.id)


async def _put_membership(transaction: Transaction, person: Person) -> None:
    # Only a limited manager's rights depend on a list of clients; the others' depend on regions.
    partners = list(person.partners) if person.role == "manager_limited" else []
    await transaction.driver.execute(
        _PUT_MEMBERSHIP,
        *(transaction.tenant_id, membership_id(person), person.id, person.partner_id, person.role, person.branch),
        *(list(person.regions), partners),
    )
