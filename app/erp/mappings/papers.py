"""What follows an order: shipments with their batches and vehicles, invoices, payments."""

from typing import Final

from app.erp.mappings.places import KEY
from app.erp.mappings.spec import EMPTY_LINK, StreamMap, Target, choice, day, link, raw, stray_rows, text

# Personal data of drivers: older tasks are not taken, and the janitor takes away those that grow old.
TASK_DAYS: Final = 180

_UNPOSTED: Final = 's."DeletionMark" OR NOT s."Posted"'

BATCHES: Final = StreamMap(
    name="batches",
    set_name="Catalog_СерииНоменклатуры",
    columns={
        "Номенклатура_Key": "uuid",
        "Номер": "text",
        "ДатаПроизводства": "date",
        "ГоденДо": "date",
        "Завод_Key": "uuid",
        "НомерПаспорта": "text",
        "ДатаПаспорта": "date",
    },
    targets=(
        Target(
            table="batches",
            keys=KEY,
            values={
                "grade_id": raw("Номенклатура_Key"),
                "number": text("Номер", 50),
                "made_on": day("ДатаПроизводства"),
                "best_before": day("ГоденДо"),
                "plant_id": link("Завод_Key"),
                "certificate": text("НомерПаспорта", 50),
                "certified_on": day("ДатаПаспорта"),
            },
        ),
    ),
)
TRANSPORT: Final = StreamMap(
    name="transport",
    set_name="Document_ЗаданиеНаПеревозку",
    columns={
        "Number": "text",
        "Заказ_Key": "uuid",
        "Статус": "text",
        "ВодительФИО": "text",
        "УдостоверениеСерия": "text",
        "УдостоверениеНомер": "text",
        "ВодительТелефон": "text",
        "АвтомобильГосударственныйНомер": "text",
        "АвтомобильМарка": "text",
        "Прицеп": "text",
        "ГосударственныйНомерПрицепа": "text",
        "Доверенность": "text",
        "ДатаПрибытия": "date",
    },
    targets=(
        Target(
            table="transport_tasks",
            keys=KEY,
            where=f"""coalesce({day("ДатаПрибытия")}, now()::date) > now()::date - {TASK_DAYS}""",
            values={
                "number": text("Number", 40),
                "order_id": raw("Заказ_Key"),
                "state": choice(
                    "Статус", {"КПогрузке": "to_load", "Отправлено": "left", "Закрыто": "closed"}, otherwise="forming"
                ),
                "driver_name": text("ВодительФИО", 50),
                "driver_document": f"""btrim({text("УдостоверениеСерия", 14)} || ' ' || {
                    text("УдостоверениеНомер", 14)
                })""",
                "driver_phone": text("ВодительТелефон", 30),
                "plate": text("АвтомобильГосударственныйНомер", 15),
                "vehicle_model": text("АвтомобильМарка", 150),
                "trailer": text("Прицеп", 30),
                "trailer_plate": text("ГосударственныйНомерПрицепа", 12),
                "proxy": text("Доверенность", 100),
                "arrive_on": day("ДатаПрибытия"),
            },
        ),
    ),
)

# Lines follow their shipment: only those of shipments that this stage has just written are looked at.
# Equal, in words that do not make the planner expect a single row.
_JUST_WRITTEN: Final = (
    'JOIN {own} h ON h.tenant_id = $1 AND h.id = s."Ref_Key"'
    " AND h.src_version >= s.version AND h.src_version <= s.version"
)
_OF_SHIPMENTS: Final = f"""
    FROM erp_stage_shipments s
    {{just_written}}
    CROSS JOIN LATERAL jsonb_array_elements(s."Товары") WITH ORDINALITY AS x (e, n)
    WHERE (e->>'Характеристика_Key')::uuid <> {EMPTY_LINK}"""
_LINE_ID: Final = """md5(s."Ref_Key"::text || ':' || n)::uuid AS id, s."Ref_Key" AS shipment_id"""
_LINES: Final = f"""
    SELECT {_LINE_ID}, (e->>'КодСтроки')::int AS place, (e->>'Характеристика_Key')::uuid AS product_id,
           nullif((e->>'Серия_Key')::uuid, {EMPTY_LINK}) AS batch_id, (e->>'Количество')::numeric AS quantity,
           CASE e->>'ЕдиницаЗаказа' WHEN 't' THEN 't' ELSE 'piece' END AS unit, (e->>'МассаКг')::numeric AS kg,
           nullif((e->>'ОбъемЛ')::numeric, 0) AS litres, nullif((e->>'Плотность')::numeric, 0) AS density,
           -- Nought degrees is a temperature: only what has no density was not measured.
           CASE WHEN (e->>'Плотность')::numeric > 0 THEN (e->>'Температура')::numeric END AS celsius,
           erp_text(e->>'Пломбы', 200) AS seals, s.version AS src_version, false AS is_gone {_OF_SHIPMENTS}"""
