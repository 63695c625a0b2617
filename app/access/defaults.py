"""The rights a new tenant begins with, read from the tables in ``policies/``."""

from typing import Final
from uuid import NAMESPACE_URL, uuid5

import msgspec

from app.access.permissions import read_table
from app.access.rules import Link, Rule
from app.access.terms import ANY

_TERMS: Final = ("reg", "org", "ctr", "agr", "lin", "prd", "val", "aut")


class RoleLabel(msgspec.Struct, frozen=True):
    """A role as people read it, and the cabinet it opens (empty for the guest)."""

    cabinet: str
    ru: str
    kk: str
    en: str

    def text(self, locale: str) -> str:
        """Read the label in one language."""
        return {"kk": self.kk, "en": self.en}.get(locale, self.ru)


def default_rules(tenant_code: str) -> list[Rule]:
    """Read the default rules; ids are the same whenever they are made for the same tenant."""
    return [_rule(tenant_code, row) for row in read_table("rules.csv")]


def default_notes(tenant_code: str) -> dict[str, str]:
    """Read why a rule is there, by the text of its id."""
    return {str(_rule(tenant_code, row).id): row["note"] for row in read_table("rules.csv")}


def default_links() -> list[Link]:
    """Read who has whose rules."""
    return [Link(f"r:{row['child']}", f"r:{row['parent']}") for row in read_table("links.csv")]


def role_labels() -> dict[str, RoleLabel]:
    """Read the thirteen roles."""
    return {row["role"]: RoleLabel(row["cabinet"], row["ru"], row["kk"], row["en"]) for row in read_table("roles.csv")}


def _rule(tenant_code: str, row: dict[str, str]) -> Rule:
    terms = {name: row[name] or ANY for name in _TERMS}
    said = "/".join((tenant_code, row["role"], row["resource"], row["action"], *terms.values(), row["effect"]))
    named: dict[str, object] = {
        "id": uuid5(NAMESPACE_URL, f"karavan:rule/{said}"),
        "subject": f"r:{row['role']}",
        "resource": row["resource"],
        "action": row["action"],
        "effect": row["effect"],
    }
    return msgspec.convert({**named, **terms}, Rule)
