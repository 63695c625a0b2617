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
PAUSED: Final = N_(
    "News from 1C:ERP has been paused since %(time)s: prices, stock and limits are of that moment. Orders are accepted."
)
HELD: Final = N_(
    "Orders have not gone to 1C:ERP since %(time)s: they are accepted here and wait. Everything else works."
)
BEHIND: Final = N_(
    "Part of what this page shows has not been updated from 1C:ERP since %(time)s. Everything else works."
)
DATA_OLD: Final = N_("The data of 1C:ERP was last checked at %(time)s; it may have changed since.")
STANDING_IN: Final = N_(
    "You stand in for %(name)s until %(last)s. What you do bears both names. Your own place is in the list at the top."
)
FOR_COLLEAGUE: Final = N_("In place of: %(name)s")
FACTOR_NEEDED: Final = N_("Your role demands a second factor. Until it is set up the portal shows you nothing else.")
SET_UP: Final = N_("Set up")
WORDING: Final[Mapping[str, str]] = {}
SEEN_AS: Final = N_("You see the portal as %(name)s does. Nothing can be changed. It ends by itself at %(time)s.")
SEEN_END: Final = N_("Back to myself")
