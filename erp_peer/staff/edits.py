"""What an accountant changes by hand; used by tests, demos and the simulator."""

import datetime as dt
from decimal import Decimal
from typing import Literal
from uuid import UUID

from msgspec import Struct

from erp_peer.commands.dispatch import audit_touched
from erp_peer.staff.papers import pay_invoice
from erp_peer.staff.revising import revise_line
from erp_peer.staff.service import decide_numbered
from erp_peer.staff.sheets import Term, UnknownTargetError, write_prices, write_stock
from erp_peer.store.db import column
from erp_peer.store.writing import Write
from erp_peer.streams import BY_SET


class EditBase(Struct, tag_field="edit", forbid_unknown_fields=True):
    """Every edit names its infobase."""

    ib: str


class PriceEdit(EditBase, tag="price"):
    """A price of an item, named by its SKU, in a list, named by its code; from today unless told."""

    sku: str
    price_type: str
    amount: Decimal
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


class PricesEdit(EditBase, tag="prices"):
    """New prices in a list, named by its code, from today: one paper for many items, named by their SKU."""

    price_type: str
    amounts: dict[str, Decimal]


class StockEdit(EditBase, tag="stock"):
    """Physical stock of an item in a warehouse, named by its code."""

    sku: str
    warehouse: str
    on_hand: Decimal


class StocksEdit(EditBase, tag="stocks"):
    """A stock-taking: physical stock of many items, named by their SKU, in a warehouse, named by its code."""

    warehouse: str
    on_hand: dict[str, Decimal]


class AgreementEndEdit(EditBase, tag="agreement_end"):
    """Last day of an agreement, named by its number; the status may change along."""

    agreement: str
    valid_to: dt.date
    status: str = "Действует"


class ItemBlockEdit(EditBase, tag="item_block"):
    """Take an item off sale or back."""

    sku: str
    blocked: bool


class CreditLimitEdit(EditBase, tag="credit_limit"):
    """Credit limit of a contract, named by its number."""

    contract: str
    amount: Decimal


class DebtEdit(EditBase, tag="debt"):
    """Debt figures of a contract."""

    contract: str
    debt: Decimal
    overdue: Decimal = Decimal(0)
    overdue_days: int = 0


class SkuEdit(EditBase, tag="sku"):
    """Another SKU under the same reference; the former joins the old ones."""

    sku: str
    new_sku: str


class TouchEdit(EditBase, tag="touch"):
    """A write that changes nothing but the label."""

    set: str
    ref: UUID


class PaymentEdit(EditBase, tag="payment"):
    """Money for an invoice, named by its number; all that is owed unless told."""

    invoice: str
    amount: Decimal | None = None


class ClaimEdit(EditBase, tag="claim"):
    """Where the work on a claim, named by its code, stands."""

    claim: str
    status: Literal["Зарегистрирована", "Обрабатывается", "Удовлетворена", "НеУдовлетворена"]
    outcome: str = ""


class RequestEdit(EditBase, tag="request"):
    """A decision on a request, named by its number; what is granted comes true."""

    request: str
    grant: bool
    decision: str = ""


class CarrierEdit(EditBase, tag="carrier"):
    """The logistics company, named by its code, that a shipment, named by its number, goes with."""

    shipment: str
    partner: str


class OrderLineEdit(EditBase, tag="order_line"):
    """Another quantity or price of a line, named by its code, of an order, named by its number."""

    order: str
    line: str
    quantity: Decimal | None = None
    price: Decimal | None = None


class BonusEdit(EditBase, tag="bonus"):
    """Points of a partner, named by its code, in a programme."""

    partner: str
    programme: str
    accrued: Decimal


_Goods = ItemBlockEdit | SkuEdit | TouchEdit
_Papers = AgreementEndEdit | CreditLimitEdit | DebtEdit | ClaimEdit | CarrierEdit | BonusEdit
PlainEdit = _Goods | _Papers
Sheet = PriceEdit | PricesEdit | StockEdit | StocksEdit
Edit = Sheet | PaymentEdit | RequestEdit | OrderLineEdit | PlainEdit
Statement = tuple[str, str, str, tuple[object, ...]]
_DECIDED = frozenset({"Удовлетворена", "НеУдовлетворена"})


