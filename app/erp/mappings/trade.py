"""Prices, stock, limits and plans: the figures that move all day."""

from typing import Final

from app.erp.mappings.places import KEY
from app.erp.mappings.spec import StreamMap, Target, day, raw, text

PRICE_TYPES: Final = StreamMap(
    name="price_types",
    set_name="Catalog_ВидыЦен",
    columns={"Description": "text", "Валюта": "text", "ЦенаВключаетНДС": "boolean"},
    targets=(
        Target(
            table="price_lists",
            keys=KEY,
            values={
                "name": text("Description"),
                "currency": text("Валюта", 3),
                "with_vat": raw("ЦенаВключаетНДС"),
            },
        ),
    ),
)

_TODAY = "(SELECT (now() AT TIME ZONE z.zone)::date FROM tenants z WHERE z.id = $1)"
_HAS_BEGUN = f'(NOT s."DeletionMark" AND s."Период" <= {_TODAY})'
# The newest row that has begun decides; if it says zero or is over, there is no price (ERP surface, prices).
# Every row of a price list and product carries the newest version among them, so that falling back to an
# older row still counts as news.
_PRICE_OF_TODAY = f"""
    SELECT price_list_id, product_id, amount, valid_from, valid_to, src_version,
           NOT (has_begun AND amount > 0 AND (valid_to IS NULL OR valid_to >= {_TODAY})) AS is_gone
    FROM (
        SELECT DISTINCT ON (s."ВидЦены_Key", s."Характеристика_Key")
            s."ВидЦены_Key" AS price_list_id, s."Характеристика_Key" AS product_id,
            s."Цена" AS amount, s."Период" AS valid_from, {day("ДействуетПо")} AS valid_to,
            max(s.version) OVER w AS src_version, {_HAS_BEGUN} AS has_begun
        FROM erp_stage_prices s
        -- The same order for both, so that a third of a million prices is sorted once.
        WINDOW w AS (PARTITION BY s."ВидЦены_Key", s."Характеристика_Key" ORDER BY {_HAS_BEGUN} DESC, s."Период" DESC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
        ORDER BY s."ВидЦены_Key", s."Характеристика_Key", {_HAS_BEGUN} DESC, s."Период" DESC
    ) newest"""
_OTHER_PRICES = f"""
    SELECT s."ВидЦены_Key" AS price_list_id, s."Характеристика_Key" AS product_id, s."Период" AS valid_from,
           greatest(s."Цена", 0) AS amount, {day("ДействуетПо")} AS valid_to,
           s.version AS src_version, s."DeletionMark" OR p.product_id IS NOT NULL AS is_gone
    FROM erp_stage_prices s
    LEFT JOIN prices p ON p.tenant_id = $1 AND p.price_list_id = s."ВидЦены_Key"
        AND p.product_id = s."Характеристика_Key" AND p.valid_from = s."Период" """
_KNOWN_PRICES = """
    INSERT INTO erp_stage_prices ("Ref_Key", "DataVersion", "DeletionMark", "ВидЦены_Key", "Характеристика_Key",
        "Период", "ДействуетПо", "Цена", version, as_of_batch)
    SELECT k.price_list_id, '', false, k.price_list_id, k.product_id, k.valid_from,
        coalesce(k.valid_to, '0001-01-01'), k.amount, k.src_version, 0
    FROM (SELECT DISTINCT "ВидЦены_Key" AS price_list_id, "Характеристика_Key" AS product_id FROM erp_stage_prices) s
    JOIN (
        SELECT price_list_id, product_id, valid_from, valid_to, amount, src_version FROM prices WHERE tenant_id = $1
        UNION ALL
        SELECT price_list_id, product_id, valid_from, valid_to, amount, src_version FROM planned_prices
        WHERE tenant_id = $1
    ) k USING (price_list_id, product_id)
    WHERE NOT EXISTS (
        SELECT FROM erp_stage_prices o WHERE o."ВидЦены_Key" = k.price_list_id
            AND o."Характеристика_Key" = k.product_id AND o."Период" = k.valid_from)"""
