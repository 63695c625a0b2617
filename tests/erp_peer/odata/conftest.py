"""The standard interface of the module's stand-in."""

from collections.abc import Iterator

import pytest

from tests.erp_peer.odata.client import Interface
from tests.erp_peer.portal import Portal


@pytest.fixture(scope="module")
def odata(portal: Portal) -> Iterator[Interface]:
    """The first infobase."""
    found = Interface(portal.url)
    yield found
    found.close()