async def apply(write: Write, edit: Edit) -> None:
    """Do one edit; everything it touches is registered as changed.

    Raises:
        UnknownTargetError: it names something that does not exist.
    """
    if isinstance(edit, Sheet):
        await _fill_in(write, edit)
    elif isinstance(edit, PaymentEdit):
        if not await pay_invoice(write, edit.invoice, edit.amount):
            raise UnknownTargetError(edit.invoice)
    elif isinstance(edit, RequestEdit):
        if not await decide_numbered(write, edit.request, is_granted=edit.grant, text=edit.decision):
            raise UnknownTargetError(edit.request)
    elif isinstance(edit, OrderLineEdit):
        if not await revise_line(write, edit.order, edit.line, edit.quantity, edit.price):
            raise UnknownTargetError(edit.order)
    else:
        stream, news, where, args = _statement(edit, write.today)
        await _update(write, stream, news, where, *args)
    await audit_touched(write, f"staff.{edit.__struct_config__.tag}")


async def _fill_in(write: Write, edit: Sheet) -> None:
    match edit:
        case PriceEdit():
            term = Term(edit.valid_from or write.today, edit.valid_to or dt.date.min)
            await write_prices(write, edit.price_type, {edit.sku: edit.amount}, term)
        case PricesEdit():
            await write_prices(write, edit.price_type, edit.amounts, Term(write.today, dt.date.min))
        case StockEdit():
            await write_stock(write, edit.warehouse, {edit.sku: edit.on_hand})
        case StocksEdit():
            await write_stock(write, edit.warehouse, edit.on_hand)


def _statement(edit: PlainEdit, today: dt.date) -> Statement:
    """Stream, new values, condition and arguments (from $3 on) of an edit that only changes rows."""
    return _of_goods(edit) if isinstance(edit, _Goods) else _of_papers(edit, today)


def _of_goods(edit: _Goods) -> Statement:
    match edit:
        case ItemBlockEdit():
            return "characteristics", "is_blocked = $3", "sku = $4", (edit.blocked, edit.sku)
        case SkuEdit():
            news = "sku = $3::text, old_skus = (old_skus::jsonb || to_jsonb($4::text))::json"
            return "characteristics", news, "sku = $4::text", (edit.new_sku, edit.sku)
        case TouchEdit():
            if edit.set not in BY_SET:
                raise UnknownTargetError(edit.set)
            return BY_SET[edit.set].name, "deleted = deleted", "ref = $3", (str(edit.ref),)


def _of_papers(edit: _Papers, today: dt.date) -> Statement:
    match edit:
        case AgreementEndEdit():
            news = "valid_to = $3, status = $4"
            return "agreements", news, "number = $5", (edit.valid_to, edit.status, edit.agreement)
        case CreditLimitEdit():
            news = "credit_limit = $3::numeric, is_limited = $3::numeric > 0"
            return "contracts", news, "number = $4", (edit.amount, edit.contract)
        case DebtEdit():
            where = "contract = (SELECT ref FROM peer.contracts WHERE ib = $1 AND number = $6)"
            news = "debt = $3, overdue = $4, overdue_days = $5"
            return "limits", news, where, (edit.debt, edit.overdue, edit.overdue_days, edit.contract)
        case ClaimEdit():
            closed_on = today if edit.status in _DECIDED else dt.date.min
            news = "status = $3, outcome = $4, closed_on = $5"
            return "claims", news, "code = $6", (edit.status, edit.outcome, closed_on, edit.claim)
        case CarrierEdit():
            where = "number = $4 AND EXISTS (SELECT FROM peer.partners WHERE ib = $1 AND code = $3)"
            news = "carrier = (SELECT ref FROM peer.partners WHERE ib = $1 AND code = $3)"
            return "shipments", news, where, (edit.partner, edit.shipment)
        case BonusEdit():
            where = "programme = $4 AND partner = (SELECT ref FROM peer.partners WHERE ib = $1 AND code = $5)"
            return "bonus", "accrued = $3", where, (edit.accrued, edit.programme, edit.partner)


async def _update(write: Write, stream: str, news: str, where: str, *args: object) -> None:
    """Change the rows a condition finds; arguments begin at $3."""
    refs = await column(
        write.conn,
        str,
        f"UPDATE peer.{stream} SET ver = $2, {news} WHERE ib = $1 AND {where} RETURNING ref",
        write.ib,
        write.tick,
        *args,
    )
    if not refs:
        raise UnknownTargetError(stream)
    write.touch(stream, *refs)
