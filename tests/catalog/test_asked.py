"""Addresses of the catalogue: read strictly, written in one way, short where a page has hundreds of values."""

from urllib.parse import parse_qsl
from uuid import UUID

import pytest

from app.access.decisions import Conjunction
from app.catalog.asked import address, read_filters, write_pairs
from app.catalog.queries.facets import read_counts
from app.catalog.schemas import FacetName, Filters
from app.infra.db.transaction import open_tenant_transaction
from app.kernel.errors import InvalidInputError
from tests.catalog.conftest import Shelf
from tests.catalog.factory import TODAY
from tests.catalog.people import may

EVERYTHING = may(Conjunction())
ID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"


def test_what_was_asked_is_written_as_it_was_read() -> None:
    asked = f"contract={ID}&plant=3&kind=oil&line={ID}&line=12&standard=7&q=5w+30&sort=sku"
    pairs = parse_qsl(asked)
    filters = read_filters(pairs)
    assert (filters.plant, filters.line, filters.standard) == ([3], [UUID(ID), 12], [7])
    again = address(write_pairs(filters, "sku"))
    assert read_filters(parse_qsl(again.partition("?")[2])) == filters
    assert sorted(parse_qsl(again.partition("?")[2])) == sorted(pairs)


@pytest.mark.parametrize(
    ("name", "value"),
    [("contract", "7"), ("agreement", "7"), ("line", "-1"), ("line", "12345678"), ("plant", "٣"), ("standard", "x")],
)
def test_what_is_neither_an_id_nor_a_number_is_refused(name: str, value: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read_filters([(name, value)])
    assert [(one.field, one.code) for one in refused.value.problems] == [(name, "not_an_id")]


@pytest.mark.parametrize("name", ["plant", "line", "standard"])
async def test_a_number_asks_for_the_same_products_as_the_id(shelf: Shelf, name: FacetName) -> None:
    async with open_tenant_transaction(shelf.staff, 1, read_only=True) as transaction:

        async def ask(filters: Filters) -> tuple[int, bytes]:
            counts = await read_counts(transaction, EVERYTHING, filters, None, on=TODAY, locale="en")
            return counts.total, counts.mask

        everything = await read_counts(transaction, EVERYTHING, Filters(), None, on=TODAY, locale="en")
        values = everything.facets[name]
        assert len({one.number for one in values}) == len(values) > 1
        for one in values:
            found = await ask(read_filters([(name, str(one.number))]))
            assert found == await ask(read_filters([(name, one.key)]))
            assert found[0] == one.count
        both = [(name, str(values[0].number)), (name, values[1].key)]
        assert await ask(read_filters(both)) == await ask(
            read_filters([(name, values[0].key), (name, str(values[1].number))])
        )
        assert (await ask(read_filters([(name, "9999999")])))[0] == 0
