"""The tool that finds texts and says what is wrong with their translations."""

from pathlib import Path

import pytest

from tools import i18n_files
from tools.i18n_check import find_faults
from tools.i18n_files import Text, extract_rooms, fill, room_of, update_room
from tools.pseudo import stretch

TEMPLATE = """
{{ _("Order %(number)s", number=1) }} {{ ngettext("%(num)s line", "%(num)s lines", 2) }}
{{ pgettext("right", "Own") }} {% trans %}Two
  words{% endtrans %}
"""
WORDING = (
    'A = N_("Draft")\nB = NC_("theme", "Dark")\nC = gettext(locale, "Sent at %(time)s", time=x)\ngettext(locale, A)\n'
)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for path, text in {"templates/orders/list.html": TEMPLATE, "app/orders/wording.py": WORDING}.items():
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    monkeypatch.setattr(i18n_files, "ROOT", tmp_path)
    monkeypatch.setattr(i18n_files, "LOCALES", tmp_path / "locales")
    return tmp_path


@pytest.mark.parametrize(
    ("path", "room"),
    [
        ("templates/catalog/list.html", "catalog"),
        ("app/orders/services/placing.py", "orders"),
        ("templates/base.html", "shell"),
        ("templates/public/start.html", "shell"),
        ("templates/ui/form.html", "ui"),
    ],
)
def test_a_source_belongs_to_its_room(path: str, room: str) -> None:
    assert room_of(Path(path)) == room


@pytest.mark.usefixtures("root")
def test_texts_are_found_in_templates_and_modules() -> None:
    rooms = extract_rooms()
    assert [(text.context, text.msgid, text.plural) for text in rooms["orders"]] == [
        ("", "%(num)s line", "%(num)s lines"),
        ("", "Draft", ""),
        ("", "Order %(number)s", ""),
        ("", "Sent at %(time)s", ""),
        ("", "Two words", ""),
        ("right", "Own", ""),
        ("theme", "Dark", ""),
    ]


def test_a_table_fills_every_room_that_says_the_text(root: Path) -> None:
    rooms = extract_rooms()
    update_room("ru", "orders", rooms["orders"])
    update_room("ru", "claims", [Text("Draft", "", "", ("app/claims/wording.py",))])
    table = ["Draft\tЧерновик", "[theme] Dark\tТёмная", "%(num)s line\t%(num)s строка||%(num)s строки||%(num)s строк"]
    assert fill(table, ["ru"]) == 4
    said = (root / "locales/ru/orders.po").read_text(encoding="utf-8")
    assert 'msgstr "Черновик"' in said
    assert 'msgstr[2] "%(num)s строк"' in said
    assert 'msgstr "Тёмная"' in said


def test_an_update_keeps_translations_takes_those_of_other_rooms_and_drops_dead_ones(root: Path) -> None:
    claims = root / "locales/ru/claims.po"
    claims.parent.mkdir(parents=True)
    claims.write_text('msgid "Draft"\nmsgstr "Черновик"\n\nmsgid "Gone"\nmsgstr "Ушло"\n', encoding="utf-8")
    update_room("ru", "orders", extract_rooms()["orders"])
    update_room("ru", "claims", [Text("Draft", "", "", ("app/claims/wording.py",))])
    assert 'msgid "Draft"\nmsgstr "Черновик"' in (root / "locales/ru/orders.po").read_text(encoding="utf-8")
    assert "Gone" not in claims.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ('msgid "Sum %(sum)s"\nmsgstr ""', "missing 'Sum %(sum)s'"),
        ('msgid "Sum %(sum)s"\nmsgstr "Сумма"', "other places"),
        ('msgid "Sum %(sum)s"\nmsgstr "Сумма %(sum)s в %"', "a percent sign is written %%"),
        ('msgid "Sum %(sum)s"\nmsgstr "Сумма %(sum)s %(n)d"', "a percent sign is written %%"),
        ('msgid "Sum %(sum)s"\nmsgstr "<b>%(sum)s</b>"', "other tags"),
        ('msgid "Sum %(sum)s"\nmsgstr "\\"%(sum)s\\""', "straight quotes"),
        ('msgid "Sum %(sum)s"\nmsgstr "Сумма %(sum)s!"', "no exclamation marks"),
        ('msgid "Sum %(sum)s"\nmsgstr " %(sum)s"', "blanks at the ends"),
        ('#, fuzzy\nmsgid "Sum %(sum)s"\nmsgstr "Сумма %(sum)s"', "fuzzy"),
        ('msgid "Sum %(sum)s"\nmsgstr "Сумма %(sum)s"\n\nmsgid "Gone"\nmsgstr "Ушло"', "dead 'Gone'"),
    ],
)
def test_each_fault_is_told(root: Path, entry: str, fault: str) -> None:
    path = root / "locales/ru/orders.po"
    path.parent.mkdir(parents=True)
    path.write_text(entry + "\n", encoding="utf-8")
    text = Text("Sum %(sum)s", "", "", ("templates/orders/list.html",))
    faults = find_faults(["ru"], {"orders": [text]}, [])
    assert len(faults) == 1
    assert faults[0].startswith("ru/orders: ")
    assert fault in faults[0]


def test_two_translations_of_one_text_are_told(root: Path) -> None:
    for room, word in (("claims", "Приказ"), ("orders", "Заказ")):
        path = root / f"locales/ru/{room}.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'msgid "Order"\nmsgstr "{word}"\n', encoding="utf-8")
    text = Text("Order", "", "", ("app/x/wording.py",))
    rooms = {"claims": [text], "orders": [text]}
    assert find_faults(["ru"], rooms, []) == ["ru/orders: 'Order' is translated otherwise in claims"]
    assert find_faults(["ru"], rooms, ["claims"]) == []


def test_the_invented_language_is_longer_and_keeps_places_and_tags() -> None:
    text = stretch("Only <b>%(have)s</b> in stock, you asked for %(want)s")
    assert "<b>%(have)s</b>" in text
    assert "%(want)s" in text
    assert text == "[Óñlý <b>%(have)s</b> íñ štóčk, ýóú áškéd fór %(want)s lorem ipsum]"
