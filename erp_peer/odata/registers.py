"""Sets of registers: independent ones as flat rows, others as records of their recorders; virtual tables."""

from msgspec import Struct

from erp_peer.odata.edm import NAMESPACE, UNDEFINED, Edm, EntitySet, Function, FunctionName, Part, Property
from erp_peer.odata.objects import TARGETS, plain
from erp_peer.streams import BY_NAME
from erp_peer.streams.spec import ZERO_LINK, Stream
from erp_peer.streams.trade import PRICE_RECORDER

_ORDER_TYPE = f"{NAMESPACE}.Document_ЗаказКлиента"


class _Recorded(Struct, frozen=True):
    """How the rows of a table are shared out among recorders."""

    table: str
    set_name: str
    recorder: str  # expression over the alias m
    recorder_type: str
    has_many_types: bool
    properties: tuple[Property, ...]
    where: str = "true"


def _link(name: str, sql: str) -> Property:
    return Property(name, Edm.GUID, sql, TARGETS[name])


def _either(name: str, sql: str, target: str) -> tuple[Property, Property]:
    """A reference of several possible types, with its type beside."""
    kind = f"CASE WHEN {sql} = '{ZERO_LINK}' THEN '{UNDEFINED}' ELSE '{NAMESPACE}.{target}' END"
    text = f"CASE WHEN {sql} = '{ZERO_LINK}' THEN '' ELSE {sql}::text END"
    return Property(name, Edm.STRING, text, target, reference=sql), Property(f"{name}_Type", Edm.STRING, kind)


def _double(name: str, sql: str) -> Property:
    return Property(name, Edm.DOUBLE, sql)


def _wire(stream: Stream, *names: str) -> tuple[Property, ...]:
    by_wire = {field.wire: field for field in stream.fields}
    return tuple(plain(by_wire[name], stream.set_name) for name in names)


def _independent(stream: Stream, *keys: str) -> EntitySet:
    return EntitySet(
        name=stream.set_name,
        # What was taken out is not in the register; surface H keeps it as a marked row.
        source=f"(SELECT * FROM peer.{stream.name} WHERE NOT deleted) AS {{a}}",
        properties=tuple(plain(field, stream.set_name) for field in stream.fields),
        keys=keys,
    )


def _recorder_properties(recorded: _Recorded) -> tuple[Property, ...]:
    if not recorded.has_many_types:
        return (Property("Recorder_Key", Edm.GUID, "{a}.recorder"),)
    return (
        Property("Recorder", Edm.STRING, "{a}.recorder::text", recorded.recorder_type.partition(".")[2]),
        Property("Recorder_Type", Edm.STRING, f"'{recorded.recorder_type}'"),
    )


def _record_sets(recorded: _Recorded, functions: tuple[Function, ...]) -> tuple[EntitySet, EntitySet]:
    """The set of recorders and that of their rows."""
    head = _recorder_properties(recorded)
    record = (
        *head,
        Property("LineNumber", Edm.INT64, "{a}.ordinality"),
        Property("Active", Edm.BOOLEAN, "true"),
        *recorded.properties,
    )
    grouped = (
        f"(SELECT m.ib, {recorded.recorder} AS recorder, array_agg(m ORDER BY {_order(recorded.table)}) AS rows"
        f" FROM peer.{recorded.table} AS m WHERE {recorded.where} GROUP BY 1, 2) AS {{a}}"
    )
    rows = "(SELECT {p}.recorder AS recorder, r.* FROM unnest({p}.rows) WITH ORDINALITY AS r) AS {a}"
    part = Part("RecordSet", f"{recorded.set_name}_RecordType", rows, record)
    flat = (
        f"(SELECT m.*, {recorded.recorder} AS recorder, row_number() OVER (PARTITION BY m.ib, {recorded.recorder}"
        f" ORDER BY {_order(recorded.table)}) AS ordinality FROM peer.{recorded.table} AS m"
        f" WHERE {recorded.where}) AS {{a}}"
    )
    keys = tuple(found.name for found in head)
    return (
        EntitySet(recorded.set_name, grouped, head, keys, (part,), functions),
        EntitySet(f"{recorded.set_name}_RecordType", flat, record, (*keys, "LineNumber"), functions=functions),
    )


def _order(table: str) -> str:
    return "m.order_ref, m.line" if table == "reserves" else "m.ref"


