"""Sets of catalogues and documents, made from the stream descriptions, and the tables of what those do not say."""

from erp_peer.odata.edm import Edm, EntitySet, Part, Property
from erp_peer.streams.spec import HEAD, LABEL, Field, Kind, Stream

# Where references lead. A name that is not here leads to the set it stands in.
TARGETS = {
    "АдресДоставки_Key": "Catalog_АдресаДоставки",
    "БизнесРегион_Key": "Catalog_БизнесРегионы",
    "ВидЦен_Key": "Catalog_ВидыЦен",
    "ВидЦены_Key": "Catalog_ВидыЦен",
    "ВладелецФайла_Key": "",  # of several sets: what it is stands beside it, and it cannot be followed
    "ГоловнойКонтрагент_Key": "Catalog_Контрагенты",
    "Грузополучатель_Key": "Catalog_Контрагенты",
    "Договор_Key": "Catalog_ДоговорыКонтрагентов",
    "Завод_Key": "Catalog_СтруктураПредприятия",
    "Заказ_Key": "Document_ЗаказКлиента",
    "ЗаказКлиента_Key": "Document_ЗаказКлиента",
    "КонтактноеЛицо_Key": "Catalog_КонтактныеЛицаПартнеров",
    "Контрагент_Key": "Catalog_Контрагенты",
    "Менеджер_Key": "Catalog_Пользователи",
    "Номенклатура_Key": "Catalog_Номенклатура",
    "Основание_Key": "Document_РеализацияТоваровУслуг",
    "ОсновнойМенеджер_Key": "Catalog_Пользователи",
    "Ответственный_Key": "Catalog_Пользователи",
    "Партнер_Key": "Catalog_Партнеры",
    "ПеревозчикПартнер_Key": "Catalog_Партнеры",
    "Пользователь_Key": "Catalog_Пользователи",
    "Реализация_Key": "Document_РеализацияТоваровУслуг",
    "Регион_Key": "Catalog_БизнесРегионы",
    "Сегмент_Key": "Catalog_СегментыНоменклатуры",
    "СегментНоменклатуры_Key": "Catalog_СегментыНоменклатуры",
    "Серия_Key": "Catalog_СерииНоменклатуры",
    "Склад_Key": "Catalog_Склады",
    "Соглашение_Key": "Catalog_СоглашенияСКлиентами",
    "Стандарт_Key": "Catalog_СтандартыКачества",
    "Счет_Key": "Document_СчетНаОплатуКлиенту",
    "ТоварнаяКатегория_Key": "Catalog_ТоварныеКатегории",
    "Упаковка_Key": "Catalog_УпаковкиЕдиницыИзмерения",
    "Характеристика_Key": "Catalog_ХарактеристикиНоменклатуры",
}
TYPES = {
    Kind.LINK: Edm.GUID,
    Kind.TEXT: Edm.STRING,
    Kind.BOOL: Edm.BOOLEAN,
    Kind.INT: Edm.INT64,
    Kind.DEC2: Edm.DOUBLE,
    Kind.DEC3: Edm.DOUBLE,
    Kind.DEC4: Edm.DOUBLE,
    Kind.DATE: Edm.DATETIME,
    Kind.TIME: Edm.DATETIME,
}
_LINES = {
    "КодСтроки": Edm.STRING,
    "Номенклатура_Key": Edm.GUID,
    "Характеристика_Key": Edm.GUID,
    "Соглашение_Key": Edm.GUID,
    "Склад_Key": Edm.GUID,
    "ВидЦены_Key": Edm.GUID,
    "Количество": Edm.DOUBLE,
    "ЕдиницаЗаказа": Edm.STRING,
    "Цена": Edm.DOUBLE,
    "СкидкаПроцент": Edm.DOUBLE,
    "ОснованиеСкидки": Edm.STRING,
    "Сумма": Edm.DOUBLE,
    "СтавкаНДС": Edm.DOUBLE,
    "СуммаНДС": Edm.DOUBLE,
    "Отгружено": Edm.DOUBLE,
    "Отменено": Edm.BOOLEAN,
    "ПричинаОтмены": Edm.STRING,
}
_SHIPPED = {
    "КодСтроки": Edm.STRING,
    "Номенклатура_Key": Edm.GUID,
    "Характеристика_Key": Edm.GUID,
    "Серия_Key": Edm.GUID,
    "Количество": Edm.DOUBLE,
    "ЕдиницаЗаказа": Edm.STRING,
    "Сумма": Edm.DOUBLE,
    "СуммаНДС": Edm.DOUBLE,
    "МассаКг": Edm.DOUBLE,
    "ОбъемЛ": Edm.DOUBLE,
    "Плотность": Edm.DOUBLE,
    "Температура": Edm.DOUBLE,
    "Пломбы": Edm.STRING,
}
# Arrays of a row are tabular sections here; one attribute: the array holds single values.
_SECTIONS: dict[tuple[str, str], dict[str, Edm]] = {
    ("warehouses", "СпособыОтгрузки"): {"Способ": Edm.STRING},
    ("packages", "ОтсекиЛ"): {"Объем": Edm.DOUBLE},
    ("products", "Стандарты"): {"Стандарт_Key": Edm.GUID},
    ("products", "Допуски"): {"Допуск": Edm.STRING},
    ("products", "СтарыеАртикулы"): {"Артикул": Edm.STRING},
    ("products", "Свойства"): dict.fromkeys(("Код", "Значение", "Единица", "Метод"), Edm.STRING),
    ("characteristics", "СтарыеАртикулы"): {"Артикул": Edm.STRING},
    ("managers", "Регионы"): {"Регион_Key": Edm.GUID},
    ("orders", "Товары"): _LINES,
    ("shipments", "Товары"): _SHIPPED,
    ("payments", "РасшифровкаПлатежа"): {"Счет_Key": Edm.GUID, "ЗаказКлиента_Key": Edm.GUID, "Сумма": Edm.DOUBLE},
}
_CASTS = {Edm.GUID: "::uuid", Edm.DOUBLE: "::numeric", Edm.BOOLEAN: "::boolean"}
_ROW_KEYS = ("Ref_Key", "LineNumber")
LINE_NUMBER = Property("LineNumber", Edm.INT64, "{a}.n")


