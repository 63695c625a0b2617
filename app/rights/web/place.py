"""Where in the matrix somebody is: what the address says, and addresses of other places."""

from typing import cast
from urllib.parse import urlencode
from uuid import UUID

from msgspec import Struct
from msgspec.structs import asdict, replace

from app.access.terms import Dimension
from app.rights.rules.lines import Slice
from app.rights.schemas import DimensionName


class Place(Struct, frozen=True):
    """The query of the page, as it was asked for."""

    slice: DimensionName = ""  # which tab
    item: UUID | None = None  # the object of the slice
    columns: str = ""  # "groups" for the groups of roles
    subject: str = ""  # one person or organisation instead of roles
    q: str = ""  # part of a permission's name
    find: str = ""  # part of a person's or an organisation's name
    look: str = ""  # part of an object's name
    draft: UUID | None = None
    of: str = ""  # the open cell: its subject
    cell: str = ""  # and its permission

    @property
    def within(self) -> Slice | None:
        """The slice, once an object is chosen."""
        if not self.slice or self.item is None:
            return None
        dimension: Dimension = self.slice
        return Slice(dimension, self.item)

    def href(self, **changes: object) -> str:
        """Give the address of this place with changes; what is empty is left out."""
        query = _said(replace(self, **changes))
        return f"/access?{urlencode(query)}" if query else "/access"

    def hidden(self, *without: str) -> dict[str, str]:
        """Give what a form must carry along so that the rest of the place stays."""
        return {name: value for name, value in _said(self).items() if name not in without}


def _said(place: Place) -> dict[str, str]:
    values = cast("dict[str, object]", asdict(place))
    return {name: str(value) for name, value in values.items() if value}
