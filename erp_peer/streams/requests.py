"""What the portal asks for and tells: requests to be decided, points put aside, messages."""

from erp_peer.streams.spec import Stream, day, dec, link, moment, text, whole

REQUESTS = Stream(
    "requests",
    "InformationRegister_ПорталB2B_Заявки",
    "What somebody in the portal asks the manufacturer for, and what became of it.",
    (
        text("number", "Номер"),
        moment("asked_at", "Дата"),
        text("kind", "ВидЗаявки", "Скидка, Лимит, Акт, План, Клиент"),
        link("partner", "Партнер_Key", "zero GUID: of a client who is not one yet"),
        link("contract", "Договор_Key"),
        link("order_ref", "ЗаказКлиента_Key", "discount only"),
        link("item", "Характеристика_Key", "discount only"),
        link("line", "ТоварнаяКатегория_Key", "plan only"),
        dec("amount", "Сумма", 2, "limit only, contract currency"),
        dec("percent", "СкидкаПроцент", 2, "discount only"),
        dec("kg", "ПланКг", 3, "plan only"),
        day("from_on", "НачалоПериода", "act: first day; plan: first day of the month"),
        day("to_on", "КонецПериода", "act only"),
        text("name_ru", "Description", "client only: name"),
        text("tax_id", "НалоговыйНомер", "client only"),
        link("region", "БизнесРегион_Key", "client only"),
        text("reason", "Обоснование"),
        text("status", "Статус", "НаРассмотрении, Согласована, Отклонена"),
        text("decision", "Решение"),
        day("decided_on", "ДатаРешения", "empty date: not decided"),
        link("result", "Результат_Key", "what came of it: the file of an act, the new partner, the row of the plan"),
    ),
    ("CREATE UNIQUE INDEX ON peer.requests (ib, number)", "CREATE INDEX ON peer.requests (ib, status)"),
)
BONUS_HOLDS = Stream(
    "bonus_holds",
    "InformationRegister_ПорталB2B_РезервыБаллов",
    "Points put aside for a use: reserved, then spent or given back.",
    (
        text("number", "Номер"),
        link("partner", "Партнер_Key"),
        text("programme", "БонуснаяПрограмма"),
        link("order_ref", "ЗаказКлиента_Key", "what they are put aside for; zero GUID: something else"),
        dec("amount", "Сумма", 2),
        text("status", "Статус", "Зарезервировано, Списано, Отменено"),
        moment("changed_at", "Дата"),
    ),
    ("CREATE UNIQUE INDEX ON peer.bonus_holds (ib, number)",),
)
MESSAGES = Stream(
    "messages",
    "InformationRegister_Портал_Сообщения",
    "Messages of conversations, for managers inside 1C; never changed.",
    (
        link("conversation", "Обсуждение_Key"),
        whole("seq", "Номер", "of the message in its conversation, from 1; each exists once"),
        text("subject_set", "Предмет_Type", "what it is about, `Document_ЗаказКлиента` for example; may be empty"),
        link("subject", "Предмет_Key"),
        link("partner", "Партнер_Key"),
        text("author", "Автор"),
        text("text", "Текст"),
        moment("sent_at", "Дата"),
    ),
    ("CREATE UNIQUE INDEX ON peer.messages (ib, conversation, seq)",),
)