def label_property() -> Property:
    """DataVersion; the style of the running base replaces `{label}`."""
    return Property("DataVersion", Edm.STRING, "{label}")


def plain(field: Field, own_set: str) -> Property:
    """A property that is a column."""
    target = TARGETS.get(field.wire, own_set) if field.kind is Kind.LINK and field.wire != "Ref_Key" else ""
    # Papers of orders are posted by whoever moves the order; here they are written as they are.
    column = "" if field.wire == "Posted" and own_set != "Document_ЗаказКлиента" else field.column
    return Property(field.wire, TYPES[field.kind], f"{{a}}.{field.column}", target, column)


def _section(stream: Stream, field: Field) -> Part:
    attributes = _SECTIONS[stream.name, field.wire]
    is_plain = len(attributes) == 1
    rows = tuple(
        Property(
            name,
            kind,
            ("({a}.v #>> '{}')" if is_plain else f"({{a}}.v->>'{name}')") + _CASTS.get(kind, ""),
            TARGETS[name] if kind is Edm.GUID else "",
        )
        for name, kind in attributes.items()
    )
    reference = Property("Ref_Key", Edm.GUID, "{a}.ref")
    source = (
        f"(SELECT {{p}}.ib AS ib, {{p}}.ref AS ref, x.v, x.n FROM json_array_elements({{p}}.{field.column})"
        " WITH ORDINALITY AS x (v, n)) AS {a}"
    )
    type_name = f"{stream.set_name}_{field.wire}"
    return Part(field.wire, type_name, source, (reference, LINE_NUMBER, *rows), field.column, is_plain)


def _presentation(stream: Stream) -> str:
    columns = {field.column for field in stream.fields}
    if stream.set_name.startswith("Document_"):
        return "{a}.number"
    return "{a}.name_ru" if "name_ru" in columns else "{a}.ref::text"


def object_set(stream: Stream) -> EntitySet:
    """The set of a catalogue or of a document."""
    own = stream.set_name
    head = tuple(label_property() if field is LABEL else plain(field, own) for field in HEAD)
    fields = [field for field in stream.fields if field.kind is not Kind.JSON]
    standard = (
        (
            Property("Predefined", Edm.BOOLEAN, "false"),
            Property("PredefinedDataName", Edm.STRING, "''::text"),
        )
        if own.startswith("Catalog_")
        else ()
    )
    posted = (
        (Property("Posted", Edm.BOOLEAN, "false"),)
        if own.startswith("Document_") and "Posted" not in {field.wire for field in fields}
        else ()
    )
    return EntitySet(
        name=own,
        source=f"peer.{stream.name} AS {{a}}",
        properties=(*head, *(plain(field, own) for field in fields), *posted, *standard),
        keys=("Ref_Key",),
        parts=tuple(_section(stream, field) for field in stream.fields if field.kind is Kind.JSON),
        stream=stream.name,
        presentation=_presentation(stream),
    )


def section_sets(owner: EntitySet) -> list[EntitySet]:
    """Tabular sections as sets of their own: rows of all objects."""
    return [
        EntitySet(
            name=part.type_name,
            source=(
                f"(SELECT o.ib, o.ref, x.v, x.n FROM peer.{owner.stream} AS o CROSS JOIN LATERAL"
                f" json_array_elements(o.{part.column}) WITH ORDINALITY AS x (v, n)) AS {{a}}"
            ),
            properties=part.properties,
            keys=_ROW_KEYS,
        )
        for part in owner.parts
    ]
