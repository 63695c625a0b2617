"""Step 1 and step 3 of an order: starting a draft, its details, its vehicle, whom it is shown to."""

from datetime import date
from typing import Final
from uuid import UUID

from app.access.decisions import require
from app.access.terms import Facts
from app.calendars.queries import read_home_calendar
from app.calendars.rules import add_working_days
from app.kernel.errors import NotFoundError, Problem, RejectedError
from app.kernel.ids import new_id
from app.orders.models import Order, Pickup
from app.orders.queries.choices import PartnerChoice, read_addresses, read_contracts, read_partner
from app.orders.queries.numbers import next_number
from app.orders.queries.parts import forget_agreements, read_pickup
from app.orders.queries.writing import add_event
from app.orders.rules.plates import plate_key
from app.orders.schemas.inputs import Details, PickupDetails
from app.orders.services.desk import Desk, insist_on_draft, insist_on_version
from app.orders.services.noting import note, standing
from app.orders.services.sheet import Sheet, read_sheet

# Three working days: what the warehouse promises where nobody asks for a day.
_USUAL_LEAD_DAYS: Final = 3


async def start(desk: Desk, partner_id: UUID | None = None, contract_id: UUID | None = None) -> Order:
    """Begin a draft with everything that has only one answer already filled in.

    ``partner_id`` is needed from the manufacturer's people, who draft on behalf of a client.

    Raises:
        NotFoundError: no such client within the actor's rights.
        NotAllowedError: the actor may not keep drafts.
        RejectedError: no such contract of this client, or a partner that orders nothing.
    """
    partner = await client_of(desk, partner_id)
    facts = Facts(reg=partner.region_id, org=partner.id, author=desk.actor.user_id, branch=desk.actor.branch)
    drafting = await desk.decision("order", "draft")
    require(drafting, facts)
    order = Order(
        tenant_id=desk.transaction.tenant_id,
        id=new_id(),
        number=await next_number(desk.transaction, desk.today),
        partner_id=partner.id,
        author_id=desk.actor.user_id,
        branch=desk.actor.branch,
        region_id=partner.region_id,
        state="draft",
        version=1,
        ship_on=await usual_ship_date(desk),
        created_at=desk.now,
        updated_at=desk.now,
    )
    await _choose_contract(desk, order, contract_id)
    await _choose_only_address(desk, order)
    await desk.add(order, drafting)
    await add_event(desk.transaction, order, "created", desk.actor)
    return order


async def edit_details(desk: Desk, order_id: UUID, details: Details, version: int | None) -> Sheet:
    """Save step 1 as a whole. What may be missing stays missing (R8); what is foreign is refused.

    Raises:
        ChangedMeanwhileError: someone saved the draft since ``version``.
        RejectedError: a contract, counterparty or address that is not this client's to choose.
    """
    order = await lock_draft(desk, order_id, version)
    before = order.contract_id
    await _take_details(desk, order, details)
    if order.contract_id != before:
        await forget_agreements(desk.transaction, order)
    return await keep(desk, order)


async def edit_pickup(desk: Desk, order_id: UUID, details: PickupDetails, version: int | None) -> Sheet:
    """Save vehicle, driver and power of attorney.

    Raises:
        ChangedMeanwhileError: someone saved the draft since ``version``.
        NotAllowedError: the actor may not name vehicles.
    """
    order = await desk.lock(order_id, "edit", resource="pickup")
    insist_on_draft(order)
    insist_on_version(order, version)
    row = await read_pickup(desk.transaction, order)
    if row is None:
        row = Pickup(tenant_id=desk.transaction.tenant_id, order_id=order.id, partner_id=order.partner_id)
        desk.transaction.session.add(row)
    row.plate, row.plate_key = details.plate, plate_key(details.plate)
    row.trailer, row.vehicle_model = details.trailer, details.vehicle_model
    row.driver_name, row.driver_document = details.driver_name, details.driver_document
    row.driver_phone = details.driver_phone
    row.proxy_number, row.proxy_date = details.proxy_number, details.proxy_date
    row.proxy_valid_to = details.proxy_valid_to
    return await keep(desk, order)


async def share(desk: Desk, order_id: UUID, *, shared: bool) -> Order:
    """Show a draft to colleagues, or stop showing it (R19)."""
    order = await desk.lock(order_id, "draft")
    insist_on_draft(order)
    if order.shared != shared:
        before, kind = standing(order), "shared" if shared else "unshared"
        order.shared = shared
        order.version += 1
        order.updated_at = desk.now
        await desk.transaction.session.flush()
        await add_event(desk.transaction, order, kind, desk.actor)
        await note(desk, order, kind, before)
    return order


