"""Founding a tenant: the operator's act, done once; doing it again adds only what is missing.

A tenant begins with the default rights, the calendars we ship, and one administrator. Its settings, people and rules
are the administrator's business from then on: nothing that exists is changed here. Nobody ever knows a password but its
owner: the operator hands on a link that opens once, for that address only, and lets the administrator choose one.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, cast
from uuid import UUID

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncEngine

from app.access.logins import login_key
from app.access.passwords import NO_PASSWORD
from app.admin.tenants import ensure_rights
from app.calendars.defaults import ZONES
from app.config import LOCALES
from app.infra import audit
from app.infra.db.transaction import Row, Transaction, open_tenant_transaction, open_transaction
from app.kernel.clock import KNOWN_ZONES
from app.kernel.ids import new_id
from app.kernel.money import HOME_CURRENCIES, MINOR_DIGITS

_CODE: Final = re.compile("[a-z][a-z0-9-]{1,30}")
_COUNTRY: Final = re.compile("[A-Z]{2}")
_INFOBASE: Final = re.compile("[A-Za-z0-9_-]{1,64}")
_PREFIX: Final = re.compile("[A-Z]{1,4}")
_MAIL: Final = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\".]+")
# Words that begin public addresses of the portal itself.
_TAKEN: Final = frozenset({"sign-in", "api", "assets", "brand"})
_INSERT: Final = """
    INSERT INTO tenants (id, code, name, name_kk, name_en, tagline_ru, tagline_kk, tagline_en, zone, country, infobase,
                         order_prefix, currency)
    SELECT coalesce(max(id), 0) + 1, $1, $2, $3, $4, '', '', '', $5, $6, $7, $8, $9 FROM tenants RETURNING id
