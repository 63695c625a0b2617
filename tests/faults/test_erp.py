"""The ERP and the wire break: the buyer does not wait, and every order arrives exactly once."""

import html
import re
from collections.abc import Mapping
from typing import Final

import pytest

from app.cabinets.wording import ERP_AWAY
from app.infra.i18n.wording import gettext
from tests.faults.dealer import Dealer
from tests.faults.oracle import Oracle
from tests.support.portal import Portal
from tests.support.waiting import eventually

BUYER_WAITS_AT_MOST_S: Final = 6.0  # on a loaded machine; an answer of the ERP would take longer
COMMANDS: Final = {"path~": "/commands$"}
ANY_TIME: Final = "\x00"

FAULTS: Final[Mapping[str, Mapping[str, object]]] = {
    "the answer is lost after the commit": {"fault": "drop_after_commit", "match": COMMANDS, "times": 3},
    "the line breaks before the work": {"fault": "drop_before_handle", "match": COMMANDS, "times": 3},
    "500 with a page": {"fault": "http", "match": COMMANDS, "status": 500, "body": "html", "times": 3},
    "502 with nothing": {"fault": "http", "match": COMMANDS, "status": 502, "body": "empty", "times": 3},
    "slower than anybody waits": {"fault": "latency", "match": COMMANDS, "ms": 9000, "times": 1},
    "away, every connection refused": {"fault": "maintenance", "mode": "refuse", "for_s": 4},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_orders_arrive_once_whatever_the_wire_does(oracle: Oracle, dealer: Dealer, fault: str) -> None:
    drafts = [dealer.draft(number) for number in range(3)]
    oracle.fault(FAULTS[fault])
    waited = [dealer.submit(one) for one in drafts]
    assert max(waited) < BUYER_WAITS_AT_MOST_S
    oracle.assert_all_arrived_once(dealer, drafts)


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