PRICES: Final = StreamMap(
    name="prices",
    set_name="InformationRegister_ЦеныНоменклатуры",
    columns={
        "ВидЦены_Key": "uuid",
        "Характеристика_Key": "uuid",
        "Период": "date",
        "ДействуетПо": "date",
        "Цена": "numeric",
    },
    before=(_KNOWN_PRICES,),
    targets=(
        Target(
            table="prices",
            source=_PRICE_OF_TODAY,
            keys={"price_list_id": raw("ВидЦены_Key"), "product_id": raw("Характеристика_Key")},
            values={"amount": "", "valid_from": "", "valid_to": ""},
            label="",
            gone="delete",
        ),
        # Whatever is not in force today: later prices, and ended ones that may come back into force.
        Target(
            table="planned_prices",
            source=_OTHER_PRICES,
            keys={
                "price_list_id": raw("ВидЦены_Key"),
                "product_id": raw("Характеристика_Key"),
                "valid_from": raw("Период"),
            },
            values={"amount": "", "valid_to": ""},
            label="",
            stamps={},
            gone="delete",
        ),
    ),
)
STOCK: Final = StreamMap(
    name="stock",
    set_name="AccumulationRegister_ЗапасыИПотребности",
    columns={"Склад_Key": "uuid", "Характеристика_Key": "uuid", "СвободныйОстаток": "numeric"},
    targets=(
        Target(
            table="stock_levels",
            keys={"product_id": raw("Характеристика_Key"), "warehouse_id": raw("Склад_Key")},
            values={"erp_free": 'CASE WHEN s."DeletionMark" THEN 0 ELSE s."СвободныйОстаток" END'},
            extra={"as_of_batch": "s.as_of_batch"},
            stamps={"as_of": "now()", "as_of_batch": "i.as_of_batch"},
            label="",
            is_gone="false",
            # A figure is never replaced by an older one, and an equal figure is news where somebody holds stock:
            # it may now contain the order behind the hold.
            fresher="t.as_of_batch <= i.as_of_batch",
            always="t.unreflected > 0 AND t.as_of_batch < i.as_of_batch",
            gone="erp_free = 0, as_of = now(), as_of_batch = $2 >> 20",
            ours="t.erp_free <> 0",
        ),
    ),
)
LIMITS: Final = StreamMap(
    name="limits",
    set_name="AccumulationRegister_РасчетыСКлиентамиПоСрокам",
    columns={
        "Договор_Key": "uuid",
        "Партнер_Key": "uuid",
        "Валюта": "text",
        "Долг": "numeric",
        "ДнейПросрочки": "bigint",
        "ЗарезервированоЗаказами": "numeric",
    },
    targets=(
        Target(
            table="credit_accounts",
            keys={"contract_id": raw("Договор_Key")},
            joins='LEFT JOIN contracts c ON c.tenant_id = $1 AND c.id = s."Договор_Key"',
            values={
                "partner_id": raw("Партнер_Key"),
                "currency": text("Валюта", 3),
                # Until the contract itself is known there is no credit to give.
                "limited": "coalesce(c.credit_limited, true)",
                "erp_limit": "coalesce(c.credit_limit, 0)",
                "erp_debt": raw("Долг"),
                "erp_orders": raw("ЗарезервированоЗаказами"),
                "overdue_days": 'greatest(s."ДнейПросрочки", 0)::int',
                "forbid_overdue": "coalesce(c.forbid_overdue, true)",
            },
            extra={"as_of_batch": "s.as_of_batch"},
            stamps={"as_of": "now()", "as_of_batch": "i.as_of_batch"},
            label="",
            is_gone="false",
            fresher="t.as_of_batch <= i.as_of_batch",
            always="t.unreflected > 0 AND t.as_of_batch < i.as_of_batch",
            gone="keep",
        ),
    ),
)
PLANS: Final = StreamMap(
    name="plans",
    set_name="AccumulationRegister_ПланыПродаж",
    columns={
        "Партнер_Key": "uuid",
        "ТоварнаяКатегория_Key": "uuid",
        "Месяц": "date",
        "ПланКг": "numeric",
        "ФактКг": "numeric",
    },
    targets=(
        Target(
            table="sales_plans",
            # A record of a register has no reference of its own: each surface makes one up, and another one.
            keys={
                "partner_id": raw("Партнер_Key"),
                "line_id": raw("ТоварнаяКатегория_Key"),
                "month": "date_trunc('month', s.\"Месяц\")::date",
            },
            values={"planned_kg": raw("ПланКг"), "fact_kg": raw("ФактКг")},
            extra={"made_up_id": raw("Ref_Key")},
            on_insert={"id": "i.made_up_id"},
        ),
    ),
)
