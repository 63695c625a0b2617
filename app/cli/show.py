"""What a person reads when the portal is up: the address and who may sign in."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct


class Account(Struct, frozen=True):
    """One line of ``accounts.json``."""

    tenant: str
    organisation: str
    cabinet: str
    role: str
    login: str
    password: str
    locale: str
    note: str = ""


def read_accounts(path: Path) -> list[Account]:
    """The demo accounts; none, if the installation is not a demo."""
    if not path.exists():
        return []
    return msgspec.json.decode(path.read_bytes(), type=list[Account])


def banner(url: str, accounts: Sequence[Account], accounts_file: Path) -> str:
    """The address and, for the first tenant, one account of each role."""
    lines = ["", f"Karavan is ready: {url}", ""]
    chosen = list(one_of_each_role(accounts))
    if chosen:
        rows = [("role", "organisation", "login", "password")]
        rows += [(a.role, a.organisation, a.login, a.password) for a in chosen]
        rows += [(a.role, a.organisation, a.login, f"{a.password}  ({a.note})") for a in _special(accounts)]
        lines += [f"  {line}" for line in columns(rows)]
        lines += ["", f"All demo accounts: {accounts_file}"]
    return "\n".join([*lines, "Ctrl-C stops everything.", ""])


def one_of_each_role(accounts: Iterable[Account]) -> Iterable[Account]:
    """The first account of each role in the tenant that comes first."""
    tenant = ""
    seen = set[str]()
    for account in accounts:
        tenant = tenant or account.tenant
        if account.tenant == tenant and account.role not in seen:
            seen.add(account.role)
            yield account


def _special(accounts: Sequence[Account]) -> Iterable[Account]:
    """Accounts of the first tenant with something to know about their company."""
    return (account for account in accounts if account.note and account.tenant == accounts[0].tenant)


def columns(rows: list[tuple[str, ...]]) -> list[str]:
    """Rows as text, each column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
