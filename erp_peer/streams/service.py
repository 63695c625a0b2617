"""Claims, bonus points and attached files."""

from erp_peer.streams.spec import Stream, day, dec, link, moment, named, text, whole

CLAIMS = Stream(
    "claims",
    "Catalog_Претензии",
    "Complaints about quality, quantity or delivery of a shipment.",
    (
        text("code", "Code"),
        text("name_ru", "Description", "what it is about, in a few words"),
        moment("filed_at", "ДатаРегистрации"),
        link("partner", "Партнер_Key"),
        link("counterparty", "Контрагент_Key"),
        link("contract", "Договор_Key"),
        link("order_ref", "ЗаказКлиента_Key"),
        link("shipment", "Основание_Key", "the shipment complained about"),
        link("item", "Характеристика_Key"),
        text("kind", "ВидПретензии", "Качество, Количество, Доставка"),
        text("details", "ОписаниеПретензии"),
        text("cause", "ПричинаВозникновения"),
        dec("amount", "Сумма", 2, "asked for, contract currency"),
        text("currency", "Валюта"),
        text("status", "Статус", "Зарегистрирована, Обрабатывается, Удовлетворена, НеУдовлетворена"),
        link("manager", "Ответственный_Key"),
        text("outcome", "РезультатыОтработки"),
        day("closed_on", "ДатаЗакрытия", "empty date: open"),
    ),
    ("CREATE UNIQUE INDEX ON peer.claims (ib, code)", "CREATE INDEX ON peer.claims (ib, partner)"),
)
BONUS = Stream(
    "bonus",
    "AccumulationRegister_БонусныеБаллы",
    "Balance of points per programme and partner.",
    (
        text("programme", "БонуснаяПрограмма", "code of the programme"),
        *named("Russian name of the programme"),
        link("partner", "Партнер_Key"),
        dec("accrued", "Начислено", 2),
        dec("to_write_off", "КСписанию", 2, "spent or expiring, not written off yet"),
        dec("reserved", "Зарезервировано", 2),
        day("expires_on", "СгораютПосле", "last day of the oldest points; empty date: never"),
    ),
    ("CREATE UNIQUE INDEX ON peer.bonus (ib, programme, partner)",),
)
FILES = Stream(
    "files",
    "Catalog_ПрисоединенныеФайлы",
    "What is attached to contracts, claims and invoices: metadata only.",
    (
        text("owner_set", "ВладелецФайла_Type", "`Catalog_ДоговорыКонтрагентов`, `Catalog_Претензии`, ..."),
        link("owner", "ВладелецФайла_Key"),
        text("name_ru", "Description", "name of the file with its extension"),
        text("media_type", "ТипСодержимого"),
        whole("size", "Размер", "bytes"),
        text("sha256", "ХешСумма", "sha256 of the content, lower-case hexadecimal"),
        moment("created_at", "ДатаСоздания"),
    ),
    ("CREATE INDEX ON peer.files (ib, owner)",),
)