_SUMS: Final = f"""
    SELECT {_LINE_ID}, s."Партнер_Key" AS partner_id, erp_text(s."Валюта", 3) AS currency,
           (e->>'Сумма')::numeric AS net, (e->>'СуммаНДС')::numeric AS vat,
           s.version AS src_version, false AS is_gone {_OF_SHIPMENTS}"""
_LINE_VALUES = (
    "shipment_id", "place", "product_id", "batch_id", "quantity", "unit", "kg", "litres", "density", "celsius", "seals",
)  # fmt: skip


def _lost(table: str, own: str, key: str, stage: str, column: str) -> str:
    """Take away rows whose place in the document is gone."""
    return f"""
        DELETE FROM {table} l USING {own} h, {stage} s
        WHERE l.tenant_id = $1 AND h.tenant_id = $1 AND h.id = s."Ref_Key" AND l.{key} = h.id
          AND h.src_version = s.version
          AND l.id <> ALL (ARRAY(SELECT md5(s."Ref_Key"::text || ':' || n)::uuid
                                 FROM generate_series(1, jsonb_array_length(s."{column}")) n))"""


def _stray(own: str, key: str, stage: str, column: str) -> str:
    places = f"""generate_series(1, jsonb_array_length(s."{column}")) n"""
    ids = f"""SELECT md5(s."Ref_Key"::text || ':' || n)::uuid FROM {places}"""
    return stray_rows(own, key, stage, ids)


SHIPMENTS: Final = StreamMap(
    name="shipments",
    set_name="Document_РеализацияТоваровУслуг",
    columns={
        "Number": "text",
        "Date": "timestamptz",
        "Posted": "boolean",
        "ЗаказКлиента_Key": "uuid",
        "Партнер_Key": "uuid",
        "Договор_Key": "uuid",
        "Склад_Key": "uuid",
        "Грузополучатель_Key": "uuid",
        "АдресДоставки": "text",
        "СпособДоставки": "text",
        "ПеревозчикПартнер_Key": "uuid",
        "Статус": "text",
        "НомерТТН": "text",
        "Валюта": "text",
        "Товары": "jsonb",
    },
    targets=(
        Target(
            table="shipments",
            keys=KEY,
            is_gone=_UNPOSTED,
            values={
                "number": text("Number", 40),
                "shipped_at": raw("Date"),
                "order_id": link("ЗаказКлиента_Key"),
                "partner_id": raw("Партнер_Key"),
                "contract_id": link("Договор_Key"),
                "warehouse_id": link("Склад_Key"),
                "consignee_id": link("Грузополучатель_Key"),
                "address_text": text("АдресДоставки", 500),
                "carrier_id": link("ПеревозчикПартнер_Key"),
                "delivery": choice(
                    "СпособДоставки", {"Самовывоз": "pickup", "ЖелезнаяДорога": "rail"}, otherwise="road"
                ),
                "state": choice("Статус", {"ВПути": "on_the_way"}, otherwise="delivered"),
                "waybill": text("НомерТТН", 40),
                "kg": """(SELECT coalesce(sum((e->>'МассаКг')::numeric), 0) FROM jsonb_array_elements(s."Товары") e)""",
            },
        ),
        Target(
            table="shipment_lines",
            source=_LINES.format(just_written=_JUST_WRITTEN.format(own="shipments")),
            whole=_LINES.format(just_written=""),
            stray=_stray("shipments", "shipment_id", "erp_stage_shipments", "Товары"),
            keys={"id": ""},
            values=dict.fromkeys(_LINE_VALUES, ""),
            label="",
            is_versioned=False,
            stamps={},
            gone="keep",
        ),
        Target(
            table="shipment_sums",
            source=_SUMS.format(just_written=_JUST_WRITTEN.format(own="shipments")),
            whole=_SUMS.format(just_written=""),
            stray=_stray("shipments", "shipment_id", "erp_stage_shipments", "Товары"),
            keys={"id": ""},
            values=dict.fromkeys(("shipment_id", "partner_id", "currency", "net", "vat"), ""),
            label="",
            is_versioned=False,
            stamps={},
            gone="keep",
        ),
    ),
    after=tuple(
        _lost(table, "shipments", "shipment_id", "erp_stage_shipments", "Товары")
        for table in ("shipment_lines", "shipment_sums")
    ),
)
INVOICES: Final = StreamMap(
    name="invoices",
    set_name="Document_СчетНаОплатуКлиенту",
    columns={
        "Number": "text",
        "Date": "timestamptz",
        "Posted": "boolean",
        "Партнер_Key": "uuid",
        "Контрагент_Key": "uuid",
        "Договор_Key": "uuid",
        "ЗаказКлиента_Key": "uuid",
        "Реализация_Key": "uuid",
        "Валюта": "text",
        "СуммаДокумента": "numeric",
        "СуммаНДС": "numeric",
        "СуммаОплаты": "numeric",
        "СрокОплаты": "date",
        "Статус": "text",
        "НазначениеПлатежа": "text",
    },
    targets=(
        Target(
            table="invoices",
            keys=KEY,
            is_gone=_UNPOSTED,
            values={
                "number": text("Number", 40),
                "issued_at": raw("Date"),
                "partner_id": raw("Партнер_Key"),
                "counterparty_id": link("Контрагент_Key"),
                "contract_id": link("Договор_Key"),
                "order_id": link("ЗаказКлиента_Key"),
                "shipment_id": link("Реализация_Key"),
                "currency": text("Валюта", 3),
                "gross": raw("СуммаДокумента"),
                "vat": raw("СуммаНДС"),
                "paid": raw("СуммаОплаты"),
                "due_on": day("СрокОплаты"),
                "state": choice("Статус", {"Оплачен": "paid", "ОплаченЧастично": "partly"}, otherwise="unpaid"),
                "purpose": text("НазначениеПлатежа", 300),
            },
        ),
    ),
)
_PARTS: Final = f"""
    SELECT md5(s."Ref_Key"::text || ':' || n)::uuid AS id, s."Ref_Key" AS payment_id, s."Партнер_Key" AS partner_id,
           (e->>'Счет_Key')::uuid AS invoice_id, nullif((e->>'ЗаказКлиента_Key')::uuid, {EMPTY_LINK}) AS order_id,
           (e->>'Сумма')::numeric AS amount, s.version AS src_version, false AS is_gone
    FROM erp_stage_payments s
    {{just_written}}
    CROSS JOIN LATERAL jsonb_array_elements(s."РасшифровкаПлатежа") WITH ORDINALITY AS x (e, n)"""