_SLICE = (("Period", Edm.DATETIME), ("Condition", Edm.STRING))
_BALANCE = (("Period", Edm.DATETIME), ("Condition", Edm.STRING), ("Dimensions", Edm.STRING))
_TURNOVERS = (
    ("StartPeriod", Edm.DATETIME),
    ("EndPeriod", Edm.DATETIME),
    ("Condition", Edm.STRING),
    ("Dimensions", Edm.STRING),
)

_PRICE_SOURCE = "(SELECT * FROM peer.prices WHERE NOT deleted) AS {a}"
_PRICE_DIMENSIONS = _wire(BY_NAME["prices"], "ВидЦены_Key", "Номенклатура_Key", "Характеристика_Key")
_PRICE_PERIOD = (Property("Period", Edm.DATETIME, "{a}.valid_from"),)
_PRICE_FIGURES = _wire(BY_NAME["prices"], "ДействуетПо", "Цена", "Валюта", "ЕдиницаЦены")
_PRICES = _Recorded(
    table="prices",
    set_name="InformationRegister_ЦеныНоменклатуры",
    recorder=PRICE_RECORDER,
    recorder_type=f"{NAMESPACE}.Document_УстановкаЦенНоменклатуры",
    has_many_types=False,
    properties=(*_PRICE_PERIOD, *_PRICE_DIMENSIONS, *_PRICE_FIGURES),
    where="NOT m.deleted",
)
_PRICE_SLICES = tuple(
    Function(name, _PRICE_SOURCE, _PRICE_DIMENSIONS, (*_PRICE_PERIOD, *_PRICE_FIGURES), _SLICE, "valid_from")
    for name in (FunctionName.SLICE_LAST, FunctionName.SLICE_FIRST)
)

# What an order holds came into the register with the order.
_ORDER_DATE = "(SELECT o.placed_at FROM peer.orders AS o WHERE o.ib = {a}.ib AND o.ref = {a}.order_ref)"
_ORDER_RECORD = (
    Property("Period", Edm.DATETIME, _ORDER_DATE),
    Property("RecordType", Edm.STRING, "'Receipt'::text"),
)
_ITEM_PRODUCT = "(SELECT c.product FROM peer.characteristics AS c WHERE c.ib = {a}.ib AND c.ref = {a}.item)"
_STOCK_BALANCE = Function(
    FunctionName.BALANCE,
    "(SELECT s.ib, s.product, s.item, s.warehouse, '" + ZERO_LINK + "'::uuid AS order_ref, s.on_hand,"
    " 0::numeric AS reserved FROM peer.stock AS s WHERE NOT s.deleted UNION ALL"
    " SELECT r.ib, c.product, r.item, r.warehouse, r.order_ref, 0::numeric, r.quantity FROM peer.reserves AS r"
    " JOIN peer.characteristics AS c ON c.ib = r.ib AND c.ref = r.item) AS {a}",
    (
        _link("Номенклатура_Key", "{a}.product"),
        _link("Характеристика_Key", "{a}.item"),
        *_either("Склад", "{a}.warehouse", "Catalog_Склады"),
        *_either("Заказ", "{a}.order_ref", "Document_ЗаказКлиента"),
    ),
    (_double("ВНаличии", "{a}.on_hand"), _double("РезервироватьНаСкладе", "{a}.reserved")),
    _BALANCE,
)
_STOCK = _Recorded(
    table="reserves",
    set_name="AccumulationRegister_ЗапасыИПотребности",
    recorder="m.order_ref",
    recorder_type=_ORDER_TYPE,
    has_many_types=True,
    properties=(
        *_ORDER_RECORD,
        _link("Номенклатура_Key", _ITEM_PRODUCT),
        _link("Характеристика_Key", "{a}.item"),
        *_either("Склад", "{a}.warehouse", "Catalog_Склады"),
        *_either("Заказ", "{a}.order_ref", "Document_ЗаказКлиента"),
        _double("ВНаличии", "0::numeric"),
        _double("РезервироватьНаСкладе", "{a}.quantity"),
    ),
)

_LIMIT_BALANCE = Function(
    FunctionName.BALANCE,
    "(SELECT * FROM peer.limits WHERE NOT deleted) AS {a}",
    (_link("Партнер_Key", "{a}.partner"), _link("Договор_Key", "{a}.contract"), *_wire(BY_NAME["limits"], "Валюта")),
    (
        _double("Долг", "greatest({a}.debt, 0)"),
        _double("Предоплата", "greatest(-{a}.debt, 0)"),
        _double("Просрочено", "{a}.overdue"),
        _double("ЗарезервированоЗаказами", "{a}.reserved"),
    ),
    _BALANCE,
)
_LIMITS = _Recorded(
    table="reserves",
    set_name="AccumulationRegister_РасчетыСКлиентамиПоСрокам",
    recorder="m.order_ref",
    recorder_type=_ORDER_TYPE,
    has_many_types=True,
    properties=(*_ORDER_RECORD, _link("Договор_Key", "{a}.contract"), _double("ЗарезервированоЗаказами", "{a}.amount")),
)

