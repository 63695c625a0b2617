"""What leaves for the ERP: our words translated into the words of surface H.

The same intent always becomes the same bytes, so that the ERP recognises a repeat of its id.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from app.erp.wire.messages import Command
from app.infra.outbox_claims import Claimed
from app.orders.events import (
    ORDER_CANCEL,
    ORDER_PUT,
    VEHICLE_PUT,
    OrderCancel,
    OrderPut,
    PutLine,
    Transport,
    VehiclePut,
)

Data = dict[str, object]

_TRANSPORT: Final[Mapping[Transport, str]] = {"pickup": "Самовывоз", "road": "ДоКлиента", "rail": "ЖелезнаяДорога"}
_LONGEST: Final[Mapping[str, int]] = {  # the ERP's own lengths
    "ВодительФИО": 50,
    "УдостоверениеСерия": 14,
    "УдостоверениеНомер": 14,
    "ВодительТелефон": 30,
    "АвтомобильГосударственныйНомер": 15,
    "АвтомобильМарка": 150,
    "ГосударственныйНомерПрицепа": 12,
    "Доверенность": 100,
}


class _Made(Struct):
    """Which version of the ERP's object an intent was made from, if one says so."""

    erp_label: str = ""


class UnknownIntentError(Exception):
    """The outbox holds a kind, or a body, that this release does not know."""


def order_of(claimed: Claimed) -> UUID:
    """The order an intent is about."""
    return UUID(claimed.aggregate.removeprefix("order:"))


def to_command(claimed: Claimed) -> Command:
    """Translate one intent.

    Raises:
        UnknownIntentError: it cannot be understood.
    """
    try:
        ref, data = _TRANSLATE[claimed.kind](claimed.body)
        label = msgspec.json.decode(claimed.body, type=_Made).erp_label
    except (KeyError, msgspec.DecodeError) as error:
        message = f"{claimed.kind}: {error}"
        raise UnknownIntentError(message) from error
    whole = msgspec.Raw(msgspec.json.encode(data))
    return Command(id=claimed.id, type=claimed.kind, ref=ref, data=whole, if_label=label or None)


def _order_put(body: bytes) -> tuple[UUID, Data]:
    order = msgspec.json.decode(body, type=OrderPut)
    data: Data = {
        "Партнер_Key": order.partner_id,
        "Контрагент_Key": order.counterparty_id,
        "Договор_Key": order.contract_id,
        "Соглашение_Key": order.agreement_id,
        "Валюта": order.currency,
        "Склад_Key": order.warehouse_id,
        # The ERP has one field for a number that is not its own: the buyer's if there is one, else ours.
        "НомерПоДаннымКлиента": order.customer_number or order.number,
        "АдресДоставки": order.address_text,
        "СпособДоставки": _TRANSPORT[order.transport],
        "ДатаОтгрузки": order.ship_on,
        "Комментарий": order.comment,
        "Товары": [_line(line) for line in order.lines],
    }
    if order.consignee_id is not None:
        data["Грузополучатель_Key"] = order.consignee_id
    if order.address_id is not None:
        data["АдресДоставки_Key"] = order.address_id
    return order.order_id, data


def _line(line: PutLine) -> Data:
    return {
        "КодСтроки": str(line.code),
        "Номенклатура_Key": line.grade_id,
        "Характеристика_Key": line.product_id,
        "Соглашение_Key": line.agreement_id,
        "ВидЦены_Key": line.price_list_id,
        "Количество": f"{line.quantity:.3f}",
        "Цена": f"{line.price:.4f}",
        "СкидкаПроцент": f"{line.discount_pct:.2f}",
        "Сумма": f"{line.net:.2f}",
        "СтавкаНДС": _plain(line.vat_pct),
        "СуммаНДС": f"{line.vat:.2f}",
    }


def _order_cancel(body: bytes) -> tuple[UUID, Data]:
    cancel = msgspec.json.decode(body, type=OrderCancel)
    return cancel.order_id, {"Причина": cancel.reason}


def _vehicle_put(body: bytes) -> tuple[UUID, Data]:
    vehicle = msgspec.json.decode(body, type=VehiclePut)
    series, _, number = vehicle.driver_document.strip().rpartition(" ")
    texts = {
        "ВодительФИО": vehicle.driver_name,
        "УдостоверениеСерия": series,
        "УдостоверениеНомер": number,
        "ВодительТелефон": vehicle.driver_phone,
        "АвтомобильГосударственныйНомер": vehicle.plate,
        "АвтомобильМарка": vehicle.vehicle_model,
        "ГосударственныйНомерПрицепа": vehicle.trailer,
        "Доверенность": vehicle.proxy,
    }
    data: Data = {name: text[: _LONGEST[name]] for name, text in texts.items()}
    return vehicle.id, {"Заказ_Key": vehicle.order_id, **data, "ДатаПрибытия": vehicle.arrive_on}


def _plain(number: Decimal) -> str:
    """Write 16.00 as 16 and 12.50 as 12.5."""
    return f"{number.normalize():f}"


_TRANSLATE: Final[Mapping[str, Callable[[bytes], tuple[UUID, Data]]]] = {
    ORDER_PUT: _order_put,
    ORDER_CANCEL: _order_cancel,
    VEHICLE_PUT: _vehicle_put,
}
