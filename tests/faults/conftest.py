"""One portal for the phase: its parts are meant to break and to come back."""

from collections.abc import Iterator

import pytest

from tests.faults.dealer import Dealer
from tests.faults.oracle import Oracle
from tests.support.portal import Portal, running_portal


@pytest.fixture(scope="package")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """All parts with the tiny profile, as `make up` starts them."""
    with running_portal(tmp_path_factory.mktemp("faults")) as running:
        yield running


@pytest.fixture
def oracle(portal: Portal) -> Iterator[Oracle]:
    """Faults and the truth; no fault outlives its test."""
    oracle = Oracle(portal)
    yield oracle
    oracle.close()


@pytest.fixture
def dealer(portal: Portal) -> Iterator[Dealer]:
    """Somebody who orders."""
    with Dealer(portal.url, portal.account("distributor_head")) as dealer:
        yield dealer
