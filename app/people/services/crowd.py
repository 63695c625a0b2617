"""Inviting many at once: a table somebody brings becomes invitations, all of them or none, with every fault named."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct

from app.access.defaults import role_labels
from app.access.logins import login_key
from app.access.schemas import Locale
from app.infra.i18n.languages import LANGUAGES
from app.infra.sheet_reading import Line
from app.kernel.errors import Problem, RejectedError
from app.people.rules import ROLES_OF_KIND
from app.people.schemas import InvitationOrder, InvitationView
from app.people.services.directory import Directory, Organisation
from app.people.services.inviting import Inviting, faults_of_address

MOST: Final = 100  # at once; an hour takes twice as many
FIELDS: Final = ("email", "role", "organisation", "branch", "language")
# How people head their columns; a table without a head has them in the order of FIELDS.
_HEADS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("e-mail", "email", "mail", "почта", "эл. почта", "электронная почта", "пошта"), "email"),
    **dict.fromkeys(("role", "роль", "рөл", "рөлі"), "role"),
    **dict.fromkeys(
        ("organisation", "organization", "client", "company", "организация", "клиент", "компания", "ұйым"),
        "organisation",
    ),
    **dict.fromkeys(("branch", "филиал", "бөлімше"), "branch"),
    **dict.fromkeys(("language", "язык", "тіл", "тілі"), "language"),
}
_PLAIN_ROLES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("head", "руководитель", "басшы"), "head"),
    **dict.fromkeys(("senior", "senior manager", "старший менеджер", "аға менеджер"), "senior"),
    **dict.fromkeys(("manager", "менеджер"), "manager"),
}
_LANGUAGES: Final[Mapping[str, Locale]] = {
    **dict.fromkeys(("", "ru", "рус", "русский", "russian", "орысша"), "ru"),
    **dict.fromkeys(("kk", "kz", "қаз", "каз", "қазақша", "казахский", "kazakh"), "kk"),
    **dict.fromkeys(("en", "eng", "english", "английский", "ағылшынша"), "en"),
}
_MARKS: Final = str.maketrans("", "", "\"'«»“”„")


class Guest(Struct, frozen=True):
    """One line as it was read: what it says, what it would become, and what is wrong with it."""

    number: int  # as the reader's spreadsheet counts
    said: Mapping[str, str]  # by FIELDS
    order: InvitationOrder | None
    organisation: str
    problems: Sequence[Problem]


class Crowd(Struct, frozen=True):
    """One person inviting many in one transaction."""

    inviting: Inviting

    async def read(self, lines: Sequence[Line]) -> list[Guest]:
        """Read a table and check every line of it as a single invitation is checked.

        Raises:
            RejectedError: there is nobody in it, or too many.
        """
        named = list(_named(lines))
        if not named:
            raise RejectedError([Problem("nobody_listed", "text")])
        if len(named) > MOST:
            raise RejectedError([Problem("crowd_too_large", "text", {"max": str(MOST), "count": str(len(named))})])
        offered = await self._organisations()
        guests: list[Guest] = []
        seen = set[tuple[str, UUID | None]]()
        for number, said in named:
            guest = await self._guest(number, said, offered)
            if guest.order is not None:
                key = (login_key(guest.order.email), guest.order.organisation_id)
                if key in seen:
                    again = [*guest.problems, Problem("listed_twice", "email")]
                    guest = Guest(guest.number, guest.said, guest.order, guest.organisation, again)
                seen.add(key)
            guests.append(guest)
        return guests

    async def invite(self, orders: Sequence[InvitationOrder]) -> list[InvitationView]:
        """Invite them all; whoever opened the transaction commits only if nobody was refused.

        Raises:
            RejectedError: with the problems of every one, by their place in the list.
            TooManyRequestsError: more than an hour takes.
        """
        await self.insist(orders)
        return [await self.inviting.invite(order) for order in orders]

    async def insist(self, orders: Sequence[InvitationOrder]) -> None:
        """Insist that nothing speaks against any of them; nothing is written.

        Raises:
            RejectedError: with the problems of every one, by their place in the list.
        """
        problems = [
            Problem(fault.code, f"invitations[{place}].{fault.field}", fault.params)
            for place, order in enumerate(orders)
            for fault in await self.inviting.find_problems(order)
        ]
        keys = [(login_key(order.email), order.organisation_id) for order in orders]
        problems += [
            Problem("listed_twice", f"invitations[{place}].email")
            for place, key in enumerate(keys)
            if key in keys[:place]
        ]
        if problems:
            raise RejectedError(problems)

    async def _organisations(self) -> Mapping[str, Organisation]:
        inviting = self.inviting
        offered = await Directory(inviting.transaction, inviting.actor, inviting.policy).organisations()
        return {key: one for one in offered for key in (_fold(one.name), str(one.id))}

    async def _guest(self, number: int, said: Mapping[str, str], offered: Mapping[str, Organisation]) -> Guest:
        where, problems = self._where(said["organisation"], offered), list[Problem]()
        role = _role(said["role"], "" if where is None else where.kind)
        language = _LANGUAGES.get(said["language"].casefold())
        if where is None:
            problems.append(Problem("organisation_unknown", "organisation"))
        if not role and (where is not None or _fold(said["role"]) not in _PLAIN_ROLES):
            problems.append(Problem("role_unknown", "role"))
        if language is None:
            problems.append(Problem("language_unknown", "language"))
        if where is None or not role:
            return Guest(number, said, None, "", [*faults_of_address(said["email"]), *problems])
        order = InvitationOrder(said["email"], role, where.id, said["branch"], (), language or "ru")
        problems += await self.inviting.find_problems(order)
        return Guest(number, said, order, where.name, problems)

    def _where(self, name: str, offered: Mapping[str, Organisation]) -> Organisation | None:
        if name:
            return offered.get(_fold(name))
        own = self.inviting.actor.partner_id
        return offered.get(str(own))  # "None" is the manufacturer, among whom nobody has an id of a client


def write_back(lines: Sequence[Line]) -> str:
    """Write a table as text a person can go on editing, one line each, cells parted by tabs."""
    return "\n".join("\t".join(line.cells) for line in lines)


def _named(lines: Sequence[Line]) -> "list[tuple[int, dict[str, str]]]":
    if not lines:
        return []
    heads = [_HEADS.get(cell.casefold(), "") for cell in lines[0].cells]
    has_head = "email" in heads and "@" not in "".join(lines[0].cells)
    names = heads if has_head else list(FIELDS)
    return [
        (line.number, {name: _cell(line.cells, names, name) for name in FIELDS})
        for line in (lines[1:] if has_head else lines)
    ]


def _cell(cells: Sequence[str], names: Sequence[str], name: str) -> str:
    place = names.index(name) if name in names else len(cells)
    return cells[place] if place < len(cells) else ""


def _role(text: str, kind: str) -> str:
    """Find the role by its code, its name in any language, or a plain word that the kind of company makes clear."""
    wanted = _fold(text)
    if wanted in _PLAIN_ROLES and kind in {"distributor", "direct_buyer"}:
        return f"{kind}_{_PLAIN_ROLES[wanted]}"
    labels = role_labels()
    for role in ROLES_OF_KIND.get(kind, ()):
        if wanted in {role, *(_fold(labels[role].text(locale)) for locale in LANGUAGES)}:
            return role
    known = {_fold(label.text(locale)): role for role, label in labels.items() for locale in LANGUAGES}
    return known.get(wanted, wanted if wanted in labels else "")


def _fold(text: str) -> str:
    return " ".join(text.translate(_MARKS).casefold().split())
