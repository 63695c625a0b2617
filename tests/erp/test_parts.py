"""A batch is cut so that nobody waits long for what a part of it locks."""

from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from app.erp.mappings import STREAMS
from app.erp.mappings.orders import ORDERS
from app.erp.parts import MOST_WEIGHT, ORDER_WEIGHT, in_parts
from app.erp.wire.messages import Entry

_SETS = [stream.set_name for stream in STREAMS] + ["Catalog_Неизвестный"]


def entry(idx: int, set_name: str) -> Entry:
    return Entry(idx=idx, set_name=set_name, ref=UUID(int=idx), label="", as_of_batch=1, data=msgspec.Raw(b"{}"))


def weight(part: list[Entry]) -> int:
    return sum(ORDER_WEIGHT if one.set_name == ORDERS.set_name else 1 for one in part)


@given(st.lists(st.sampled_from(_SETS), max_size=1500))
def test_every_entry_is_in_one_part_and_no_part_is_too_heavy(sets: list[str]) -> None:
    entries = [entry(number, name) for number, name in enumerate(sets, 1)]
    parts = in_parts(entries)
    together = [one for part in parts for one in part]
    assert sorted(one.idx for one in together) == [one.idx for one in entries]
    assert all(weight(part) <= MOST_WEIGHT for part in parts)
    assert all(part for part in parts) or parts == [[]]
    places = [(_SETS.index(one.set_name), one.idx) for one in together]
    assert places == sorted(places)


def test_a_batch_of_master_data_is_one_part() -> None:
    assert len(in_parts([entry(number, _SETS[3]) for number in range(MOST_WEIGHT)])) == 1
    assert len(in_parts([entry(number, ORDERS.set_name) for number in range(60)])) == 3
    assert in_parts([]) == [[]]
