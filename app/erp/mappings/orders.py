"""Orders made in the ERP itself: history, and what the manufacturer's people enter for a client.

Orders born in the portal (they have an author) are never written from here: their state comes through
``orders.services``, which knows what a buyer must hear.
"""

from typing import Final

from app.erp.mappings.spec import EMPTY_LINK, StreamMap, Target, choice, day, link, raw, stray_rows, text
from app.orders.rules.states import state_of_erp

NOBODY: Final = EMPTY_LINK  # the author of an order that was not born in the portal
STAGE: Final = "Состояние"  # the column that says how an order stands
STATES_AT_ONCE: Final = 20  # orders whose states are asked for in one call

STAGES: Final = (
    "ОжидаетсяСогласование",
    "ОжидаетсяАвансДоОбеспечения",
    "ГотовКОбеспечению",
    "ОжидаетсяОбеспечение",
    "ОжидаетсяПредоплатаДоОтгрузки",
    "ГотовКОтгрузке",
    "ВПроцессеОтгрузки",
    "ОжидаетсяОплатаПослеОтгрузки",
    "ГотовКЗакрытию",
    "Закрыт",
)
_STATE = (
    f"""CASE WHEN s."Отменен" OR s."DeletionMark" THEN '{state_of_erp("", is_cancelled=True)}' ELSE """
    + choice(
        STAGE,
        {stage: state_of_erp(stage, is_cancelled=False) for stage in STAGES},
        otherwise=state_of_erp("", is_cancelled=False),
    )
    + " END"
)

# What the lines say of the whole order. The order's own lines are JSON; products are known by now.
_LINE = (
    "(e->>'КодСтроки')::int AS place, (e->>'Характеристика_Key')::uuid AS product_id,"
    " (e->>'Количество')::numeric AS quantity, coalesce((e->>'Отменено')::boolean, false) AS cancelled"
)
_OF_LINES = f"""
    LEFT JOIN contracts c ON c.tenant_id = $1 AND c.id = s."Договор_Key"
    LEFT JOIN partners b ON b.tenant_id = $1 AND b.id = s."Партнер_Key"
    LEFT JOIN (
        -- All lines at once: one hash join with the products instead of one for each order.
        SELECT l.order_id, round(sum(l.quantity * p.net_kg) FILTER (WHERE NOT l.cancelled), 3) AS kg,
               CASE WHEN bool_or(p.package = 'rail_tank') THEN 'rail_tank'
                    WHEN bool_or(p.is_bulk) THEN 'tank_truck' ELSE 'packaged' END AS mode
        FROM (SELECT d."Ref_Key" AS order_id, {_LINE}
              FROM erp_stage_orders d CROSS JOIN LATERAL jsonb_array_elements(d."Товары") e) l
        LEFT JOIN products p ON p.tenant_id = $1 AND p.id = l.product_id
        GROUP BY l.order_id
    ) w ON w.order_id = s."Ref_Key" """

# Lines follow their order: only those of orders that this stage has just written are looked at.
# Equal, in words that do not make the planner expect a single row.
_JUST_WRITTEN = f"""
    JOIN orders o ON o.tenant_id = $1 AND o.id = s."Ref_Key" AND o.author_id = {NOBODY}
        AND o.src_version >= s.version AND o.src_version <= s.version"""
# An order that is missing is as much as one of the ERP's own: it is about to be written.
_WHOSEVER = f"""
    LEFT JOIN orders o ON o.tenant_id = $1 AND o.id = s."Ref_Key" AND o.author_id <> {NOBODY}"""
_ALL_LINES = f"""
    SELECT md5(s."Ref_Key"::text || ':' || (e->>'КодСтроки'))::uuid AS id,
           s."Ref_Key" AS order_id, s."Партнер_Key" AS partner_id, (e->>'КодСтроки')::int AS place,
           (e->>'Характеристика_Key')::uuid AS product_id,
           nullif((e->>'Соглашение_Key')::uuid, {EMPTY_LINK}) AS agreement_id,
           (e->>'Количество')::numeric AS quantity,
           CASE e->>'ЕдиницаЗаказа' WHEN 't' THEN 't' ELSE 'piece' END AS unit,
           (e->>'Цена')::numeric AS price,
           nullif((e->>'ВидЦены_Key')::uuid, {EMPTY_LINK}) AS price_list_id,
           (e->>'СкидкаПроцент')::numeric AS discount_pct, (e->>'СтавкаНДС')::numeric AS vat_pct,
           (e->>'Сумма')::numeric AS net, (e->>'СуммаНДС')::numeric AS vat,
           (e->>'Сумма')::numeric + (e->>'СуммаНДС')::numeric AS gross,
           round((e->>'Количество')::numeric * p.net_kg, 3) AS kg,
           nullif(s."Склад_Key", {EMPTY_LINK}) AS warehouse_id,
           (e->>'Отгружено')::numeric AS shipped, coalesce((e->>'Отменено')::boolean, false) AS cancelled,
           s.version AS src_version, false AS is_gone
    FROM erp_stage_orders s
    {{orders}}
    CROSS JOIN LATERAL jsonb_array_elements(s."Товары") e
    LEFT JOIN products p ON p.tenant_id = $1 AND p.id = (e->>'Характеристика_Key')::uuid
    WHERE (e->>'Количество')::numeric > 0"""
