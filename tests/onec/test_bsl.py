"""The modules are whole: blocks closed, calls answered, nothing unused."""

import re

import pytest

from tests.onec.bsl import MODULES, NAMES, ROOT, Call, Module

_PAIRS = {
    "Процедура": "КонецПроцедуры",
    "Функция": "КонецФункции",
    "Если": "КонецЕсли",
    "Для": "КонецЦикла",
    "Пока": "КонецЦикла",
    "Попытка": "КонецПопытки",
}
_CLOSERS = frozenset(_PAIRS.values())
_MIDDLES = {"ИначеЕсли": "КонецЕсли", "Иначе": "КонецЕсли", "Исключение": "КонецПопытки"}
# Platform functions the modules lean on, each in the platform's own documentation.
_NAMES = """
    Base64Строка XMLЗначение XMLСтрока ВыгрузитьКолонку Дата ЗаписатьJSON ЗаписьЖурналаРегистрации
    ЗаполнитьЗначенияСвойств ЗафиксироватьТранзакцию ЗначениеЗаполнено КодироватьСтроку КонецДня
    КраткоеПредставлениеОшибки Лев Макс НРег НачалоДня НачалоМесяца НачатьТранзакцию Окр ОтменитьТранзакцию
    ПобитовоеИсключительноеИли ПодробноеПредставлениеОшибки ПолучитьHexСтрокуИзДвоичныхДанных
    ПолучитьБуферДвоичныхДанныхИзДвоичныхДанных ПолучитьДвоичныеДанныеИзHexСтроки
    ПолучитьДвоичныеДанныеИзБуфераДвоичныхДанных ПолучитьДвоичныеДанныеИзСтроки ПолучитьИмяВременногоФайла
    ПоместитьВоВременноеХранилище РаскодироватьСтроку СоединитьДвоичныеДанные
    ПолучитьСообщенияПользователю ПолучитьСтрокуИзДвоичныхДанных ПолучитьТекущийСеансИнформационнойБазы
    ПрочитатьJSON ПустаяСтрока СокрЛП Сред СтрДлина СтрЗаканчиваетсяНа СтрЗаменить СтрНайти СтрНачинаетсяС
    СтрПолучитьСтроку СтрРазделить СтрСоединить СтрШаблон Строка СтрокаСоединенияИнформационнойБазы
    ТекущаяДатаСеанса ТекущаяУниверсальнаяДата ТекущаяУниверсальнаяДатаВМиллисекундах Тип ТипЗнч УдалитьФайлы
    УниверсальноеВремя УстановитьПривилегированныйРежим Формат Цел Число ИнформацияОбОшибке
"""
_PLATFORM = frozenset(_NAMES.split())
_KEYWORDS = frozenset({"Если", "И", "Или", "Не", "Возврат", "В", "Из", "Пока", "ИначеЕсли", "Тогда", "По"})
# What `Новый` makes is no call; neither is a call on something that is not a module of ours.
_MADE = re.compile(r"Новый\s+\w+\(")


def _own_calls(module: Module) -> list[Call]:
    bare = Module(module.name, module.source, _MADE.sub("(", module.code))
    return [call for call in bare.calls() if call.name not in _KEYWORDS]


def unclosed(code: str) -> str:
    """The first block word out of place, or an empty text."""
    waiting: list[str] = []
    for found in re.finditer(r"(?<![\w.#])[А-Яа-яЁё]+\b", code):
        word = found.group()
        if word in _PAIRS:
            waiting.append(_PAIRS[word])
        elif word in _CLOSERS:
            if not waiting or waiting.pop() != word:
                return word
        elif word in _MIDDLES and _MIDDLES[word] not in waiting[-1:]:
            return word
    return waiting[-1] if waiting else ""


@pytest.mark.parametrize("name", MODULES)
def test_every_block_is_closed_by_its_own_word(name: str) -> None:
    assert unclosed(MODULES[name].code) == ""


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("Если А Тогда Б(); КонецЦикла;", "КонецЦикла"),
        ("Процедура А() Попытка КонецПроцедуры", "КонецПроцедуры"),
        ("Для А = 1 По 2 Цикл", "КонецЦикла"),
        ("Пока А Цикл Иначе КонецЦикла;", "Иначе"),
    ],
)
def test_a_block_left_open_is_seen(code: str, word: str) -> None:
    assert unclosed(code) == word


@pytest.mark.parametrize("name", MODULES)
def test_brackets_and_quotes_meet(name: str) -> None:
    code = MODULES[name].code
    assert code.count("(") == code.count(")")
    assert code.count("[") == code.count("]")
    assert code.replace('""', "").count('"') == 0


@pytest.mark.parametrize("name", MODULES)
def test_every_call_finds_a_routine_that_takes_its_arguments(name: str) -> None:
    own = MODULES[name].routines()
    for call in _own_calls(MODULES[name]):
        if not call.module and call.name not in own:
            assert call.name in _PLATFORM, call.name
            continue
        routine = MODULES[call.module].routines()[call.name] if call.module else own[call.name]
        assert routine.is_public or not call.module, f"{call.module}.{call.name} is not exported"
        assert routine.least <= call.arguments <= routine.most, f"{name}: {call.module}.{call.name}"


@pytest.mark.parametrize("name", MODULES)
def test_every_routine_is_called_from_somewhere(name: str) -> None:
    everything = "".join(module.source for module in MODULES.values())
    everything += "".join(path.read_text(encoding="utf-8") for path in ROOT.rglob("*.xml"))
    for routine in MODULES[name].routines():
        assert len(re.findall(rf"\b{routine}\b", everything)) > 1, routine


def test_a_transaction_begun_is_committed_and_rolled_back() -> None:
    for module in MODULES.values():
        begun = module.code.count("НачатьТранзакцию(")
        assert begun == module.code.count("ЗафиксироватьТранзакцию(") == module.code.count("ОтменитьТранзакцию(")


def test_no_word_of_the_language_is_a_variable() -> None:
    taken = r"(?<![\w.])(?:По|Из|Для|Цикл|Тогда|Новый|Не|И|Или|Знач|Истина|Ложь|Метаданные|Документы|Справочники)"
    for module in MODULES.values():
        assert re.search(rf"{taken}\s*=", module.code) is None, module.name
        for routine in module.code.split("\n"):
            if routine.startswith(("Функция ", "Процедура ")):
                assert re.search(rf"[(,]\s*{taken}\s*[,)]", routine) is None, routine


def test_no_name_of_ours_is_spelled_with_other_letters() -> None:
    for module in MODULES.values():
        for found in re.finditer(r"\bПортал\w*", module.code):
            assert found.group().startswith(NAMES), found.group()
