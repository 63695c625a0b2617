"""What other rooms must do once rows of a stream were written, in the same transaction."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from app.credit import services as credit
from app.documents.queries.wanting import want_missing
from app.erp.mappings import orders as order_mapping
from app.erp.mappings import service, trade
from app.erp.mappings.spec import StreamMap
from app.infra.db.transaction import Transaction
from app.orders.rules.differing import Line, Version
from app.orders.services.exchange import ErpOrder, apply_erp_states
from app.stock import services as stock

_ORDERS_OF_PORTAL: Final = f"""
    SELECT s."Ref_Key" AS id, erp_text(s."Number", 40) AS number, s."DataVersion" AS label,
           s."Состояние" AS stage, s."Отменен" OR s."DeletionMark" AS is_cancelled,
           s."ПакетПроведения" AS posted_batch, s.version, erp_text(s."Валюта", 3) AS currency,
           s."СуммаДокумента" AS gross, s."СуммаНДС" AS vat, s."Товары"::text AS lines
    FROM erp_stage_orders s JOIN orders o ON o.tenant_id = $1 AND o.id = s."Ref_Key"
    WHERE o.author_id <> {order_mapping.NOBODY} ORDER BY s."Ref_Key" """


class _Line(Struct):
    place: str = msgspec.field(name="КодСтроки")
    product_id: UUID = msgspec.field(name="Характеристика_Key")
    quantity: Decimal = msgspec.field(name="Количество")
    price: Decimal = msgspec.field(name="Цена")
    discount_pct: Decimal = msgspec.field(name="СкидкаПроцент")
    vat_pct: Decimal = msgspec.field(name="СтавкаНДС")
    net: Decimal = msgspec.field(name="Сумма")
    vat: Decimal = msgspec.field(name="СуммаНДС")
    unit: str = msgspec.field(name="ЕдиницаЗаказа")
    shipped: Decimal = msgspec.field(name="Отгружено")
    is_cancelled: str = msgspec.field(name="Отменено")
    agreement_id: UUID = msgspec.field(name="Соглашение_Key")
    price_list_id: UUID = msgspec.field(name="ВидЦены_Key")
    warehouse_id: UUID = msgspec.field(name="Склад_Key")

    def read(self) -> Line:
        return Line(
            place=int(self.place),
            product_id=self.product_id,
            quantity=self.quantity,
            price=self.price,
            discount_pct=self.discount_pct,
            vat_pct=self.vat_pct,
            net=self.net,
            vat=self.vat,
            unit="t" if self.unit == "t" else "piece",
            shipped=self.shipped,
            is_cancelled=self.is_cancelled == "true",
            agreement_id=_link(self.agreement_id),
            price_list_id=_link(self.price_list_id),
            warehouse_id=_link(self.warehouse_id),
        )


async def follow_up(transaction: Transaction, stream: StreamMap) -> None:
    """Run what a stream asks for; its stage is still there."""
    if work := _WORK.get(stream.name):
        await work(transaction)


async def note_holding(transaction: Transaction, stream: StreamMap, orders: Sequence[UUID], batch: int) -> None:
    """Note which orders are inside the figures just written; no clock of the ERP would tell."""
    if stream is trade.STOCK:
        await stock.note_holding(transaction, orders, batch)
    elif stream is trade.LIMITS:
        await credit.note_holding(transaction, orders, batch)


async def _free_stock(transaction: Transaction) -> None:
    rows = await transaction.driver.fetch(
        """SELECT t.product_id, t.warehouse_id FROM erp_stage_stock s
           JOIN stock_levels t ON t.tenant_id = $1 AND t.product_id = s."Характеристика_Key"
               AND t.warehouse_id = s."Склад_Key"
           WHERE t.unreflected > 0""",
        transaction.tenant_id,
    )
    if rows:
        places = [(cast("UUID", row["product_id"]), cast("UUID", row["warehouse_id"])) for row in rows]
        await stock.refresh_unreflected(transaction, places)


async def _free_credit(transaction: Transaction) -> None:
    rows = await transaction.driver.fetch(
        """SELECT t.contract_id FROM erp_stage_limits s
           JOIN credit_accounts t ON t.tenant_id = $1 AND t.contract_id = s."Договор_Key"
           WHERE t.unreflected > 0""",
        transaction.tenant_id,
    )
    if rows:
        await credit.refresh_unreflected(transaction, [cast("UUID", row["contract_id"]) for row in rows])


async def _tell_orders(transaction: Transaction) -> None:
    """Pass on what became of orders that were born in the portal."""
    await apply_erp_states(transaction, await read_staged_orders(transaction))


async def read_staged_orders(transaction: Transaction) -> list[ErpOrder]:
    """Read the staged orders that were born in the portal."""
    rows = await transaction.driver.fetch(_ORDERS_OF_PORTAL, transaction.tenant_id)
    return [_read_order(cast("Mapping[str, object]", row)) for row in rows]


def _read_order(row: Mapping[str, object]) -> ErpOrder:
    lines = msgspec.json.decode(cast("str", row["lines"]), type=list[_Line])
    return ErpOrder(
        id=cast("UUID", row["id"]),
        number=cast("str", row["number"]),
        label=cast("str", row["label"]),
        stage=cast("str", row["stage"]),
        is_cancelled=cast("bool", row["is_cancelled"]),
        posted_batch=cast("int", row["posted_batch"]),
        version=cast("int", row["version"]),
        terms=Version(
            currency=cast("str", row["currency"]),
            gross=cast("Decimal", row["gross"]),
            vat=cast("Decimal", row["vat"]),
            lines=tuple(line.read() for line in lines),
        ),
    )


def _link(ref: UUID) -> UUID | None:
    return ref if ref.int else None


async def _want_files(transaction: Transaction) -> None:
    await want_missing(transaction)


_WORK: Final[Mapping[str, Callable[[Transaction], Awaitable[None]]]] = {
    trade.STOCK.name: _free_stock,
    trade.LIMITS.name: _free_credit,
    order_mapping.ORDERS.name: _tell_orders,
    service.FILES.name: _want_files,
}
