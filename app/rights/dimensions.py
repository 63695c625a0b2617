"""What a rule about each resource may ask, from ``policies/dimensions.csv``, and the rows of the matrix."""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from app.access.permissions import read_table

# The order of the rows; a resource nobody placed comes last.
GROUPS: Final[Sequence[tuple[str, Sequence[str]]]] = (
    ("sales", ("offer", "price", "stock", "order", "pickup")),
    ("terms", ("contract", "agreement", "limit", "plan", "consignee", "document")),
    ("people", ("organisation", "region", "user", "notification", "profile")),
    ("portal", ()),
)
_REGIONAL: Final = frozenset({"reg", "org", "ctr", "agr"})


class Permission(Struct, frozen=True):
    """One row of the matrix."""

    resource: str
    action: str
    labels: Mapping[str, str]  # by language

    @property
    def name(self) -> str:
        """How an address and a script name it."""
        return f"{self.resource}:{self.action}"

    def label(self, locale: str) -> str:
        """Read the row's heading."""
        return self.labels.get(locale, self.labels["ru"])


def _permissions() -> list[Permission]:
    return [
        Permission(row["resource"], row["action"], {locale: row[locale] for locale in ("ru", "kk", "en")})
        for row in read_table("permissions.csv")
    ]


def _terms() -> dict[str, frozenset[str]]:
    return {row["resource"]: frozenset(row["terms"].split("|")) for row in read_table("dimensions.csv")}


PERMISSIONS: Final[Sequence[Permission]] = _permissions()
_TERMS: Final = _terms()


def terms_of_resource(resource: str) -> frozenset[str]:
    """Name the terms a rule about the resource may use; none means it is given or refused as a whole."""
    return _TERMS.get(resource, frozenset())


def is_regional(resource: str) -> bool:
    """Whether rights to the resource can grow from region to region."""
    return bool(terms_of_resource(resource) & _REGIONAL)


def grouped() -> list[tuple[str, list[Permission]]]:
    """Give the rows of the matrix under their headings."""
    placed = {resource: group for group, resources in GROUPS for resource in resources}
    last = GROUPS[-1][0]
    return [(group, [one for one in PERMISSIONS if placed.get(one.resource, last) == group]) for group, _ in GROUPS]


def find_permission(name: str) -> Permission | None:
    """Find a row by its name."""
    return next((one for one in PERMISSIONS if one.name == name), None)
