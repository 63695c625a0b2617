"""Of which moment the data of a page is: every page of every cabinet says it for what it shows of 1C:ERP."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from app.infra.i18n.wording import N_


class Shown(Struct, frozen=True):
    """One kind of data a page shows: its stream, whose right it takes, and how its age is said."""

    stream: str
    permission: str
    text: str  # message id with %(time)s


PRICES: Final = Shown("prices", "price:view", N_("Prices as of %(time)s"))
STOCK: Final = Shown("stock", "stock:view", N_("Stock as of %(time)s"))
ORDERS: Final = Shown("orders", "order:view", N_("Orders as of %(time)s"))
LIMITS: Final = Shown("limits", "limit:view", N_("Limits and debts as of %(time)s"))
CONTRACTS: Final = Shown("contracts", "contract:view", N_("Contracts as of %(time)s"))
ADDRESSES: Final = Shown("addresses", "consignee:view", N_("Delivery addresses as of %(time)s"))
PLANS: Final = Shown("plans", "plan:view", N_("Plans as of %(time)s"))
# The first part of an address -> what its pages show of the ERP.
PAGES: Final[Mapping[str, Sequence[Shown]]] = {
    "home": (ORDERS, LIMITS, PLANS),
    "catalog": (PRICES, STOCK),
    "orders": (ORDERS, PRICES, STOCK, LIMITS),
    "contracts": (CONTRACTS, LIMITS),
    "limits": (LIMITS, CONTRACTS),
    "consignees": (ADDRESSES,),
    "plans": (PLANS,),
    "search": (ORDERS, PRICES, STOCK),
    "why": (PRICES, LIMITS, CONTRACTS),
}


class Age(Struct, frozen=True):
    """One kind of data and the moment it is of; ``is_behind``: others go on, this does not."""

    shown: Shown
    moment: datetime
    is_behind: bool


def ages_of(path: str, feed_at: datetime | None, behind: Mapping[str, datetime]) -> list[Age]:
    """Name what a page shows of the ERP, each with its moment; nothing before the first load."""
    shown = PAGES.get(path.strip("/").partition("/")[0], ())
    found: list[Age] = []
    for one in shown:
        since = behind.get(one.stream)
        moment = min((m for m in (feed_at, since) if m is not None), default=None)
        if moment is not None:
            found.append(Age(one, moment, is_behind=since is not None))
    return found
