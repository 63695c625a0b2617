"""VAT by the day of supply (R15): the rate that stands when goods leave, not when they are ordered.

Sources: DOMAIN, section 8. KZ: 16 % from 1 January 2026. TJ: 13 % from 1 January 2027. RU: 22 % from
1 January 2026. A sale under the export or the EAEU regime bears 0 %.
"""

from datetime import date
from decimal import Decimal
from typing import Final

_ALWAYS: Final = date(1, 1, 1)
# Each country: (first day, rate), newest first.
_RATES: Final[dict[str, tuple[tuple[date, Decimal], ...]]] = {
    "KZ": ((date(2026, 1, 1), Decimal(16)), (_ALWAYS, Decimal(12))),
    "KG": ((_ALWAYS, Decimal(12)),),
    "TJ": ((date(2027, 1, 1), Decimal(13)), (_ALWAYS, Decimal(14))),
    "CN": ((_ALWAYS, Decimal(13)),),
    "UZ": ((_ALWAYS, Decimal(12)),),
    "MN": ((_ALWAYS, Decimal(10)),),
    "TM": ((_ALWAYS, Decimal(15)),),
    "RU": ((date(2026, 1, 1), Decimal(22)), (_ALWAYS, Decimal(20))),
}


def vat_percent(country: str, regime: str, supplied_on: date) -> Decimal:
    """Give the rate in per cent for a country (ISO 3166 alpha-2) and the contract's regime.

    Raises:
        KeyError: no rate of this country is known; guessing one would be a wrong invoice.
    """
    if regime != "domestic":
        return Decimal(0)
    return next(percent for since, percent in _RATES[country] if supplied_on >= since)
