"""What a command may carry, by its wire names."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Raw, Struct, field

Text30 = Annotated[str, Meta(max_length=30)]
Text50 = Annotated[str, Meta(max_length=50)]
Text100 = Annotated[str, Meta(max_length=100)]
Text500 = Annotated[str, Meta(max_length=500)]
Text1000 = Annotated[str, Meta(max_length=1000)]
Code = Annotated[str, Meta(min_length=1, max_length=10)]
Mode = Literal["Самовывоз", "ДоКлиента", "ЖелезнаяДорога"]

PICKUP = "Самовывоз"


class Command(Struct, forbid_unknown_fields=True):
    """One command; its data are decoded by its type."""

    id: UUID
    type: Annotated[str, Meta(max_length=40)]
    ref: UUID
    data: Raw
    if_label: str | None = None
    post: bool = True


class LineData(Struct, forbid_unknown_fields=True):
    """One line of `order.put`."""

    code: Code = field(name="КодСтроки")
    item: UUID = field(name="Характеристика_Key")
    quantity: Decimal = field(name="Количество")
    price: Decimal = field(name="Цена")
    product: UUID | None = field(name="Номенклатура_Key", default=None)
    agreement: UUID | None = field(name="Соглашение_Key", default=None)
    price_type: UUID | None = field(name="ВидЦены_Key", default=None)
    discount: Decimal | None = field(name="СкидкаПроцент", default=None)
    basis: Text100 = field(name="ОснованиеСкидки", default="")
    amount: Decimal | None = field(name="Сумма", default=None)
    rate: Decimal | None = field(name="СтавкаНДС", default=None)
    vat: Decimal | None = field(name="СуммаНДС", default=None)


class OrderData(Struct, forbid_unknown_fields=True):
    """`order.put`."""

    partner: UUID = field(name="Партнер_Key")
    contract: UUID = field(name="Договор_Key")
    agreement: UUID = field(name="Соглашение_Key")
    lines: Annotated[list[LineData], Meta(max_length=500)] = field(name="Товары")
    counterparty: UUID | None = field(name="Контрагент_Key", default=None)
    currency: Text30 = field(name="Валюта", default="")
    warehouse: UUID | None = field(name="Склад_Key", default=None)
    client_number: Text50 = field(name="НомерПоДаннымКлиента", default="")
    consignee: UUID | None = field(name="Грузополучатель_Key", default=None)
    address: UUID | None = field(name="АдресДоставки_Key", default=None)
    address_text: Text500 = field(name="АдресДоставки", default="")
    mode: Mode = field(name="СпособДоставки", default="ДоКлиента")
    ship_on: dt.date | None = field(name="ДатаОтгрузки", default=None)
    comment: Text1000 = field(name="Комментарий", default="")


class CancelData(Struct, forbid_unknown_fields=True):
    """`order.cancel`."""

    reason: Text500 = field(name="Причина", default="")


class LineCancelData(Struct, forbid_unknown_fields=True):
    """`order.line_cancel`."""

    lines: Annotated[list[Code], Meta(min_length=1, max_length=500)] = field(name="КодСтроки")
    reason: Text500 = field(name="Причина", default="")


class VehicleData(Struct, forbid_unknown_fields=True):
    """`vehicle.put`; lengths are those of ЗаданиеНаПеревозку."""

    order: UUID = field(name="Заказ_Key")
    driver: Annotated[str, Meta(min_length=1, max_length=50)] = field(name="ВодительФИО")
    plate: Annotated[str, Meta(min_length=1, max_length=15)] = field(name="АвтомобильГосударственныйНомер")
    licence_series: Annotated[str, Meta(max_length=14)] = field(name="УдостоверениеСерия", default="")
    licence_number: Annotated[str, Meta(max_length=14)] = field(name="УдостоверениеНомер", default="")
    phone: Text30 = field(name="ВодительТелефон", default="")
    model: Annotated[str, Meta(max_length=150)] = field(name="АвтомобильМарка", default="")
    trailer: Text30 = field(name="Прицеп", default="")
    trailer_plate: Annotated[str, Meta(max_length=12)] = field(name="ГосударственныйНомерПрицепа", default="")
    proxy: Text100 = field(name="Доверенность", default="")
    arrive_on: dt.date = field(name="ДатаПрибытия", default=dt.date.min)


class LineDoc(Struct):
    """A line as it stands in the document: every member a string, as on the wire."""

    code: str = field(name="КодСтроки")
    product: str = field(name="Номенклатура_Key")
    item: str = field(name="Характеристика_Key")
    agreement: str = field(name="Соглашение_Key")
    warehouse: str = field(name="Склад_Key")
    price_type: str = field(name="ВидЦены_Key")
    quantity: str = field(name="Количество")
    unit: str = field(name="ЕдиницаЗаказа")
    price: str = field(name="Цена")
    discount: str = field(name="СкидкаПроцент")
    basis: str = field(name="ОснованиеСкидки")
    amount: str = field(name="Сумма")
    rate: str = field(name="СтавкаНДС")
    vat: str = field(name="СуммаНДС")
    shipped: str = field(name="Отгружено", default="0.000")
    is_cancelled: str = field(name="Отменено", default="false")
    cancel_reason: str = field(name="ПричинаОтмены", default="")
