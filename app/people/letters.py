"""Letters of the room. Each looks again whether it is still true, and writes in the reader's language."""

from datetime import date, datetime
from typing import Final, cast
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from app.access.defaults import role_labels
from app.infra import outbox
from app.infra.db.transaction import Row, Transaction
from app.infra.i18n.dates import date_time, short_date
from app.infra.i18n.wording import N_, gettext
from app.notifications.letters import GREETING, Desk, Letter, LetterKind, compose
from app.people.links import Links, Purpose
from app.people.queries import letters

INVITED: Final = N_("You are invited to the portal of %(tenant)s")
INVITED_AS: Final = N_("%(inviter)s invites you to work for: %(organisation)s. Your role: %(role)s.")
OPEN_LINK: Final = N_("Open this link, give the address this letter came to, and choose a password: %(link)s")
LASTS: Final = N_("The link works once, until %(until)s.")
NOT_FOR_YOU: Final = N_("If you expect no such letter, do nothing; nobody gets in with it but you.")
FORGOTTEN: Final = N_("Set a new password")
FORGOTTEN_BY: Final = N_("Somebody, most likely you, has forgotten the password of this address.")
OPEN_RESET: Final = N_("Open this link, give the address this letter came to, and choose a new password: %(link)s")
STANDS_IN: Final = N_("You stand in for %(name)s")
STANDS_IN_FROM: Final = N_("From %(first)s to %(last)s you have the rights and the drafts of %(name)s in the portal.")
SWITCH_THERE: Final = N_("Change the place you work in at the top of any page; what you do there bears both names.")
CHANGED: Final = N_("Your sign-in has changed")
CHANGES: Final = {
    "password": N_("The password of your account has been changed."),
    "factor_on": N_("A second factor now protects your account."),
    "factor_off": N_("The second factor of your account has been turned off."),
}
NOT_YOU: Final = N_("If that was not you, set a new password at once and tell your administrator: %(link)s")


class About(Struct, frozen=True):
    """What an intent to write carries: the id of what it is about, never a token."""

    id: UUID
    what: str = ""


async def enqueue(transaction: Transaction, kind: str, about: UUID, what: str = "") -> None:
    """Have a letter written once this transaction has committed."""
    await outbox.enqueue(transaction, "mail", f"people:{about}", kind, About(about, what))


async def write_invitation(transaction: Transaction, desk: Desk, letter_id: UUID, body: bytes) -> Letter | None:
    """Invite; nothing if the invitation was taken back or used meanwhile."""
    about = msgspec.json.decode(body, type=About)
    row = await letters.read_invited(transaction, about.id)
    if row is None:
        return None
    locale, label = str(row["locale"]), role_labels().get(str(row["role"]))
    parts = [
        gettext(
            locale,
            INVITED_AS,
            inviter=str(row["inviter"]),
            organisation=str(row["organisation"]),
            role=label.text(locale) if label else str(row["role"]),
        ),
        gettext(locale, OPEN_LINK, link=_link(transaction, desk, row, "invitation", about.id)),
        gettext(locale, LASTS, until=_moment(row)),
        gettext(locale, NOT_FOR_YOU),
    ]
    return compose(letter_id, str(row["email"]), gettext(locale, INVITED, tenant=str(row["tenant"])), parts)


async def write_reset(transaction: Transaction, desk: Desk, letter_id: UUID, body: bytes) -> Letter | None:
    """Send the link for a new password; nothing if it was used or the account was shut meanwhile."""
    about = msgspec.json.decode(body, type=About)
    row = await letters.read_resetting(transaction, about.id)
    if row is None:
        return None
    locale = str(row["locale"])
    parts = [
        gettext(locale, GREETING, name=str(row["name"])),
        gettext(locale, FORGOTTEN_BY),
        gettext(locale, OPEN_RESET, link=_link(transaction, desk, row, "reset", about.id)),
        gettext(locale, LASTS, until=_moment(row)),
        gettext(locale, NOT_FOR_YOU),
    ]
    return compose(letter_id, str(row["email"]), f"{row['tenant']}: {gettext(locale, FORGOTTEN)}", parts)


async def write_deputy(transaction: Transaction, desk: Desk, letter_id: UUID, body: bytes) -> Letter | None:
    """Tell a colleague that they stand in; nothing if the absence was ended meanwhile."""
    about = msgspec.json.decode(body, type=About)
    row = await letters.read_standing_in(transaction, about.id)
    if row is None:
        return None
    locale, name = str(row["locale"]), str(row["name"])
    first, last = (short_date(locale, cast("date", row[day])) for day in ("starts_on", "ends_on"))
    parts = [
        gettext(locale, GREETING, name=str(row["deputy"])),
        gettext(locale, STANDS_IN_FROM, first=first, last=last, name=name),
        gettext(locale, SWITCH_THERE),
        f"{desk.public_url}/absences",
    ]
    return compose(letter_id, str(row["email"]), f"{row['tenant']}: {gettext(locale, STANDS_IN, name=name)}", parts)


async def write_change(transaction: Transaction, desk: Desk, letter_id: UUID, body: bytes) -> Letter | None:
    """Tell a person that what lets them in has changed, so that a stranger's change is noticed."""
    about = msgspec.json.decode(body, type=About)
    row = await letters.read_owner(transaction, about.id)
    if row is None:
        return None
    locale = str(row["locale"])
    parts = [
        gettext(locale, GREETING, name=str(row["name"])),
        gettext(locale, CHANGES[about.what]),
        gettext(locale, NOT_YOU, link=f"{desk.public_url}/{locale}/{row['code']}/recover"),
    ]
    return compose(letter_id, str(row["email"]), f"{row['tenant']}: {gettext(locale, CHANGED)}", parts)


def _link(transaction: Transaction, desk: Desk, row: Row, purpose: Purpose, object_id: UUID) -> str:
    token = Links(desk.secret_key).write(transaction.tenant_id, purpose, object_id)
    place = {"invitation": "invitation", "reset": "recover"}[purpose]
    return f"{desk.public_url}/{row['locale']}/{row['code']}/{place}/{quote(token)}"


def _moment(row: Row) -> str:
    return date_time(str(row["locale"]), cast("datetime", row["expires_at"]), ZoneInfo(str(row["zone"])))


LETTERS: Final = [
    LetterKind("people.invitation", write_invitation),
    LetterKind("people.reset", write_reset),
    LetterKind("people.deputy", write_deputy),
    LetterKind("people.change", write_change),
]
