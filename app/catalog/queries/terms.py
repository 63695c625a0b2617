"""Pieces every statement about offers shares, so that no two of them can disagree about what is orderable.

Names in them: a agreement, c contract, l price list, s segment, p product, g grade, r price.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from app.access.decisions import Decision
from app.kernel.money import HOME_CURRENCIES

# An agreement counts together with its contract, its segment and a list in the contract's currency (R2, R3).
# A list with VAT inside serves shops, never a contract.
AGREEMENT: Final = """
    agreements a
    JOIN contracts c ON c.tenant_id = $1 AND c.id = a.contract_id AND c.partner_id = a.partner_id
    JOIN segments s ON s.tenant_id = $1 AND s.id = a.segment_id AND s.deleted_at IS NULL
    JOIN price_lists l ON l.tenant_id = $1 AND l.id = a.price_list_id AND l.deleted_at IS NULL
        AND l.currency = c.currency AND NOT l.with_vat
"""

LIVE: Final = """
    (a.status = 'live' AND a.deleted_at IS NULL AND c.status = 'live' AND c.deleted_at IS NULL
     AND coalesce(a.valid_from, $2) <= $2 AND coalesce(a.valid_to, $2) >= $2
     AND coalesce(c.valid_from, $2) <= $2 AND coalesce(c.valid_to, $2) >= $2)
"""

# A row of today's price that means something; 0 is the ERP's way to say "no price".
PRICED: Final = "r.amount > 0 AND r.valid_from <= $2 AND coalesce(r.valid_to, $2) >= $2"
SELLABLE: Final = "p.deleted_at IS NULL AND NOT p.is_blocked AND g.deleted_at IS NULL"

# When the ERP last stood by a figure: when it sent it, or when it had nothing newer to send.
CONFIRMED: Final = "greatest({}, (SELECT e.feed_at FROM erp_freshness e WHERE e.tenant_id = $1))"

# Whether a contract is in a currency its country does not count in. Amounts of two currencies are never compared:
# offers come at home first, then currency by currency, and only within one from the lowest price.
ABROAD: Final = (
    "(c.currency IS DISTINCT FROM CASE c.vat_country "
    + " ".join(f"WHEN '{country}' THEN '{currency}'" for country, currency in sorted(HOME_CURRENCIES.items()))
    + " ELSE (SELECT t.currency FROM tenants t WHERE t.id = $1) END)"
)

OFFER_COLUMNS: Final = {
    # An agreement that delivers anywhere belongs, for the rules, to its client's region.
    "reg": "coalesce(a.region_id, (SELECT o.region_id FROM partners o WHERE o.tenant_id = $1 AND o.id = a.partner_id))",
    "org": "a.partner_id",
    "ctr": "a.contract_id",
    "agr": "a.id",
    "lin": "g.line_id",
    "prd": "p.id",
    "live": "true",  # every statement that uses these columns already asks for live ones
}


class Params:
    """Parameters of a statement under construction: ``add`` gives the placeholder."""

    def __init__(self, tenant_id: int, on: date) -> None:
        """``$1`` is the tenant and ``$2`` the business date in every statement of the catalogue."""
        self.values: list[object] = [tenant_id, on]

    def add(self, value: object) -> str:
        """Add one value and give its ``$n``."""
        self.values.append(value)
        return f"${len(self.values)}"

    def allow(self, decision: Decision) -> str:
        """Add a decision about offers and give its condition."""
        text, values = decision.text(OFFER_COLUMNS, len(self.values) + 1)
        self.values.extend(values)
        return text


def uuids(values: Sequence[UUID] | None) -> list[UUID] | None:
    """Give what the driver takes as ``uuid[]``; None means "not asked"."""
    return None if values is None else list(values)
