"""The ERP is away: pages say since when, and the buyer does not wait."""

import html
import re
from typing import Final

from app.cabinets.wording import ERP_AWAY
from app.infra.i18n.wording import gettext
from tests.faults.crashes import BUYER_WAITS_AT_MOST_S
from tests.faults.dealer import Dealer
from tests.faults.oracle import Oracle
from tests.support.portal import Portal
from tests.support.waiting import eventually

ANY_TIME: Final = "\x00"


def test_under_maintenance_pages_say_since_when_and_orders_wait(portal: Portal, oracle: Oracle, dealer: Dealer) -> None:
    told = away_words(portal)
    assert not told.search(dealer.page())
    oracle.fault({"fault": "maintenance", "mode": "html", "for_s": 8})
    assert eventually(lambda: told.search(dealer.page()) is not None, 15)
    order = dealer.draft()
    assert dealer.submit(order) < BUYER_WAITS_AT_MOST_S
    assert oracle.writes(order) == []
    oracle.assert_all_arrived_once(dealer, [order])
    assert eventually(lambda: told.search(dealer.page()) is None, 15)


def away_words(portal: Portal) -> re.Pattern[str]:
    """The strip that names the moment since when the ERP has not answered, in the dealer's language."""
    said = gettext(portal.account("distributor_head").locale, ERP_AWAY, time=ANY_TIME)
    return re.compile(re.escape(html.escape(said)).replace(re.escape(ANY_TIME), r"[^<]*\d[^<]*"))
