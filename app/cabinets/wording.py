"""Names of cabinets, and what the strip under the top bar says."""

from collections.abc import Mapping
from typing import Final

from app.access.actors import Cabinet
from app.infra.i18n.wording import N_, NC_

CABINETS: Final[Mapping[Cabinet, str]] = {
    "distributor": NC_("cabinet", "Distributor"),
    "direct_buyer": NC_("cabinet", "Direct buyer"),
    "logistics": NC_("cabinet", "Logistics"),
    "service": NC_("cabinet", "Client service"),
    "admin": NC_("cabinet", "Administration"),
}
ERP_AWAY: Final = N_(
    "1C:ERP does not answer since %(time)s. Reading goes on from what is stored here; orders are accepted and wait."
)
DATA_OLD: Final = N_("The data of 1C:ERP was last checked at %(time)s; it may have changed since.")
WORDING: Final[Mapping[str, str]] = {}