_LOST_LINES = f"""
    DELETE FROM order_lines l USING orders o, erp_stage_orders s
    WHERE l.tenant_id = $1 AND o.tenant_id = $1 AND o.id = s."Ref_Key" AND l.order_id = o.id
      AND o.author_id = {NOBODY} AND o.src_version = s.version
      AND NOT EXISTS (SELECT FROM jsonb_array_elements(s."Товары") e WHERE (e->>'КодСтроки')::int = l.place)"""
_STRAY_LINES = stray_rows(
    "orders",
    "order_id",
    "erp_stage_orders",
    """SELECT md5(s."Ref_Key"::text || ':' || (e->>'КодСтроки'))::uuid FROM jsonb_array_elements(s."Товары") e""",
    of=f"h.author_id = {NOBODY}",
)
_LINE_VALUES = (
    "order_id", "partner_id", "place", "product_id", "agreement_id", "quantity", "unit", "price", "price_list_id",
    "discount_pct", "vat_pct", "net", "vat", "gross", "kg", "warehouse_id", "shipped", "cancelled",
)  # fmt: skip

ORDERS: Final = StreamMap(
    name="orders",
    set_name="Document_ЗаказКлиента",
    columns={
        "Number": "text",
        "Date": "timestamptz",
        "Партнер_Key": "uuid",
        "Контрагент_Key": "uuid",
        "Договор_Key": "uuid",
        "Валюта": "text",
        "Склад_Key": "uuid",
        "Статус": "text",
        STAGE: "text",
        "Отменен": "boolean",
        "НомерПоДаннымКлиента": "text",
        "АдресДоставки_Key": "uuid",
        "АдресДоставки": "text",
        "СпособДоставки": "text",
        "ДатаОтгрузки": "date",
        "Комментарий": "text",
        "СуммаДокумента": "numeric",
        "СуммаНДС": "numeric",
        "ПакетПроведения": "bigint",
        "Товары": "jsonb",
    },
    targets=(
        Target(
            table="orders",
            keys={"id": raw("Ref_Key")},
            joins=_OF_LINES,
            values={
                "number": text("Number", 40),
                "partner_id": raw("Партнер_Key"),
                "state": _STATE,
                "contract_id": "c.id",
                "counterparty_id": link("Контрагент_Key"),
                "address_id": link("АдресДоставки_Key"),
                "address_text": text("АдресДоставки", 500),
                "region_id": "b.region_id",
                "mode": "coalesce(w.mode, 'packaged')",
                "delivery": choice("СпособДоставки", {"Самовывоз": "pickup"}, otherwise="delivery"),
                "ship_on": day("ДатаОтгрузки"),
                "customer_number": text("НомерПоДаннымКлиента", 50),
                "comment": text("Комментарий", 1000),
                "currency": text("Валюта", 3),
                "net": 's."СуммаДокумента" - s."СуммаНДС"',
                "vat": raw("СуммаНДС"),
                "gross": raw("СуммаДокумента"),
                "kg": "coalesce(w.kg, 0)",
                "erp_number": text("Number", 40),
                "erp_state": text(STAGE, 60),
            },
            label="erp_label",
            # How an order stands may change while its document, and so its label, does not.
            always="t.erp_state <> i.erp_state",
            extra={"placed_at": 's."Date"'},
            stamps={"erp_synced_at": "now()", "updated_at": "now()"},
            on_insert={
                "author_id": NOBODY,
                "shared": "true",  # nobody of the client wrote it, so it is everybody's there (R19)
                "created_at": "i.placed_at",
                "updated_at": "i.placed_at",
                "submitted_at": "i.placed_at",
            },
            is_gone="false",
            guard=f"t.author_id = {NOBODY}",
            gone="keep",
        ),
        Target(
            table="order_lines",
            source=_ALL_LINES.format(orders=_JUST_WRITTEN),
            whole=f"{_ALL_LINES.format(orders=_WHOSEVER)} AND o.id IS NULL",
            stray=_STRAY_LINES,
            keys={"id": ""},
            values=dict.fromkeys(_LINE_VALUES, ""),
            label="",
            is_versioned=False,
            stamps={},
            gone="keep",
        ),
    ),
    after=(_LOST_LINES,),
)