_PLAN_DIMENSIONS = _wire(BY_NAME["plans"], "Партнер_Key", "ТоварнаяКатегория_Key")
_PLAN_FIGURES = _wire(BY_NAME["plans"], "ПланКг", "ФактКг")
_PLAN_TURNOVERS = Function(
    FunctionName.TURNOVERS,
    "(SELECT * FROM peer.plans WHERE NOT deleted) AS {a}",
    _PLAN_DIMENSIONS,
    _PLAN_FIGURES,
    _TURNOVERS,
    "month",
)
_PLANS = _Recorded(
    table="plans",
    set_name="AccumulationRegister_ПланыПродаж",
    recorder="md5(m.partner::text || m.month::text)::uuid",
    recorder_type=f"{NAMESPACE}.Document_ПланПродаж",
    has_many_types=False,
    properties=(Property("Period", Edm.DATETIME, "{a}.month"), *_PLAN_DIMENSIONS, *_PLAN_FIGURES),
    where="NOT m.deleted",
)

_BONUS_DIMENSIONS = _wire(BY_NAME["bonus"], "БонуснаяПрограмма", "Партнер_Key")
_BONUS_FIGURES = _wire(BY_NAME["bonus"], "Начислено", "КСписанию", "Зарезервировано")
_BONUS_WORDS = _wire(BY_NAME["bonus"], "Description", "Description_kk", "Description_en", "СгораютПосле")
_BONUS_BALANCE = Function(
    FunctionName.BALANCE,
    "(SELECT * FROM peer.bonus WHERE NOT deleted) AS {a}",
    _BONUS_DIMENSIONS,
    _BONUS_FIGURES,
    _BALANCE,
)
_BONUS = _Recorded(
    table="bonus",
    set_name="AccumulationRegister_БонусныеБаллы",
    recorder="md5(m.programme || m.partner::text)::uuid",
    recorder_type=f"{NAMESPACE}.Document_НачислениеИСписаниеБонусныхБаллов",
    has_many_types=False,
    properties=(*_BONUS_DIMENSIONS, *_BONUS_FIGURES, *_BONUS_WORDS),
    where="NOT m.deleted",
)

# How orders stand, kept apart from them as on a real base: the same rows seen another way, never a second truth.
# What was shipped and is not paid is what the percentages say of the order's sum.
_STATES = EntitySet(
    name="InformationRegister_СостоянияЗаказовКлиентов",
    source="(SELECT * FROM peer.orders WHERE NOT deleted) AS {a}",
    properties=(
        *_either("Заказ", "{a}.ref", "Document_ЗаказКлиента"),
        *_wire(BY_NAME["orders"], "Состояние", "ПроцентОплаты", "ПроцентОтгрузки"),
        _double("Долг", "round({a}.amount * greatest({a}.shipped_percent - {a}.paid_percent, 0) / 100.0, 2)"),
    ),
    keys=("Заказ", "Заказ_Type"),
)

REGISTERS: tuple[EntitySet, ...] = (
    _STATES,
    _independent(BY_NAME["segment_items"], "Сегмент_Key", "Номенклатура_Key", "Характеристика_Key"),
    _independent(BY_NAME["users"], "Логин"),
    _independent(BY_NAME["requests"], "Номер"),
    _independent(BY_NAME["bonus_holds"], "Номер"),
    _independent(BY_NAME["messages"], "Обсуждение_Key", "Номер"),
    *_record_sets(_PRICES, _PRICE_SLICES),
    *_record_sets(_STOCK, (_STOCK_BALANCE,)),
    *_record_sets(_LIMITS, (_LIMIT_BALANCE,)),
    *_record_sets(_PLANS, (_PLAN_TURNOVERS,)),
    *_record_sets(_BONUS, (_BONUS_BALANCE,)),
)

# Streams whose rows are records of documents that are not streams: SQL of the document's reference, over the alias m.
RECORDERS = {"prices": _PRICES.recorder, "plans": _PLANS.recorder, "bonus": _BONUS.recorder}
