"""The tree of an expression of `$filter`, `Condition` or `$orderby`."""

import datetime as dt
from decimal import Decimal
from typing import Literal as OneOf

from msgspec import Struct

from erp_peer.odata.edm import Edm

Comparison = OneOf["eq", "ne", "gt", "ge", "lt", "le"]
Value = str | bool | int | Decimal | dt.datetime | None


class Constant(Struct, frozen=True):
    """A literal; its type is absent for `null`."""

    type: Edm | None
    value: Value


class Path(Struct, frozen=True):
    """A property, possibly of a linked object."""

    names: tuple[str, ...]


class Call(Struct, frozen=True):
    """A function with its arguments."""

    name: str
    arguments: tuple["Node", ...]


class Compare(Struct, frozen=True):
    """A comparison."""

    operator: Comparison
    left: "Node"
    right: "Node"


class Join(Struct, frozen=True):
    """`and` or `or`."""

    operator: OneOf["and", "or"]
    terms: tuple["Node", ...]


class Not(Struct, frozen=True):
    """A negation."""

    inner: "Node"


class Lambda(Struct, frozen=True):
    """`Section/any(d: …)` or `all`."""

    section: str
    quantifier: OneOf["any", "all"]
    variable: str
    inner: "Node"


Node = Constant | Path | Call | Compare | Join | Not | Lambda