async def keep(desk: Desk, order: Order) -> Sheet:
    """Write a changed draft: next version, sums as of now; gives it priced."""
    order.version += 1
    order.updated_at = desk.now
    await desk.transaction.session.flush()
    sheet = await read_sheet(desk, order)
    totals = sheet.totals
    order.net, order.vat, order.gross, order.kg = totals.net, totals.vat, totals.gross, totals.kg
    order.currency, order.mode = sheet.context.currency or "", sheet.facts.mode
    await desk.transaction.session.flush()
    return sheet


async def lock_draft(desk: Desk, order_id: UUID, version: int | None) -> Order:
    """Lock a draft the actor may edit.

    Raises:
        NotFoundError: no such draft within the actor's rights.
        ChangedMeanwhileError: it has another version now.
    """
    order = await desk.lock(order_id, "draft")
    insist_on_draft(order)
    insist_on_version(order, version)
    return order


async def client_of(desk: Desk, partner_id: UUID | None) -> PartnerChoice:
    """Find whom a new order is for: the actor's own company, or the client one of the manufacturer's people named.

    Raises:
        NotFoundError: no such client within the actor's rights.
        RejectedError: nobody was named, or a partner that orders nothing.
    """
    partner_id = partner_id or desk.actor.partner_id
    if partner_id is None:
        raise RejectedError([Problem("partner_missing", "partner_id")])
    if desk.actor.partner_id not in {None, partner_id}:
        raise NotFoundError
    partner = await read_partner(desk.transaction, await desk.decision("organisation", "view"), partner_id)
    if partner is None:
        raise NotFoundError
    if not partner.buys:
        raise RejectedError([Problem("partner_orders_nothing", "partner_id")])
    return partner


async def usual_ship_date(desk: Desk) -> date:
    """Count three working days on, by the calendar of the country the manufacturer works in."""
    return add_working_days(await read_home_calendar(desk.transaction), desk.today, _USUAL_LEAD_DAYS)


async def _choose_contract(desk: Desk, order: Order, contract_id: UUID | None) -> None:
    decision = await desk.decision("contract", "view")
    choices = await read_contracts(desk.transaction, decision, order.partner_id, desk.today)
    live = [one for one in choices if one.is_live]
    chosen = next((one for one in choices if one.id == contract_id), None)
    if contract_id is not None and chosen is None:
        raise RejectedError([Problem("contract_unknown", "contract_id")])
    if chosen is None and len(live) == 1:
        chosen = live[0]
    if chosen is not None:
        order.contract_id, order.counterparty_id = chosen.id, chosen.counterparty_id
        order.currency = chosen.currency


async def _choose_only_address(desk: Desk, order: Order) -> None:
    choices = await read_addresses(desk.transaction, await desk.decision("consignee", "view"), order.partner_id)
    if len(choices) == 1:
        order.address_id, order.address_text = choices[0].id, choices[0].text


async def _take_details(desk: Desk, order: Order, details: Details) -> None:
    problems: list[Problem] = []
    contracts = {
        one.id: one
        for one in await read_contracts(
            desk.transaction, await desk.decision("contract", "view"), order.partner_id, desk.today
        )
    }
    addresses = {
        one.id: one
        for one in await read_addresses(desk.transaction, await desk.decision("consignee", "view"), order.partner_id)
    }
    contract = contracts.get(details.contract_id) if details.contract_id else None
    if details.contract_id is not None and contract is None:
        problems.append(Problem("contract_unknown", "contract_id"))
    known = {one.counterparty_id for one in (*contracts.values(), *addresses.values())}
    if details.counterparty_id is not None and details.counterparty_id not in known:
        problems.append(Problem("counterparty_unknown", "counterparty_id"))
    address = addresses.get(details.address_id) if details.address_id else None
    if details.address_id is not None and address is None:
        problems.append(Problem("address_unknown", "address_id"))
    if problems:
        raise RejectedError(problems)
    changes_contract = details.contract_id != order.contract_id
    order.contract_id = details.contract_id
    order.counterparty_id = details.counterparty_id
    # A contract has one buyer; whoever changes only the contract means that buyer.
    if contract is not None and (details.counterparty_id is None or changes_contract):
        order.counterparty_id = contract.counterparty_id
    order.address_id, order.address_text = details.address_id, address.text if address else ""
    order.delivery, order.ship_on = details.delivery, details.ship_on
    order.customer_number, order.comment = details.customer_number, details.comment
