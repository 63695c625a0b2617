"""Client organisations and their papers; the manufacturer's own staff."""

from typing import Final

from app.erp.mappings.places import KEY
from app.erp.mappings.spec import EMPTY_LINK, StreamMap, Target, choice, day, link, links, raw, text

LOCALE: Final = choice("Язык", {"kk": "kk", "en": "en"}, otherwise="ru")

PARTNERS: Final = StreamMap(
    name="partners",
    set_name="Catalog_Партнеры",
    columns={
        "Description": "text",
        "ВидПартнера": "text",
        "БизнесРегион_Key": "uuid",
        "ОсновнойМенеджер_Key": "uuid",
        "ОбъединенС_Key": "uuid",
    },
    targets=(
        Target(
            table="partners",
            keys=KEY,
            values={
                "kind": choice(
                    "ВидПартнера",
                    {kind: kind for kind in ("distributor", "direct_buyer", "logistics")},
                    otherwise="prospect",
                ),
                "name": text("Description"),
                "region_id": link("БизнесРегион_Key"),
                "manager_id": link("ОсновнойМенеджер_Key"),
            },
        ),
    ),
    after=(
        f"""INSERT INTO erp_aliases (tenant_id, set_name, ref, canonical)
            SELECT $1, 'Catalog_Партнеры', s."Ref_Key", s."ОбъединенС_Key" FROM erp_stage_partners s
            WHERE s."ОбъединенС_Key" <> {EMPTY_LINK}
            ON CONFLICT (tenant_id, set_name, ref) DO UPDATE SET canonical = excluded.canonical
            WHERE erp_aliases.canonical <> excluded.canonical""",
    ),
)
COUNTERPARTIES: Final = StreamMap(
    name="counterparties",
    set_name="Catalog_Контрагенты",
    columns={
        "Партнер_Key": "uuid",
        "Description": "text",
        "НаименованиеПолное": "text",
        "НалоговыйНомер": "text",
        "СтранаРегистрации": "text",
    },
    targets=(
        Target(
            table="counterparties",
            keys=KEY,
            values={
                "partner_id": raw("Партнер_Key"),
                "name": f"coalesce(nullif({text('НаименованиеПолное')}, ''), {text('Description')})",
                "tax_id": text("НалоговыйНомер", 30),
                "country": text("СтранаРегистрации", 2),
            },
        ),
    ),
)
ADDRESSES: Final = StreamMap(
    name="addresses",
    set_name="Catalog_АдресаДоставки",
    columns={
        "Партнер_Key": "uuid",
        "Грузополучатель_Key": "uuid",
        "Представление": "text",
        "ВидДоставки": "text",
        "ЖДСтанция": "text",
        "ЖДКод": "text",
        "Регион_Key": "uuid",
    },
    targets=(
        Target(
            table="consignee_addresses",
            keys=KEY,
            values={
                "partner_id": raw("Партнер_Key"),
                "counterparty_id": raw("Грузополучатель_Key"),
                "kind": choice("ВидДоставки", {"rail": "rail"}, otherwise="road"),
                "text": text("Представление", 500),
                "station": text("ЖДСтанция", 100),
                "station_code": text("ЖДКод", 10),
                "region_id": link("Регион_Key"),
            },
        ),
    ),
)
CONTACTS: Final = StreamMap(
    name="contacts",
    set_name="Catalog_КонтактныеЛицаПартнеров",
    columns={
        "Партнер_Key": "uuid",
        "Description": "text",
        "Роль": "text",
        "Email": "text",
        "Телефон": "text",
        "Язык": "text",
        "Регион_Key": "uuid",
    },
    targets=(
        Target(
            table="contacts",
            keys=KEY,
            values={
                "partner_id": raw("Партнер_Key"),
                "name": text("Description", 150),
                "email": text("Email", 254),
                "phone": text("Телефон", 50),
                "role": text("Роль", 50),
                "locale": choice("Язык", {"kk": "kk", "en": "en"}, otherwise="ru"),
                "region_id": link("Регион_Key"),
            },
        ),
    ),
)
MANAGERS: Final = StreamMap(
    name="managers",
    set_name="Catalog_Пользователи",
    columns={
        "Description": "text",
        "Роль": "text",
        "Email": "text",
        "Телефон": "text",
        "Язык": "text",
        "Регионы": "jsonb",
        "Действителен": "boolean",
    },
    targets=(
        Target(
            table="managers",
            keys=KEY,
            is_gone='s."DeletionMark" OR NOT s."Действителен"',
            values={
                "name": text("Description", 150),
                "email": text("Email", 254),
                "phone": text("Телефон", 50),
                "role": text("Роль", 50),
                "locale": choice("Язык", {"kk": "kk", "en": "en"}, otherwise="ru"),
                "regions": links("Регионы"),
            },
        ),
    ),
)
CONTRACTS: Final = StreamMap(
    name="contracts",
    set_name="Catalog_ДоговорыКонтрагентов",
    columns={
        "Партнер_Key": "uuid",
        "Контрагент_Key": "uuid",
        "Номер": "text",
        "Дата": "date",
        "ДатаНачалаДействия": "date",
        "ДатаОкончанияДействия": "date",
        "Статус": "text",
        "ВалютаВзаиморасчетов": "text",
        "Инкотермс": "text",
        "МестоПоставки": "text",
        "СрокОплатыДней": "bigint",
        "ОграничиватьСуммуЗадолженности": "boolean",
        "ДопустимаяСуммаЗадолженности": "numeric",
        "ЗапрещаетсяПросроченнаяЗадолженность": "boolean",
        "СтранаНДС": "text",
        "РежимНДС": "text",
    },
    targets=(
        Target(
            table="contracts",
            keys=KEY,
            values={
                "partner_id": raw("Партнер_Key"),
                "counterparty_id": raw("Контрагент_Key"),
                "number": text("Номер", 50),
                "signed_on": day("Дата"),
                "valid_from": day("ДатаНачалаДействия"),
                "valid_to": day("ДатаОкончанияДействия"),
                "currency": text("ВалютаВзаиморасчетов", 3),
                "incoterm": text("Инкотермс", 10),
                "incoterm_place": text("МестоПоставки", 200),
                "payment_days": 's."СрокОплатыДней"::int',
                "status": choice("Статус", {"Действует": "live", "НеСогласован": "draft"}, otherwise="closed"),
                "credit_limited": raw("ОграничиватьСуммуЗадолженности"),
                "credit_limit": raw("ДопустимаяСуммаЗадолженности"),
                "forbid_overdue": raw("ЗапрещаетсяПросроченнаяЗадолженность"),
                "vat_country": text("СтранаНДС", 2),
                "vat_regime": text("РежимНДС", 20),
            },
        ),
    ),
    # The limit stands in the contract, the debt comes by another stream; one account shows both.
    after=(
        """UPDATE credit_accounts t SET limited = c.credit_limited, erp_limit = c.credit_limit,
               forbid_overdue = c.forbid_overdue
           FROM contracts c JOIN erp_stage_contracts s ON s."Ref_Key" = c.id
           WHERE t.tenant_id = $1 AND c.tenant_id = $1 AND t.contract_id = c.id
             AND (t.limited, t.erp_limit, t.forbid_overdue)
                 IS DISTINCT FROM (c.credit_limited, c.credit_limit, c.forbid_overdue)""",
    ),
)
AGREEMENTS: Final = StreamMap(
    name="agreements",
    set_name="Catalog_СоглашенияСКлиентами",
    columns={
        "Партнер_Key": "uuid",
        "Договор_Key": "uuid",
        "Номер": "text",
        "Description": "text",
        "СегментНоменклатуры_Key": "uuid",
        "ВидЦен_Key": "uuid",
        "Склад_Key": "uuid",
        "Регион_Key": "uuid",
        "СкидкаПроцент": "numeric",
        "МинимальнаяСуммаЗаказа": "numeric",
        "ДатаНачалаДействия": "date",
        "ДатаОкончанияДействия": "date",
        "Статус": "text",
    },
    targets=(
        Target(
            table="agreements",
            keys=KEY,
            values={
                "partner_id": raw("Партнер_Key"),
                "contract_id": raw("Договор_Key"),
                "number": text("Номер", 50),
                "name": text("Description"),
                "segment_id": raw("СегментНоменклатуры_Key"),
                "price_list_id": raw("ВидЦен_Key"),
                "warehouse_id": raw("Склад_Key"),
                "region_id": link("Регион_Key"),
                "discount_pct": 'least(greatest(s."СкидкаПроцент", 0), 100)',
                "min_amount": raw("МинимальнаяСуммаЗаказа"),
                "valid_from": day("ДатаНачалаДействия"),
                "valid_to": day("ДатаОкончанияДействия"),
                "status": choice("Статус", {"Действует": "live", "НеСогласовано": "draft"}, otherwise="closed"),
            },
        ),
    ),
)
