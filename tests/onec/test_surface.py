"""The extension speaks the surface of the stand-in: same routes, streams, fields, commands and codes."""

import inspect
import re
import xml.etree.ElementTree as ET
from math import prod

import msgspec
import pytest

from erp_peer.commands import dispatch, service_shapes, shapes
from erp_peer.files import uploads
from erp_peer.rules.problems import Code
from erp_peer.streams import BY_NAME, STREAMS
from erp_peer.streams.spec import Kind
from tests.onec.bsl import MODULES, ROOT, body, words

_MD = "{http://v8.1c.ru/8.3/MDClasses}"
_KINDS = {
    Kind.LINK: "Ссылка",
    Kind.TEXT: "Текст",
    Kind.BOOL: "Булево",
    Kind.INT: "Целое",
    Kind.DEC2: "Дес2",
    Kind.DEC3: "Дес3",
    Kind.DEC4: "Дес4",
    Kind.DATE: "Дата",
    Kind.TIME: "Время",
    Kind.JSON: "Массив",
}
PAGE = (ROOT.parent / "docs" / "erp-surface-h.md").read_text(encoding="utf-8")


def _published() -> dict[tuple[str, str], str]:
    """Method and path of every call of the HTTP service, with its handler."""
    found: dict[tuple[str, str], str] = {}
    tree = ET.parse(ROOT / "HTTPServices" / "ПорталB2B.xml")  # noqa: S314 - our own file
    for template in tree.iter(f"{_MD}URLTemplate"):
        path = template.findtext(f"{_MD}Properties/{_MD}Template", "")
        for method in template.iter(f"{_MD}Method"):
            verb = method.findtext(f"{_MD}Properties/{_MD}HTTPMethod", "")
            found[verb, re.sub(r"{\w+}", "{}", path)] = method.findtext(f"{_MD}Properties/{_MD}Handler", "")
    return found


# Read, not imported: the modules of the peer's routes warn when they are loaded, and a warning is an error here.
_PEER = "".join(
    (ROOT.parent / "erp_peer" / "http" / f"{name}.py").read_text(encoding="utf-8")
    for name in ("reading", "writing", "files")
)


def _spoken() -> set[tuple[str, str]]:
    """The same of the stand-in."""
    return {
        (found.group(1).upper(), "/v1" + re.sub(r"{[^}]+}", "{}", found.group(2)))
        for found in re.finditer(r'@(get|post|put|patch|delete)\("([^"]+)"', _PEER)
    }


def _bound(name: str) -> int:
    """A bound the stand-in names: `A, B = 1, 2` or `A = 8 * 1024`."""
    found = re.search(rf"^([A-Z_, ]*\b{name}\b[A-Z_, ]*) = (.+)$", _PEER, re.MULTILINE)
    assert found is not None, name
    names, values = found.group(1).split(", "), found.group(2).split(", ")
    return prod(int(part) for part in values[names.index(name)].split(" * "))


def test_the_routes_are_those_of_the_stand_in() -> None:
    assert set(_published()) == _spoken()


def test_every_route_has_a_handler_and_every_handler_a_route() -> None:
    handlers = set(_published().values())
    routines = set(MODULES["HTTPService"].routines())
    assert routines - handlers == {"Обслужить", "Выбрать"}
    assert handlers <= routines


def test_every_handler_passes_its_own_call_on() -> None:
    asked = words(MODULES["HTTPService"].source, r'Обслужить\("(\w+)", Запрос\)')
    chosen = words(body("HTTPService", "Выбрать"), r'Вызов = "(\w+)"')
    assert len(set(asked)) == len(asked)
    assert [*chosen, "commands"] == asked


def test_the_streams_are_those_of_the_stand_in_in_its_order() -> None:
    pattern = r'(?:Объект|Регистр|Свой)\(Потоки, ("\w+", "\w+")'
    ours = [pair.replace('"', "").split(", ") for pair in words(MODULES["ПорталB2B_Потоки"].source, pattern)]
    assert ours == [[stream.name, stream.set_name] for stream in STREAMS]


@pytest.mark.parametrize("name", BY_NAME)
def test_the_fields_of_a_stream_are_those_of_the_stand_in(name: str) -> None:
    known = BY_NAME[name]
    branch = body("ПорталB2B_Поля", "Потока").split(f'Имя = "{known.name}" Тогда\n')[1]
    branch = re.split(r"\tИначеЕсли|\tКонецЕсли", branch)[0]
    ours = [(found.group(1), found.group(2)) for found in re.finditer(r'Поле\(Поля, "(\w+)", "([^"]+)"', branch)]
    assert ours == [(field.wire, _KINDS[field.kind] + "?" * field.is_optional) for field in known.fields]


def test_the_head_of_every_row_is_that_of_the_stand_in() -> None:
    head = ["Ref_Key", "DataVersion", "DeletionMark"]
    assert words(body("ПорталB2B_Чтение", "ВДанные"), r'Данные\.Вставить\("(\w+)"') == head
    assert words(body("ПорталB2B_Снимки", "Колонки"), r'Имена\.Добавить\("(\w+)"\)') == head


