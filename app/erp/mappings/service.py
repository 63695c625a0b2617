"""Claims, bonus points and attached files."""

from typing import Final

from app.erp.mappings.places import KEY
from app.erp.mappings.spec import NAME_COLUMNS, StreamMap, Target, choice, day, lines, link, names, raw, text

CLAIMS: Final = StreamMap(
    name="claims",
    set_name="Catalog_Претензии",
    columns={
        "Code": "text",
        "Description": "text",
        "ДатаРегистрации": "timestamptz",
        "Партнер_Key": "uuid",
        "Контрагент_Key": "uuid",
        "Договор_Key": "uuid",
        "ЗаказКлиента_Key": "uuid",
        "Основание_Key": "uuid",
        "Характеристика_Key": "uuid",
        "ВидПретензии": "text",
        "ОписаниеПретензии": "text",
        "ПричинаВозникновения": "text",
        "Сумма": "numeric",
        "Валюта": "text",
        "Статус": "text",
        "Ответственный_Key": "uuid",
        "РезультатыОтработки": "text",
        "ДатаЗакрытия": "date",
    },
    targets=(
        Target(
            table="claims",
            keys=KEY,
            values={
                "number": text("Code", 40),
                "subject": text("Description"),
                "filed_at": raw("ДатаРегистрации"),
                "partner_id": raw("Партнер_Key"),
                "counterparty_id": link("Контрагент_Key"),
                "contract_id": link("Договор_Key"),
                "order_id": link("ЗаказКлиента_Key"),
                "shipment_id": link("Основание_Key"),
                "product_id": link("Характеристика_Key"),
                "kind": choice("ВидПретензии", {"Качество": "quality", "Количество": "quantity"}, otherwise="delivery"),
                "details": lines("ОписаниеПретензии"),
                "cause": text("ПричинаВозникновения", 500),
                "amount": raw("Сумма"),
                "currency": text("Валюта", 3),
                "state": choice(
                    "Статус",
                    {"Обрабатывается": "examining", "Удовлетворена": "granted", "НеУдовлетворена": "refused"},
                    otherwise="registered",
                ),
                "manager_id": link("Ответственный_Key"),
                "outcome": lines("РезультатыОтработки"),
                "closed_on": day("ДатаЗакрытия"),
            },
        ),
    ),
)
BONUS: Final = StreamMap(
    name="bonus",
    set_name="AccumulationRegister_БонусныеБаллы",
    columns={
        "БонуснаяПрограмма": "text",
        **NAME_COLUMNS,
        "Партнер_Key": "uuid",
        "Начислено": "numeric",
        "КСписанию": "numeric",
        "Зарезервировано": "numeric",
        "СгораютПосле": "date",
    },
    targets=(
        Target(
            table="bonus_balances",
            keys={"partner_id": raw("Партнер_Key"), "programme": text("БонуснаяПрограмма", 100)},
            label="",
            values={
                **names(),
                "accrued": raw("Начислено"),
                "to_write_off": raw("КСписанию"),
                "reserved": raw("Зарезервировано"),
                "expires_on": day("СгораютПосле"),
            },
        ),
    ),
)
_OWNERS: Final = {
    "Catalog_ДоговорыКонтрагентов": "contract",
    "Catalog_Претензии": "claim",
    "Catalog_ПретензииКлиентов": "claim",  # of other families
    "Document_СчетНаОплатуКлиенту": "invoice",
}
FILES: Final = StreamMap(
    name="files",
    set_name="Catalog_ПрисоединенныеФайлы",
    columns={
        "ВладелецФайла_Type": "text",
        "ВладелецФайла_Key": "uuid",
        "Description": "text",
        "ТипСодержимого": "text",
        "Размер": "bigint",
        "ХешСумма": "text",
        "ДатаСоздания": "timestamptz",
    },
    targets=(
        Target(
            table="attachments",
            keys=KEY,
            # Files of whatever else an ERP attaches them to are none of the portal's business.
            where=f"""s."ВладелецФайла_Type" IN ({", ".join(f"'{name}'" for name in _OWNERS)})""",
            values={
                "owner_kind": choice("ВладелецФайла_Type", _OWNERS, otherwise=""),
                "owner_id": raw("ВладелецФайла_Key"),
                "name": text("Description", 200),
                "media_type": text("ТипСодержимого", 100),
                "size": raw("Размер"),
                "sha256": text("ХешСумма", 64),
                "created_at": raw("ДатаСоздания"),
            },
        ),
    ),
)
