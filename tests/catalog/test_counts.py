"""Total, facet counts, order and offers equal those of plain Python, whatever is asked by whomever."""

from typing import cast
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.access.decisions import Conjunction, Decision
from app.catalog.queries.facets import read_counts
from app.catalog.queries.page import Keyset, read_page
from app.catalog.schemas import FACETS, Counts, Filters, Row
from app.infra.db.transaction import Transaction, open_tenant_transaction
from tests.catalog.conftest import EDGE, Shelf
from tests.catalog.factory import TODAY, World, make_world
from tests.catalog.people import all_rights, may, own_offers

WORLD = make_world(EDGE, tenant=1)
TOTALS: list[int] = []
_KINDS = ("oil", "grease", "fluid", "base_oil", "service")
_PACKAGES = ("bottle", "canister", "pail", "drum", "ibc", "tank_truck", "rail_tank", "cartridge")


def ids_of(world: World, table: str, column: int = 1) -> list[UUID]:
    return sorted({one for row in world.rows[table] if isinstance(one := row[column], UUID)}, key=str)


def some(values: list[UUID], most: int = 3) -> st.SearchStrategy[list[UUID]]:
    return st.lists(st.sampled_from(values), max_size=most, unique=True)


def maybe_set(values: list[UUID]) -> st.SearchStrategy[frozenset[UUID] | None]:
    # Half the rules leave a dimension open, so that enough is allowed to prove anything.
    return st.none() | st.frozensets(st.sampled_from(values), min_size=1, max_size=max(1, len(values) * 2 // 3))


def decisions(world: World) -> st.SearchStrategy[Decision]:
    one = st.builds(
        Conjunction,
        reg=st.none() | maybe_set(ids_of(world, "regions")),
        org=st.none() | maybe_set(world.partners),
        ctr=st.none() | maybe_set(ids_of(world, "contracts")),
        agr=st.none() | maybe_set(ids_of(world, "agreements")),
        lin=st.none() | maybe_set(ids_of(world, "product_lines")),
        prd=st.none() | st.none() | maybe_set(ids_of(world, "products")),
        live=st.booleans(),
    )
    rules = st.tuples(st.lists(one, min_size=1, max_size=3), st.lists(one, max_size=2))
    return rules.map(lambda pair: may(*pair[0], deny=tuple(pair[1])))


def questions(world: World) -> st.SearchStrategy[Filters]:
    return st.builds(
        Filters,
        contract=some(ids_of(world, "contracts"), 4),
        agreement=st.just([]) | some(ids_of(world, "agreements"), 8),
        plant=some(ids_of(world, "plants"), 2),
        kind=st.lists(st.sampled_from(_KINDS), max_size=3, unique=True),
        line=st.just([]) | some(ids_of(world, "product_lines"), 4),
        standard=st.just([]) | some(ids_of(world, "standards"), 4),
        viscosity=st.lists(st.sampled_from(["SAE 5W-30", "ISO VG 46", "NLGI 2", "no such"]), max_size=2, unique=True),
        package=st.just([]) | st.lists(st.sampled_from(_PACKAGES), max_size=4, unique=True),
        mode=st.sampled_from([None, None, None, "packaged", "tank_truck", "rail_tank"]),
    )


async def whole_list(
    transaction: Transaction, decision: Decision, filters: Filters, *, locale: str = "ru", step: int = 37
) -> tuple[Counts, list[Row]]:
    """Read counts and turn every page."""
    counts = await read_counts(transaction, decision, filters, None, on=TODAY, locale=locale)
    rows: list[Row] = []
    after: Keyset | None = None
    while True:
        picked = await read_page(
            transaction,
            all_rights(decision),
            filters,
            counts,
            on=TODAY,
            locale=locale,
            sort="name",
            after=after,
            limit=step,
            is_wide=False,
        )
        rows += picked.rows
        if picked.last is None:
            return counts, rows
        after = picked.last


async def agree(shelf: Shelf, decision: Decision, filters: Filters, locale: str = "ru") -> int:
    """Compare everything for one question; give the total."""
    truth = shelf.oracle.ask(decision, filters, locale=locale)
    async with open_tenant_transaction(shelf.staff, 1, read_only=True) as transaction:
        counts, rows = await whole_list(transaction, decision, filters, locale=locale)
    assert counts.total == truth.total
    for name in FACETS:
        assert {value.key: value.count for value in counts.facets[name]} == truth.facets[name], name
    assert [row.card.id for row in rows] == list(truth.order)
    for row in rows:
        assert {offer.agreement_id for offer in row.offers} == truth.offers[row.card.id]
        assert row.offers_total == len(row.offers)
    return counts.total


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(decisions(WORLD), questions(WORLD), st.sampled_from(["ru", "kk", "en"]))
async def test_every_question_is_answered_as_plain_python_answers_it(
    shelf: Shelf, decision: Decision, filters: Filters, locale: str
) -> None:
    TOTALS.append(await agree(shelf, decision, filters, locale))


def test_the_questions_were_not_about_nothing() -> None:
    # Comparing nothing with nothing would prove nothing.
    assert len(TOTALS) >= 60
    assert sum(total > 0 for total in TOTALS) >= len(TOTALS) // 5


async def test_a_buyer_meets_every_own_offer_and_no_other(shelf: Shelf) -> None:
    assert await agree(shelf, own_offers(shelf.partner), Filters()) > 50


async def test_a_newer_standard_answers_for_the_one_it_supersedes(shelf: Shelf) -> None:
    codes = {row[2]: row[1] for row in shelf.world.rows["standards"]}
    older, newer = codes["API SP"], codes["API SQ"]
    assert isinstance(older, UUID)
    everything = may(Conjunction())
    truth = shelf.oracle.ask(everything, Filters(standard=[older]))
    assert await agree(shelf, everything, Filters(standard=[older])) == truth.total
    grade_of = {row[1]: row[3] for row in shelf.world.rows["products"]}
    met_by = {row[1]: cast("list[UUID]", row[11]) for row in shelf.world.rows["grades"]}
    met = [met_by[grade_of[one]] for one in truth.order]
    assert any(newer in one and older not in one for one in met)
