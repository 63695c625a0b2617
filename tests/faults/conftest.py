"""One portal for the phase: its parts are meant to break and to come back."""

import sys
from collections.abc import Iterator

import pytest

from app.infra.waypoints import VARIABLE
from tests.faults.crashes import Matrix, Stops
from tests.faults.dealer import Dealer
from tests.faults.oracle import Oracle
from tests.support.portal import Portal, running_portal


@pytest.fixture(scope="package")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matrix]:
    """All parts with the tiny profile, as `make up` starts them, stopping where a test asks."""
    folder = tmp_path_factory.mktemp("waypoints")
    with running_portal(tmp_path_factory.mktemp("faults"), {VARIABLE: str(folder)}) as running:
        matrix = Matrix(running, Stops(folder))
        yield matrix
        sys.stdout.write(matrix.table())


@pytest.fixture
def portal(matrix: Matrix) -> Portal:
    """The portal of the phase."""
    return matrix.portal


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
