"""What moved under a waiting order, each by itself and all at once."""

from uuid import UUID

import pytest
from msgspec.structs import replace

from app.kernel.errors import Problem
from app.orders.rules.facts import AddressFacts, Delivery
from app.orders.rules.standing import LineStanding, find_standing_problems
from tests.orders.rules.test_obstacles import ADDRESS, CITY, CONTRACT, COUNTRY, ELSEWHERE

SOUND = LineStanding("AL-1", is_blocked=False, agreement_number="A-1", is_live=True, is_covered=True, region_id=None)
BLOCKED = replace(SOUND, is_blocked=True)
ABOUT = {"sku": "AL-1", "number": "A-1"}


def problems_of(
    *lines: LineStanding, address: AddressFacts | None = ADDRESS, delivery: Delivery = "delivery"
) -> list[Problem]:
    """Look at lines of an order whose contract is in force."""
    return list(find_standing_problems(CONTRACT, address, delivery, lines))


def test_what_still_holds_is_let_through() -> None:
    assert problems_of(SOUND, SOUND) == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (BLOCKED, Problem("product_blocked_since", "lines[1].product_id", {"sku": "AL-1"})),
        (replace(SOUND, is_live=False), Problem("agreement_closed_since", "lines[1].product_id", ABOUT)),
        (replace(SOUND, is_covered=False), Problem("not_in_agreement_since", "lines[1].product_id", ABOUT)),
        (replace(SOUND, region_id=ELSEWHERE), Problem("region_not_allowed_since", "lines[1].product_id", ABOUT)),
    ],
)
def test_each_change_is_told_at_its_line(line: LineStanding, problem: Problem) -> None:
    assert problems_of(SOUND, line) == [problem]


def test_a_contract_that_ended_or_is_gone_is_told_before_the_lines() -> None:
    found = find_standing_problems(replace(CONTRACT, is_live=False), ADDRESS, "delivery", [BLOCKED])
    assert [(one.code, one.field, one.params.get("number")) for one in found] == [
        ("contract_closed_since", "contract_id", "KZ-1"),
        ("product_blocked_since", "lines[0].product_id", None),
    ]
    gone = find_standing_problems(None, ADDRESS, "delivery", [SOUND])
    assert list(gone) == [Problem("contract_closed_since", "contract_id", {"number": "—"})]


@pytest.mark.parametrize("region", [CITY, COUNTRY, None])
def test_an_address_within_the_region_is_delivered_to(region: UUID | None) -> None:
    assert problems_of(replace(SOUND, region_id=region)) == []


def test_an_address_that_is_gone_lies_in_no_region_and_who_collects_needs_none() -> None:
    bound = replace(SOUND, region_id=CITY)
    assert [one.code for one in problems_of(bound, address=None)] == ["region_not_allowed_since"]
    assert problems_of(SOUND, address=None) == []
    assert problems_of(replace(SOUND, region_id=ELSEWHERE), address=None, delivery="pickup") == []


def test_a_line_tells_of_its_product_and_the_first_thing_wrong_with_its_agreement() -> None:
    line = replace(SOUND, is_blocked=True, is_live=False, is_covered=False, region_id=ELSEWHERE)
    assert [one.code for one in problems_of(line)] == ["product_blocked_since", "agreement_closed_since"]
    covered = replace(line, is_blocked=False, is_live=True)
    assert [one.code for one in problems_of(covered)] == ["not_in_agreement_since"]
