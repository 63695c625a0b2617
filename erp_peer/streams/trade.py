"""Price lists, prices, stock, credit figures, plans."""

from erp_peer.streams.spec import Stream, day, dec, doc, flag, link, named, text, whole

PRICE_TYPES = Stream(
    "price_types",
    "Catalog_ВидыЦен",
    "Price lists.",
    (
        text("code", "Code"),
        *named(),
        text("currency", "Валюта", "ISO 4217"),
        flag("has_vat", "ЦенаВключаетНДС", "true only for the retail list, which no agreement uses"),
    ),
)
# Surface O tells prices by the document that brought them: a sixteenth of a price list of one day. Over the alias m.
PRICE_RECORDER = "md5(m.price_type::text || (m.valid_from - '2000-01-01'::date)::text || left(m.item::text, 1))::uuid"
PRICES = Stream(
    "prices",
    "InformationRegister_ЦеныНоменклатуры",
    "The row with the newest Период not after the date wins; 0.0000 means no price.",
    (
        link("price_type", "ВидЦены_Key"),
        link("product", "Номенклатура_Key"),
        link("item", "Характеристика_Key"),
        day("valid_from", "Период"),
        day("valid_to", "ДействуетПо", "last day; empty date: open"),
        dec("amount", "Цена", 4, "per order unit, without VAT (see ЦенаВключаетНДС)"),
        text("currency", "Валюта"),
        text("unit", "ЕдиницаЦены", "`piece` or `t`, equals the item's order unit"),
    ),
    (
        "CREATE UNIQUE INDEX ON peer.prices (ib, price_type, item, valid_from)",
        # A page of documents is read off this in its order; without it each page would group the whole table.
        f"CREATE INDEX ON peer.prices (ib, ({PRICE_RECORDER.replace('m.', '')}), ref) WHERE NOT deleted",
    ),
)
STOCK = Stream(
    "stock",
    "AccumulationRegister_ЗапасыИПотребности",
    "Balance per item and warehouse, in order units. As of X-Snapshot-Batch or as_of_batch.",
    (
        link("warehouse", "Склад_Key"),
        link("product", "Номенклатура_Key"),
        link("item", "Характеристика_Key"),
        dec("on_hand", "ВНаличииОстаток", 3, "may be negative"),
        dec("reserved", "РезервОстаток", 3, "held by posted orders"),
        dec("free", "СвободныйОстаток", 3, "ВНаличииОстаток - РезервОстаток; may be negative"),
    ),
    ("CREATE UNIQUE INDEX ON peer.stock (ib, item, warehouse)",),
)
LIMITS = Stream(
    "limits",
    "AccumulationRegister_РасчетыСКлиентамиПоСрокам",
    "One row per contract. As of X-Snapshot-Batch or as_of_batch.",
    (
        link("contract", "Договор_Key"),
        link("partner", "Партнер_Key"),
        text("currency", "Валюта"),
        dec("debt", "Долг", 2, "with VAT; negative: prepaid"),
        dec("overdue", "Просрочено", 2),
        whole("overdue_days", "ДнейПросрочки"),
        dec("reserved", "ЗарезервированоЗаказами", 2, "posted and not yet shipped, with VAT"),
        # Not stored: a busy contract has thousands, and each order would rewrite them all.
        doc(
            "orders",
            "Заказы",
            "references of the orders inside ЗарезервированоЗаказами",
            source="(SELECT coalesce(json_agg(DISTINCT r.order_ref), '[]') FROM peer.reserves r"
            " WHERE r.ib = limits.ib AND r.contract = limits.contract)",
        ),
    ),
    ("CREATE UNIQUE INDEX ON peer.limits (ib, contract)",),
)
PLANS = Stream(
    "plans",
    "AccumulationRegister_ПланыПродаж",
    "Partner x line x month.",
    (
        link("partner", "Партнер_Key"),
        link("line", "ТоварнаяКатегория_Key"),
        day("month", "Месяц", "first day of the month"),
        dec("plan_kg", "ПланКг", 3),
        dec("fact_kg", "ФактКг", 3),
    ),
    ("CREATE UNIQUE INDEX ON peer.plans (ib, partner, line, month)",),
)
