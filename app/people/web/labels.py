"""How pages of people name roles, regions and languages, and what they offer to choose."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Final
from uuid import UUID

from app.access.defaults import RoleLabel, role_labels
from app.infra.db.transaction import Transaction
from app.infra.i18n.languages import LANGUAGES
from app.infra.i18n.wording import gettext, pgettext
from app.infra.pages.views import Choice, ChoiceGroup
from app.people.queries.directory import read_regions
from app.people.rules import ROLES_OF_KIND, roles_to_give
from app.people.wording import KINDS

LOCALES: Final = tuple(Choice(one.code, one.name, lang=one.code) for one in LANGUAGES.values())


@cache
def _labels() -> Mapping[str, RoleLabel]:
    return role_labels()


def role_label(locale: str, role: str) -> str:
    """Name a role; one the tables do not know goes by its code."""
    found = _labels().get(role)
    return found.text(locale) if found else role


def role_names(locale: str) -> Mapping[str, str]:
    """Name every role."""
    return {role: label.text(locale) for role, label in _labels().items()}


def role_choices(locale: str, roles: Sequence[str]) -> list[Choice]:
    """Offer roles."""
    return [Choice(role, role_label(locale, role)) for role in roles]


def role_groups(locale: str, giver: str, kinds: Collection[str]) -> list[ChoiceGroup]:
    """Offer what somebody may give in organisations of these kinds, the narrowest role first."""
    return [
        ChoiceGroup(gettext(locale, KINDS[kind]), role_choices(locale, list(reversed(roles))))
        for kind in ROLES_OF_KIND
        if kind in kinds and (roles := roles_to_give(giver, kind))
    ]


def state_choices(locale: str) -> list[Choice]:
    """Offer what a list of people may be narrowed to."""
    return [
        Choice("open", pgettext(locale, "people", "Who can work")),
        Choice("closed", pgettext(locale, "people", "Shut out")),
        Choice("all", pgettext(locale, "people", "All")),
    ]


async def region_names(transaction: Transaction, locale: str) -> Mapping[str, str]:
    """Name the regions by the text of their id, which is also how a branch is written."""
    rows = await read_regions(transaction)
    names = {str(UUID(str(row["id"]))): str(row[f"name_{locale}"] or row["name_ru"]) for row in rows}
    return dict(sorted(names.items(), key=lambda pair: pair[1]))


def region_choices(names: Mapping[str, str]) -> list[Choice]:
    """Offer regions."""
    return [Choice(code, name) for code, name in names.items()]
