"""The terms an order goes out on: frozen from today's offers at submit, or as they were frozen before."""

from collections.abc import Sequence

from app.orders.events import OrderPut, PutLine, Transport
from app.orders.models import Order
from app.orders.queries.writing import FrozenLine
from app.orders.services.sheet import Sheet, SheetLine


def freeze_offers(sheet: Sheet) -> list[FrozenLine]:
    """Take price, discount, VAT and warehouse of every line from its offer; the check found one for each."""
    frozen: list[FrozenLine] = []
    for line in sheet.lines:
        offer, price, amounts = line.facts.offer, line.price, line.facts.amounts
        if offer is None or price is None:
            message = f"line {line.row.place} of {sheet.order.number} was never checked"
            raise ValueError(message)
        frozen.append(
            FrozenLine(
                id=line.row.id,
                agreement_id=offer.agreement_id,
                price=price.amount,
                price_list_id=offer.price_list_id,
                price_version=offer.price_version,
                discount_pct=price.discount_pct,
                vat_pct=price.vat_pct,
                net=amounts.net,
                vat=amounts.vat,
                gross=amounts.gross,
                kg=amounts.kg,
                warehouse_id=offer.warehouse_id,
            )
        )
    return frozen


def frozen_before(sheet: Sheet) -> list[FrozenLine]:
    """Read the terms of an order that was submitted already."""
    return [_frozen_row(sheet.order, line) for line in sheet.lines]


def order_put(sheet: Sheet, order: Order, lines: Sequence[FrozenLine]) -> OrderPut:
    """Make the whole body the ERP is sent."""
    context = sheet.context
    if order.contract_id is None or order.counterparty_id is None or order.ship_on is None:
        message = f"{order.number} was never checked"
        raise ValueError(message)
    return OrderPut(
        order_id=order.id,
        version=order.version,
        number=order.number,
        partner_id=order.partner_id,
        counterparty_id=order.counterparty_id,
        contract_id=order.contract_id,
        agreement_id=lines[0].agreement_id,
        warehouse_id=lines[0].warehouse_id,
        currency=order.currency,
        consignee_id=context.consignee_id,
        address_id=context.address_id,
        address_text=order.address_text,
        transport=_transport(sheet),
        ship_on=order.ship_on,
        customer_number=order.customer_number,
        comment=order.comment,
        lines=tuple(_put_line(line, frozen) for line, frozen in zip(sheet.lines, lines, strict=True)),
        erp_label=order.erp_label,
    )


def _transport(sheet: Sheet) -> Transport:
    if sheet.order.delivery == "pickup":
        return "pickup"
    return "rail" if sheet.context.is_rail else "road"


def _put_line(line: SheetLine, frozen: FrozenLine) -> PutLine:
    if line.card is None:
        message = f"product {line.row.product_id} is gone"
        raise ValueError(message)
    return PutLine(
        code=line.row.place,
        product_id=line.row.product_id,
        grade_id=line.card.grade_id,
        agreement_id=frozen.agreement_id,
        warehouse_id=frozen.warehouse_id,
        price_list_id=frozen.price_list_id,
        quantity=line.row.quantity,
        price=frozen.price,
        discount_pct=frozen.discount_pct,
        net=frozen.net,
        vat_pct=frozen.vat_pct,
        vat=frozen.vat,
    )


def _frozen_row(order: Order, line: SheetLine) -> FrozenLine:
    row = line.row
    terms = (
        row.agreement_id, row.price, row.price_list_id, row.price_version, row.discount_pct, row.vat_pct,
        row.net, row.vat, row.gross, row.kg, row.warehouse_id,
    )  # fmt: skip
    if any(one is None for one in terms):
        message = f"line {row.place} of {order.number} has no frozen terms"
        raise ValueError(message)
    return FrozenLine(row.id, *terms)  # pyright: ignore[reportArgumentType]
