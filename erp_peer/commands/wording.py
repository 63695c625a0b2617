"""Russian texts of refusals, as ERP users would read them."""

from erp_peer.rules.problems import Code, Problem

_TEXTS: dict[Code, str] = {
    Code.CONTRACT_CLOSED: "Договор не действует на дату заказа или отгрузки (статус «{Статус}»).",
    Code.CONTRACT_MISMATCH: "Договор принадлежит другому партнёру или контрагенту.",
    Code.CURRENCY_MISMATCH: "Валюта {Валюта} не совпадает с валютой договора {expected}.",
    Code.AGREEMENT_CLOSED: "Соглашение не действует (статус «{Статус}»).",
    Code.AGREEMENT_MISMATCH: "Соглашение относится к другому договору.",
    Code.CONSIGNEE_MISMATCH: "Грузополучатель или адрес доставки не принадлежит партнёру.",
    Code.WRONG_STATE: "Действие невозможно: статус «{Статус}».",
    Code.EMPTY_ORDER: "В заказе нет товаров.",
    Code.BAD_QUANTITY: "Количество {Количество} не кратно упаковке ({multiple}) или не положительно.",
    Code.ITEM_BLOCKED: "Товар снят с продажи.",
    Code.NOT_IN_SEGMENT: "Товар не входит в сегмент соглашения.",
    Code.WAREHOUSE_MISMATCH: "Склад не соответствует соглашению или не отгружает налив.",
    Code.PRICE_MISMATCH: "Цена, скидка или сумма не соответствует условиям соглашения (ожидается {expected}).",
    Code.VAT_MISMATCH: "НДС рассчитан неверно (ожидается {expected}).",
    Code.MIN_AMOUNT: "Сумма {amount} меньше минимальной суммы заказа {minimum}.",
    Code.OVERDUE: "Просроченная задолженность {Просрочено}, дней: {ДнейПросрочки}.",
    Code.LIMIT_EXCEEDED: "Превышена допустимая сумма задолженности {limit} на {over}.",
    Code.NO_STOCK: "Недостаточно товара на складе: свободно {free}, требуется {asked}.",
    Code.ORDER_MISSING: "Заказ не найден.",
    Code.WRONG_MODE: "Заказ не на условиях самовывоза.",
    Code.LINE_MISSING: "В заказе нет строки с таким кодом.",
    Code.SHIPMENT_MISSING: "Отгрузка этому партнёру не найдена.",
    Code.CLAIM_MISSING: "Претензия не найдена.",
    Code.STATION_MISSING: "Для железной дороги нужны станция и её код из шести цифр.",
    Code.NO_POINTS: "Свободных баллов меньше, чем {Сумма}.",
    Code.HOLD_MISSING: "Под этой ссылкой таких баллов не резервировали.",
    Code.MESSAGE_EXISTS: "Сообщение {Номер} этого обсуждения уже есть.",
    Code.MONTH_CLOSED: "Месяц плана уже прошёл.",
    Code.CLIENT_EXISTS: "Контрагент с таким налоговым номером уже есть.",
}


def message(problem: Problem) -> str:
    """The text of one problem."""
    text = _TEXTS[problem.code].format(**problem.figures)
    return f"Строка {problem.line}: {text}" if problem.line else text


def details(problem: Problem) -> dict[str, str]:
    """One problem as the wire shows it."""
    found = {"code": str(problem.code), "message": message(problem), **problem.figures}
    if problem.line:
        found["КодСтроки"] = problem.line
    return found
