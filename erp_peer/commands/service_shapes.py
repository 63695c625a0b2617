"""What commands of service may carry: claims, people, addresses, requests, points, messages."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct, field

from erp_peer.commands.shapes import Text30, Text100, Text1000

Named = Annotated[str, Meta(min_length=1, max_length=150)]
Long = Annotated[str, Meta(max_length=4000)]
Positive = Annotated[int, Meta(ge=1)]


class ClaimData(Struct, forbid_unknown_fields=True):
    """`claim.put`."""

    partner: UUID = field(name="Партнер_Key")
    contract: UUID = field(name="Договор_Key")
    kind: Literal["Качество", "Количество", "Доставка"] = field(name="ВидПретензии")
    title: Named = field(name="Description")
    details: Annotated[str, Meta(min_length=1, max_length=4000)] = field(name="ОписаниеПретензии")
    order: UUID | None = field(name="ЗаказКлиента_Key", default=None)
    shipment: UUID | None = field(name="Основание_Key", default=None)
    item: UUID | None = field(name="Характеристика_Key", default=None)
    amount: Decimal = field(name="Сумма", default=Decimal(0))


class ClaimStatusData(Struct, forbid_unknown_fields=True):
    """`claim.status`."""

    status: Literal["Обрабатывается", "Удовлетворена", "НеУдовлетворена"] = field(name="Статус")
    outcome: Long = field(name="РезультатыОтработки", default="")


class ContactData(Struct, forbid_unknown_fields=True):
    """`contact.put`."""

    partner: UUID = field(name="Партнер_Key")
    name: Named = field(name="Description")
    position: Text100 = field(name="Должность", default="")
    email: Text100 = field(name="Email", default="")
    phone: Text30 = field(name="Телефон", default="")
    language: Literal["ru", "kk", "en"] = field(name="Язык", default="ru")
    region: UUID | None = field(name="Регион_Key", default=None)


class AddressData(Struct, forbid_unknown_fields=True):
    """`address.put`."""

    partner: UUID = field(name="Партнер_Key")
    consignee: UUID = field(name="Грузополучатель_Key")
    name: Named = field(name="Description")
    address: Annotated[str, Meta(min_length=1, max_length=500)] = field(name="Представление")
    mode: Literal["road", "rail"] = field(name="ВидДоставки", default="road")
    station: Text100 = field(name="ЖДСтанция", default="")
    station_code: Annotated[str, Meta(max_length=6)] = field(name="ЖДКод", default="")
    region: UUID | None = field(name="Регион_Key", default=None)
    country: Annotated[str, Meta(max_length=2)] = field(name="КодСтраны", default="")
    city: Text100 = field(name="Город", default="")
    postcode: Text30 = field(name="Индекс", default="")


class DiscountData(Struct, forbid_unknown_fields=True):
    """`discount.request`."""

    partner: UUID = field(name="Партнер_Key")
    contract: UUID = field(name="Договор_Key")
    percent: Decimal = field(name="СкидкаПроцент")
    order: UUID | None = field(name="ЗаказКлиента_Key", default=None)
    item: UUID | None = field(name="Характеристика_Key", default=None)
    reason: Text1000 = field(name="Обоснование", default="")


class LimitData(Struct, forbid_unknown_fields=True):
    """`limit.request`."""

    partner: UUID = field(name="Партнер_Key")
    contract: UUID = field(name="Договор_Key")
    amount: Decimal = field(name="Сумма")
    reason: Text1000 = field(name="Обоснование", default="")


class ActData(Struct, forbid_unknown_fields=True):
    """`act.request`."""

    partner: UUID = field(name="Партнер_Key")
    contract: UUID = field(name="Договор_Key")
    from_on: dt.date = field(name="НачалоПериода")
    to_on: dt.date = field(name="КонецПериода")
    reason: Text1000 = field(name="Обоснование", default="")


class PlanData(Struct, forbid_unknown_fields=True):
    """`plan.put`."""

    partner: UUID = field(name="Партнер_Key")
    line: UUID = field(name="ТоварнаяКатегория_Key")
    month: dt.date = field(name="НачалоПериода")
    kg: Decimal = field(name="ПланКг")
    reason: Text1000 = field(name="Обоснование", default="")


class ClientData(Struct, forbid_unknown_fields=True):
    """`client.put`."""

    name: Named = field(name="Description")
    tax_id: Annotated[str, Meta(min_length=1, max_length=20)] = field(name="НалоговыйНомер")
    region: UUID = field(name="БизнесРегион_Key")
    reason: Text1000 = field(name="Обоснование", default="")


class BonusData(Struct, forbid_unknown_fields=True):
    """`bonus.reserve`; what was reserved is named again by its reference when it is spent or given back."""

    action: Literal["reserve", "commit", "release"] = field(name="Действие")
    partner: UUID = field(name="Партнер_Key")
    programme: Text100 = field(name="БонуснаяПрограмма")
    amount: Decimal = field(name="Сумма")
    order: UUID | None = field(name="ЗаказКлиента_Key", default=None)


class MessageData(Struct, forbid_unknown_fields=True):
    """`message.put`."""

    conversation: UUID = field(name="Обсуждение_Key")
    seq: Positive = field(name="Номер")
    partner: UUID = field(name="Партнер_Key")
    author: Named = field(name="Автор")
    text: Annotated[str, Meta(min_length=1, max_length=4000)] = field(name="Текст")
    sent_at: dt.datetime = field(name="Дата")
    subject_set: Text100 = field(name="Предмет_Type", default="")
    subject: UUID | None = field(name="Предмет_Key", default=None)
