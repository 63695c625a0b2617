"""Catalogues: reading, merging, falling back."""

from decimal import Decimal
from pathlib import Path

import pytest

from app.config import LOCALES
from app.infra.i18n import wording
from app.infra.i18n.catalogue import Catalogue, CatalogueError, english, read_catalogue
from app.infra.i18n.languages import LANGUAGES, SOURCE

ORDERS = """
msgid "Order"
msgstr "Заказ"

msgctxt "right"
msgid "Own"
msgstr "Свои"

msgid "%(num)s line"
msgid_plural "%(num)s lines"
msgstr[0] "%(num)s строка"
msgstr[1] "%(num)s строки"
msgstr[2] "%(num)s строк"

#, fuzzy
msgid "Perhaps"
msgstr "Наверное"

msgid "Empty"
msgstr ""
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ru").mkdir()
    (tmp_path / "ru" / "orders.po").write_text(ORDERS, encoding="utf-8")
    return tmp_path


@pytest.fixture
def spoken(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Catalogue:
    """Let the texts of the folder be what the portal speaks."""
    catalogue = read_catalogue(folder, "ru")
    monkeypatch.setattr(wording, "catalogues", lambda: {"ru": catalogue, "en": english()})
    return catalogue


def test_fuzzy_and_empty_translations_do_not_count(folder: Path) -> None:
    catalogue = read_catalogue(folder, "ru")
    assert catalogue.text("Order") == "Заказ"
    assert catalogue.text("Perhaps") == "Perhaps"
    assert catalogue.text("Empty") == "Empty"


@pytest.mark.parametrize(("count", "text"), [(1, "1 строка"), (3, "3 строки"), (5, "5 строк"), (21, "21 строка")])
def test_russian_has_three_forms(spoken: Catalogue, count: int, text: str) -> None:
    assert spoken.form(count) in (0, 1, 2)
    assert wording.ngettext("ru", "%(num)s line", "%(num)s lines", count) == text


def test_a_missing_translation_is_english(spoken: Catalogue) -> None:
    assert spoken.text("Never said") == "Never said"
    assert wording.pgettext("ru", "fleet", "Own") == "Own"
    assert wording.ngettext("ru", "%(num)s file", "%(num)s files", 2) == "2 files"
    assert wording.ngettext("en", "%(num)s file", "%(num)s files", 1) == "1 file"


def test_context_parts_one_word_from_another(spoken: Catalogue) -> None:
    assert spoken.text(wording.NC_("right", "Own")) == "Свои"
    assert wording.pgettext("ru", "right", "Own") == "Свои"
    assert wording.gettext("en", wording.NC_("right", "Own")) == "Own"


@pytest.mark.usefixtures("spoken")
def test_numbers_in_sentences_are_written_as_the_language_does() -> None:
    text = wording.gettext("ru", "%(sum)s of %(share)s %%, %(number)s", sum=12345, share=Decimal("5.50"), number="4512")
    assert text == "12\u00a0345 of 5,5 %, 4512"


def test_two_rooms_may_not_disagree(folder: Path) -> None:
    (folder / "ru" / "claims.po").write_text('msgid "Order"\nmsgstr "Приказ"\n', encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"ru/orders\.po: 'Order' is translated otherwise elsewhere"):
        read_catalogue(folder, "ru")


def test_a_language_without_files_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"locales/kk has no \.po file"):
        read_catalogue(tmp_path, "kk")


def test_a_broken_file_is_named(folder: Path) -> None:
    (folder / "ru" / "broken.po").write_text('msgid "Order"\nnonsense\n', encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"broken\.po"):
        read_catalogue(folder, "ru")


def test_every_language_of_the_settings_is_described() -> None:
    assert tuple(LANGUAGES) == LOCALES
    assert all(language.code == code for code, language in LANGUAGES.items())


def test_every_language_can_be_read() -> None:
    catalogues = wording.catalogues()
    assert set(catalogues) == set(LANGUAGES)
    assert all(len(catalogue.single) > 100 for code, catalogue in catalogues.items() if code != SOURCE)
