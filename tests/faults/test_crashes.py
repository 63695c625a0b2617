"""The crash matrix: a sample of it in `make test`, all of it in `make prove ONLY=faults`."""

import os

import pytest

from tests.faults.crashes import ALL, SAMPLE, Cell, Matrix
from tests.faults.dealer import Dealer
from tests.faults.oracle import Oracle

CELLS = ALL if os.environ.get("KARAVAN_CELLS") == "all" else SAMPLE


@pytest.mark.parametrize("cell", CELLS, ids=map(str, CELLS))
def test_nothing_is_lost_doubled_or_different(matrix: Matrix, oracle: Oracle, dealer: Dealer, cell: Cell) -> None:
    matrix.run(cell, dealer, oracle)