def test_the_kinds_of_commands_are_those_of_the_stand_in() -> None:
    kinds = set(words(body("ПорталB2B_Команды", "ПотокКоманды"), r'Вид = "([\w.]+)"'))
    done = set(words(body("ПорталB2B_Команды", "Исполнить"), r'Команда\.Вид = "([\w.]+)"'))
    spoken = set(words(inspect.getsource(dispatch), r'"([a-z]+\.[a-z_]+)": "'))
    assert kinds == done == spoken


@pytest.mark.parametrize(
    ("shape", "module", "routine"),
    [
        (shapes.OrderData, "ПорталB2B_Заказы", "ОписаниеЗаказа"),
        (shapes.LineData, "ПорталB2B_Заказы", "ОписаниеСтроки"),
        (shapes.CancelData, "ПорталB2B_Заказы", "ОписаниеОтмены"),
        (shapes.LineCancelData, "ПорталB2B_Заказы", "ОписаниеОтменыСтрок"),
        (shapes.VehicleData, "ПорталB2B_Перевозки", "Описание"),
        (service_shapes.ClaimData, "ПорталB2B_Претензии", "ОписаниеПретензии"),
        (service_shapes.ClaimStatusData, "ПорталB2B_Претензии", "ОписаниеСтатуса"),
        (service_shapes.ContactData, "ПорталB2B_Клиенты", "ОписаниеКонтакта"),
        (service_shapes.AddressData, "ПорталB2B_Клиенты", "ОписаниеАдреса"),
        (service_shapes.DiscountData, "ПорталB2B_Заявки", "ОписаниеСкидки"),
        (service_shapes.LimitData, "ПорталB2B_Заявки", "ОписаниеЛимита"),
        (service_shapes.ActData, "ПорталB2B_Заявки", "ОписаниеАкта"),
        (service_shapes.PlanData, "ПорталB2B_Заявки", "ОписаниеПлана"),
        (service_shapes.ClientData, "ПорталB2B_Заявки", "ОписаниеКлиента"),
        (service_shapes.BonusData, "ПорталB2B_Заявки", "ОписаниеБаллов"),
        (service_shapes.MessageData, "ПорталB2B_Заявки", "ОписаниеСообщения"),
    ],
)
def test_a_command_takes_exactly_the_fields_of_the_stand_in(
    shape: type[msgspec.Struct], module: str, routine: str
) -> None:
    found = re.finditer(r'Поле\(Поля, "(\w+)", "\w+"[^;]*?(, Истина)?\);', body(module, routine))
    ours = {field.group(1): field.group(2) is not None for field in found}
    assert ours == {field.encode_name: field.required for field in msgspec.structs.fields(shape)}


def test_a_command_carries_the_frame_of_the_stand_in() -> None:
    frame = words(body("ПорталB2B_Команды", "Разобрать"), r'ПроверитьПоля\(Команда, "([\w,]+)"\)')
    assert set(frame[0].split(",")) == set(shapes.Command.__struct_fields__)


def test_every_refusal_has_its_place_and_its_place_a_refusal() -> None:
    everything = "".join(module.source for module in MODULES.values())
    order = words(body("ПорталB2B_ПроверкаЗаказа", "ПорядокКодов"), r"([a-z_]{4,})")
    assert order == list(Code)[: len(order)]
    for code in Code:
        assert f'"{code}"' in everything, code


def test_every_http_error_is_on_the_page() -> None:
    for module in MODULES.values():
        for found in re.finditer(r'Отказать\((\d+), "(\w+)"', module.source):
            assert re.search(rf"\| {found.group(1)} \|[^|]*`{found.group(2)}`", PAGE), found.group()


def test_the_bounds_are_those_of_the_stand_in() -> None:
    for module, routine, bound in (
        ("ПорталB2B_Пакеты", "НаибольшийПакет", _bound("MAX_CHANGES")),
        ("ПорталB2B_Команды", "НаибольшееЧислоКоманд", _bound("MAX_COMMANDS")),
        ("ПорталB2B_Объекты", "НаибольшееЧислоКлючей", _bound("MAX_VERSIONS")),
        ("ПорталB2B_Объекты", "НаибольшееЧислоВопросов", _bound("MAX_AVAILABLE")),
        ("ПорталB2B_Служба", "ПределТела", _bound("MAX_BODY")),
        ("ПорталB2B_Обслуживание", "ДнейХраненияКоманд", dispatch.KEPT_DAYS),
        ("ПорталB2B_Файлы", "НаибольшийФайл", uploads.MOST_BYTES),
        ("ПорталB2B_Файлы", "ДнейХраненияЧастей", uploads.KEPT_DAYS),
    ):
        assert f"Возврат {bound};" in body(module, routine), routine


def test_files_hang_on_what_they_hang_on_in_the_stand_in() -> None:
    assert set(words(body("ПорталB2B_Файлы", "Владелец"), r'Набор = "(\w+)"')) == set(uploads.OWNERS)
    kinds = "".join(words(body("ПорталB2B_Файлы", "ДопустимыеВиды"), r'"([^"]+)"')).split(",")
    assert set(kinds) == uploads.MEDIA_TYPES