PAYMENTS: Final = StreamMap(
    name="payments",
    set_name="Document_ПоступлениеБезналичныхДенежныхСредств",
    columns={
        "Number": "text",
        "Date": "timestamptz",
        "Posted": "boolean",
        "Партнер_Key": "uuid",
        "Контрагент_Key": "uuid",
        "Договор_Key": "uuid",
        "Валюта": "text",
        "СуммаДокумента": "numeric",
        "НомерВходящегоДокумента": "text",
        "ДатаВходящегоДокумента": "date",
        "НазначениеПлатежа": "text",
        "РасшифровкаПлатежа": "jsonb",
    },
    targets=(
        Target(
            table="payments",
            keys=KEY,
            is_gone=_UNPOSTED,
            values={
                "number": text("Number", 40),
                "paid_at": raw("Date"),
                "partner_id": raw("Партнер_Key"),
                "counterparty_id": link("Контрагент_Key"),
                "contract_id": link("Договор_Key"),
                "currency": text("Валюта", 3),
                "amount": raw("СуммаДокумента"),
                "bank_number": text("НомерВходящегоДокумента", 50),
                "bank_day": day("ДатаВходящегоДокумента"),
                "purpose": text("НазначениеПлатежа", 300),
            },
        ),
        Target(
            table="payment_parts",
            source=_PARTS.format(just_written=_JUST_WRITTEN.format(own="payments")),
            whole=_PARTS.format(just_written=""),
            stray=_stray("payments", "payment_id", "erp_stage_payments", "РасшифровкаПлатежа"),
            keys={"id": ""},
            values=dict.fromkeys(("payment_id", "partner_id", "invoice_id", "order_id", "amount"), ""),
            label="",
            is_versioned=False,
            stamps={},
            gone="keep",
        ),
    ),
    after=(_lost("payment_parts", "payments", "payment_id", "erp_stage_payments", "РасшифровкаПлатежа"),),
)