"""


# Makes the link by which somebody without a password chooses one; gives its token.
MakeLink = Callable[[Transaction, UUID], Awaitable[str]]


class NewTenant(Struct, frozen=True):
    """What the operator says."""

    code: str
    name: str
    country: str
    infobase: str
    prefix: str
    admin_email: str
    admin_name: str
    name_kk: str = ""
    name_en: str = ""
    zone: str = ""  # empty: the zone of the country's calendar
    currency: str = ""  # empty: the country's own
    locale: str = "ru"  # of the administrator


class Founded(Struct, frozen=True):
    """What came of it; ``token`` opens the page where the administrator chooses a password.

    It is empty where the administrator has one already.
    """

    tenant_id: int
    is_new: bool
    token: str


class FoundingError(Exception):
    """The tenant cannot be founded; ``reasons`` are whole sentences, every one of them."""

    def __init__(self, reasons: Sequence[str]) -> None:
        """Carry every reason."""
        super().__init__("\n".join(reasons))
        self.reasons = tuple(reasons)


class TenantLine(Struct, frozen=True):
    """One tenant of the list."""

    id: int
    code: str
    name: str
    country: str
    zone: str
    infobase: str
    administrators: int


def find_faults(plan: NewTenant) -> list[str]:
    """List every reason why a plan is not sound by itself."""
    return [sentence for is_sound, sentence in _checks(plan) if not is_sound]


async def found_tenant(owner: AsyncEngine, plan: NewTenant, make_link: MakeLink) -> Founded:
    """Make the tenant, its rights and its first administrator, or what of them is missing.

    As long as the administrator has chosen no password, repeating makes a new link; the one before works no more.

    Raises:
        FoundingError: with every reason; nothing was made.
    """
    if faults := find_faults(plan):
        raise FoundingError(faults)
    # Its own transaction is visible to nobody until the administrator stands too: both or nothing.
    async with open_transaction(owner, read_only=False) as blank:
        await blank.driver.execute("LOCK TABLE tenants IN SHARE ROW EXCLUSIVE MODE")
        known = await blank.driver.fetchval("SELECT id FROM tenants WHERE code = $1", plan.code)
        await _refuse_taken(blank, plan, known)
        tenant_id = cast("int", known or await _insert(blank, plan))
        await blank.driver.execute("SELECT set_config('app.tenant', $1, true)", str(tenant_id))
        transaction = Transaction(blank.connection, blank.session, blank.driver, tenant_id)
        await ensure_rights(transaction, plan.code)
        user_id, is_hired = await _hire(transaction, plan)
        token = "" if user_id is None else await make_link(transaction, user_id)
        if known is None or is_hired:
            told = {"tenant": plan.code, "country": plan.country, "administrator": login_key(plan.admin_email)}
            await audit.record(
                transaction, "tenant.founded", "tenant", None, actor_id=None, object_name=plan.name, detail=told
            )
        await blank.connection.commit()
    return Founded(tenant_id, known is None, token)


async def list_tenants(owner: AsyncEngine) -> list[TenantLine]:
    """List the tenants of this installation."""
    async with open_transaction(owner, read_only=True) as blank:
        rows = await blank.driver.fetch("SELECT id, code, name, country, zone, infobase FROM tenants ORDER BY id")
    lines: list[TenantLine] = []
    for row in rows:
        async with open_tenant_transaction(owner, cast("int", row["id"]), read_only=True) as transaction:
            count = await transaction.driver.fetchval(
                "SELECT count(*) FROM memberships m JOIN users u ON u.tenant_id = m.tenant_id AND u.id = m.user_id"
                " WHERE m.tenant_id = $1 AND m.role = 'admin' AND m.ended_at IS NULL AND u.disabled_at IS NULL",
                transaction.tenant_id,
            )
        lines.append(_line(row, cast("int", count)))
    return lines


def _checks(plan: NewTenant) -> Sequence[tuple[bool, str]]:
    """Say of each thing whether it is sound, and what to say if it is not."""
    currency = _currency(plan)
    return (
        (
            bool(_CODE.fullmatch(plan.code)) and plan.code not in _TAKEN,
            f"--code {plan.code!r}: 2 to 31 small Latin letters, digits and hyphens, beginning with a letter.",
        ),
        (bool(plan.name.strip()), "--name is empty: it is what people read at the top of every page."),
        (bool(_COUNTRY.fullmatch(plan.country)), f"--country {plan.country!r}: two capital letters, for example KZ."),
        (
            _zone(plan) in KNOWN_ZONES,
            f"--zone {_zone(plan)!r}: there is no such time zone; Asia/Almaty is one.",
        ),
        (
            bool(_INFOBASE.fullmatch(plan.infobase)),
            f"--infobase {plan.infobase!r}: letters, digits, _ and -, as the base is called on the ERP's server.",
        ),
        (
            bool(_PREFIX.fullmatch(plan.prefix)),
            f"--prefix {plan.prefix!r}: one to four capital Latin letters; order numbers begin with them.",
        ),
        (currency in MINOR_DIGITS, f"--currency {currency!r}: one of {', '.join(MINOR_DIGITS)}."),
        (
            bool(_MAIL.fullmatch(plan.admin_email)),
            f"--admin-email {plan.admin_email!r}: an address such as a.serik@plant.example.",
        ),
        (bool(plan.admin_name.strip()), "--admin-name is empty: colleagues will see it."),
        (plan.locale in LOCALES, f"--locale {plan.locale!r}: one of {', '.join(LOCALES)}."),
    )


async def _refuse_taken(blank: Transaction, plan: NewTenant, known: object) -> None:
    reasons: list[str] = []
    base = await blank.driver.fetchval(
        "SELECT code FROM tenants WHERE infobase = $1 AND id IS DISTINCT FROM $2::int", plan.infobase, known
    )
    if base is not None:
        reasons.append(f"--infobase {plan.infobase!r} is {base}'s: two tenants never read one infobase.")
    login = await blank.driver.fetchval(
        "SELECT tenant_id FROM logins WHERE email_key = $1", login_key(plan.admin_email)
    )
    if login is not None and login != known:
        reasons.append(f"--admin-email {plan.admin_email!r} signs in to another tenant of this installation.")
    if reasons:
        raise FoundingError(reasons)


async def _insert(blank: Transaction, plan: NewTenant) -> object:
    return await blank.driver.fetchval(
        _INSERT,
        *(plan.code, plan.name.strip(), plan.name_kk.strip(), plan.name_en.strip(), _zone(plan), plan.country),
        *(plan.infobase, plan.prefix, _currency(plan)),
    )


async def _hire(transaction: Transaction, plan: NewTenant) -> tuple[UUID | None, bool]:
    """Give the administrator an account; tells it while it has no password, and whether it was made just now."""
    key = login_key(plan.admin_email)
    known = await transaction.driver.fetchrow(
        "SELECT u.id, u.password_hash FROM logins l JOIN users u ON u.tenant_id = l.tenant_id AND u.id = l.user_id"
        " WHERE l.email_key = $1",
        key,
    )
    if known is not None:
        return (cast("UUID", known["id"]) if known["password_hash"] == NO_PASSWORD else None), False
    user_id = new_id()
    await transaction.driver.execute(
        "INSERT INTO users (tenant_id, id, email, name, password_hash, locale) VALUES ($1, $2, $3, $4, $5, $6)",
        *(transaction.tenant_id, user_id, plan.admin_email.strip(), plan.admin_name.strip(), NO_PASSWORD, plan.locale),
    )
    await transaction.driver.execute("INSERT INTO logins VALUES ($1, $2, $3)", key, transaction.tenant_id, user_id)
    await transaction.driver.execute(
        "INSERT INTO memberships (tenant_id, id, user_id, role) VALUES ($1, $2, $3, 'admin')",
        *(transaction.tenant_id, new_id(), user_id),
    )
    return user_id, True


def _currency(plan: NewTenant) -> str:
    return plan.currency or HOME_CURRENCIES.get(plan.country, "USD")


def _zone(plan: NewTenant) -> str:
    return plan.zone or ZONES.get(plan.country, "")


def _line(row: Row, administrators: int) -> TenantLine:
    texts = {name: str(row[name]) for name in ("code", "name", "country", "zone", "infobase")}
    return TenantLine(id=cast("int", row["id"]), administrators=administrators, **texts)
