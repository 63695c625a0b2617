"""The draft at hand: what the catalogue shows of it, and where a quantity typed there goes."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from msgspec import Struct

from app.access.actors import Actor
from app.access.policy import Policy
from app.access.terms import Facts
from app.catalog.ports import Basket, Surroundings, Terms
from app.catalog.schemas import Offer
from app.catalog.services import current_offers, keyed_cards
from app.credit.services import credit_of, month_plan
from app.infra.db.transaction import Transaction
from app.kernel.clock import utc_now
from app.kernel.errors import Problem, RejectedError
from app.orders.models import Order
from app.orders.queries.at_hand import AtHand, lock_drafting, read_at_hand
from app.orders.queries.parts import read_line_models
from app.orders.rules.meters import TRUCK_KG
from app.orders.rules.quantities import Mode, mode_of_package
from app.orders.schemas.inputs import CatalogueLine, NewLine
from app.orders.services.desk import Desk, insist_on_draft
from app.orders.services.drafts import keep, start
from app.orders.services.lines import put_lines
from app.orders.services.sheet import Sheet
from app.orders.services.sight import sees_money


class _Line(Struct, frozen=True):
    """A quantity of a product that exists, and the field it was typed in."""

    product_id: UUID
    contract_id: UUID
    quantity: Decimal
    mode: Mode | None
    field: str


class CatalogueDesk:
    """Supplies the catalogue's page with the order at hand, the credit and the plan."""

    async def surroundings(
        self, transaction: Transaction, actor: Actor, policy: Policy, contract_id: UUID | None
    ) -> Surroundings:
        """Read what surrounds the catalogue; two statements at most, three with one contract chosen."""
        desk = Desk(transaction, policy, actor, utc_now())
        return Surroundings(basket=await read_basket(desk, contract_id), terms=await _terms(desk, contract_id))


async def set_from_catalogue(desk: Desk, wanted: Sequence[CatalogueLine]) -> Sequence[Sheet]:
    """Make quantities typed in the catalogue those of the drafts at hand; gives the drafts that were changed.

    An order has one contract and one mode (R3): goods of another contract, or bulk beside packages, go to a
    draft of their own, begun where there is none.

    Raises:
        RejectedError: with every product that cannot be ordered; nothing is changed.
    """
    # Quantities typed one after the other arrive together; the first of them begins the draft for all.
    await lock_drafting(desk.transaction, desk.actor.user_id)
    lines = await _named(desk, wanted)
    offers = await _offers(desk, lines)
    # One that does not exist is told together with one that may not be ordered: nobody learns which is which.
    orderable = {line.field for line in offers}
    if unknown := [line.field for line in wanted if line.quantity and line.field not in orderable]:
        raise RejectedError([Problem("product_unknown", field) for field in unknown])
    drafts: dict[tuple[UUID, Mode | None], list[_Line]] = {}
    for line in lines:
        drafts.setdefault((line.contract_id, line.mode), []).append(line)
    sheets = [await _fill(desk, *draft, lines, offers) for draft, lines in drafts.items()]
    return [sheet for sheet in sheets if sheet is not None]


async def _named(desk: Desk, wanted: Sequence[CatalogueLine]) -> Sequence[_Line]:
    """Say which products are meant; those that do not exist are absent."""
    cards = await keyed_cards(desk.transaction, {line.product for line in wanted})
    return [
        _Line(card.id, line.contract_id, line.quantity, mode_of_package(card.package), line.field)
        for line in wanted
        if (card := cards.get(line.product)) is not None
    ]


async def _offers(desk: Desk, wanted: Sequence[_Line]) -> Mapping[_Line, Offer]:
    """Find the best offer of every product within its contract, if there is one; what is taken out needs none."""
    decision = await desk.decision("offer", "order")
    found: dict[_Line, Offer] = {}
    for contract_id in sorted({line.contract_id for line in wanted if line.quantity}):
        mine = [line for line in wanted if line.quantity and line.contract_id == contract_id]
        products = [line.product_id for line in mine]
        offers = await current_offers(desk.transaction, decision, products, contract_id, desk.today)
        found |= {line: offers[line.product_id][0] for line in mine if line.product_id in offers}
    return found


async def _fill(
    desk: Desk,
    contract_id: UUID,
    mode: Mode | None,
    wanted: Sequence[_Line],
    offers: Mapping[_Line, Offer],
) -> Sheet | None:
    """Write the lines of one contract and mode; None: there was nothing to take out."""
    found = await _at_hand(desk, contract_id, mode)
    first = next((offers[line] for line in wanted if line.quantity), None)
    if found is not None:
        order = await desk.lock(found.id, "draft")
        insist_on_draft(order)
    elif first is not None:
        order = await start(desk, first.partner_id, contract_id)
    else:
        return None
    await _set_lines(desk, order, wanted, offers)
    return await keep(desk, order)


async def _set_lines(desk: Desk, order: Order, wanted: Sequence[_Line], offers: Mapping[_Line, Offer]) -> None:
    lines = await read_line_models(desk.transaction, order)
    new: list[NewLine] = []
    for line in wanted:
        agreement_id = offers[line].agreement_id if line in offers else None
        same = [one for one in lines if one.product_id == line.product_id]
        mine = next((one for one in same if one.agreement_id == agreement_id), same[0] if same else None)
        if mine is None and line.quantity:
            new.append(NewLine(product_id=line.product_id, quantity=line.quantity, agreement_id=agreement_id))
        elif mine is not None and line.quantity:
            mine.quantity = line.quantity
        elif mine is not None:
            await desk.transaction.session.delete(mine)
    if new:
        await desk.transaction.session.flush()
        await put_lines(desk, order, new)


async def _at_hand(desk: Desk, contract_id: UUID | None, mode: Mode | None) -> AtHand | None:
    drafting = await desk.decision("order", "draft")
    return await read_at_hand(desk.transaction, drafting, desk.actor.user_id, contract_id, mode)


async def read_basket(desk: Desk, contract_id: UUID | None) -> Basket | None:
    """Read the draft at hand, of one contract or of any; None where there is none with a line in it."""
    found = await _at_hand(desk, contract_id, None)
    if found is None or not found.quantities:
        return None
    facts = Facts(reg=found.region_id, org=found.partner_id, ctr=found.contract_id)
    quantities: Mapping[UUID, Decimal] = found.quantities
    return Basket(
        order_id=found.id,
        number=found.number,
        contract_id=found.contract_id,
        lines=len(quantities),
        gross=found.gross if await sees_money(desk, facts) else None,
        currency=found.currency,
        kg=found.kg,
        capacity_kg=TRUCK_KG,
        quantities=quantities,
    )


async def _terms(desk: Desk, contract_id: UUID | None) -> Terms | None:
    if contract_id is None:
        return None
    account = await credit_of(desk.transaction, await desk.decision("limit", "view"), contract_id)
    plans = await desk.decision("plan", "view")
    planned = fact = None
    if desk.actor.partner_id is not None and plans.check(Facts(org=desk.actor.partner_id, ctr=contract_id)):
        rows = await month_plan(desk.transaction, plans, desk.actor.partner_id, desk.today.replace(day=1))
        planned = sum((row.planned_kg for row in rows), start=Decimal(0))
        fact = sum((row.fact_kg for row in rows), start=Decimal(0))
    if account is None and planned is None:
        return None
    left = account.erp_limit - account.erp_debt - account.erp_orders - account.unreflected if account else None
    return Terms(
        credit_left=left if account and account.limited else None,
        currency=account.currency if account else "",
        plan_kg=planned or None,
        fact_kg=fact,
        as_of=account.as_of if account else None,
    )
