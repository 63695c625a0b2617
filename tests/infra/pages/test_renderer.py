"""From a template and a context to HTML."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError
from markupsafe import Markup, escape
from msgspec import Struct

from app.infra.http import csrf
from app.infra.pages.assets import Assets, load_assets
from app.infra.pages.environment import piece
from app.infra.pages.filters import CSRF_FIELD, legal, legal_letters
from app.infra.pages.reader import CURRENT
from app.infra.pages.renderer import Renderer

NOW = datetime(2026, 3, 7, 9, 5, tzinfo=UTC)
NBSP = "\u00a0"
FILES = {
    "base.html": "<html>{% block main %}{% endblock %}</html>",
    "macros.html": (
        "{% macro price(x) %}{{ x|money('KZT') }}{% endmacro %}{% macro form() %}{{ csrf_input }}{% endmacro %}"
    ),
    "page.html": (
        '{% extends "base.html" %}{% from "macros.html" import price, form %}{% set unit = "t" %}'
        "{% block main %}{{ price(amount) }} {% block rows %}{{ price(amount) }} {{ 9|quantity(unit) }}{% endblock %}"
        "{{ form() }}{% endblock %}"
    ),
}


@pytest.fixture(scope="module")
def assets() -> Assets:
    return load_assets()


@pytest.fixture
def renderer(tmp_path: Path, assets: Assets) -> Renderer:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return Renderer(assets, tmp_path)


def say(tmp_path: Path, assets: Assets, source: str, locale: str = "ru", **context: object) -> str:
    (tmp_path / "one.html").write_text(source, encoding="utf-8")
    return Renderer(assets, tmp_path).render("one.html", context, locale=locale, now=NOW)


def test_a_page_is_rendered_whole(renderer: Renderer) -> None:
    html = renderer.render("page.html", {"amount": Decimal(5), "csrf_token": 'a"b'}, locale="ru")
    assert html == (
        f'<html>5,00{NBSP}₸ 5,00{NBSP}₸ 9{NBSP}т<input type="hidden" name="_csrf_token" value="a&#34;b"></html>'
    )


def test_a_block_is_rendered_alone_with_the_imports_of_its_page(renderer: Renderer) -> None:
    html = renderer.render_block("page.html", "rows", {"amount": Decimal(5)}, locale="en")
    assert html == f"₸5.00 9{NBSP}t"
    with pytest.raises(KeyError):
        renderer.render_block("page.html", "gone", {"amount": Decimal(5)}, locale="en")


def test_macros_speak_the_language_of_each_page(renderer: Renderer) -> None:
    said = [renderer.render("page.html", {"amount": Decimal(1500)}, locale=locale) for locale in ("ru", "en", "ru")]
    assert said[0] == said[2]
    assert f"1{NBSP}500,00{NBSP}₸" in said[0]
    assert "₸1,500.00" in said[1]


def test_a_name_nobody_gave_is_an_error(renderer: Renderer) -> None:
    with pytest.raises(UndefinedError, match="'amount' is undefined"):
        renderer.render("page.html", {}, locale="ru")


def test_the_reader_is_forgotten_after_a_page_and_after_a_failure(renderer: Renderer) -> None:
    with pytest.raises(UndefinedError):
        renderer.render("page.html", {}, locale="ru")
    assert CURRENT.get(None) is None


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("{{ x }}", "&lt;b&gt;"),
        ("{{ _('Order %(n)s', n=x) }}", "Order &lt;b&gt;"),
        ("{% trans %}A <b>{{ x }}</b>{% endtrans %}", "A <b>&lt;b&gt;</b>"),
        ("{% trans n=2 %}{{ n }} file{% pluralize %}{{ n }} files{% endtrans %}", "2 files"),
        ("{{ _('100 %%') }}", "100 %"),
        ("{{ ngettext('%(num)s thing', '%(num)s things', 1500) }}", f"1{NBSP}500 things"),
        ("{{ pgettext('theme', 'Dark') }}", "Тёмная"),
        ("{{ _('Sign in') }}", "Войти"),
    ],
)
def test_texts_are_translated_filled_and_escaped(tmp_path: Path, assets: Assets, source: str, html: str) -> None:
    assert say(tmp_path, assets, source, x="<b>") == html


@pytest.mark.parametrize(
    ("source", "ru", "en"),
    [
        ("{{ 1234.5|string }}", "1234.5", "1234.5"),
        ("{{ n|number }}", f"1{NBSP}234,5", "1,234.5"),
        ("{{ n|money('KZT') }}", f"1{NBSP}234,50{NBSP}₸", "₸1,234.50"),
        ("{{ 100|money('KZT', trim=true) }}", f"100{NBSP}₸", "₸100"),
        ("{{ n|quantity('kg') }}", f"1{NBSP}234,5{NBSP}кг", f"1,234.5{NBSP}kg"),
        ("{{ n|quantity('drum') }}", f"1{NBSP}234,5{NBSP}drum", f"1,234.5{NBSP}drum"),
        ("{{ 'l'|unit }}", "л", "l"),
        ("{{ 0.685|percent(1) }}", f"68,5{NBSP}%", "68.5%"),
        ("{{ t|date }}", "08.03.2026", "8 Mar 2026"),
        ("{{ t|long_date }}", f"8 марта 2026{NBSP}г.", "8 March 2026"),
        ("{{ t|datetime }}", "08.03.2026, 01:05", "8 Mar 2026, 01:05"),
        ("{{ t|time }}", "01:05", "01:05"),
        ("{{ early|age }}", "4 мин. назад", "4 min ago"),
        ("{{ now|age }}", "только что", "just now"),
    ],
)
def test_formats(tmp_path: Path, assets: Assets, source: str, ru: str, en: str) -> None:
    context = {
        "n": Decimal("1234.5"),
        "t": datetime(2026, 3, 7, 20, 5, tzinfo=UTC),  # already the 8th in Almaty
        "early": datetime(2026, 3, 7, 9, 1, tzinfo=UTC),
        "now": NOW,
    }
    assert say(tmp_path, assets, source, "ru", **context) == ru
    assert say(tmp_path, assets, source, "en", **context) == en


def test_an_icon_that_is_not_in_the_sprite_is_an_error(tmp_path: Path, assets: Assets) -> None:
    with pytest.raises(KeyError, match="there is no icon 'unicorn'"):
        say(tmp_path, assets, "{{ draw_icon(name) }}", name="unicorn")
    assert "#truck" in say(tmp_path, assets, "{{ draw_icon(name) }}", name="truck")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("q", "f-q"), ("lines[2].quantity", "f-lines-2-quantity"), ("q-AL-5W30", "f-q-AL-5W30")],
)
def test_ids_come_from_names(tmp_path: Path, assets: Assets, name: str, expected: str) -> None:
    assert say(tmp_path, assets, "{{ name|field_id }}", name=name) == expected


def test_the_form_field_is_the_one_the_edge_reads() -> None:
    assert CSRF_FIELD == csrf.FIELD


class Marked:
    """Something that knows its HTML."""

    def __html__(self) -> str:
        return "<b>bold</b>"


@given(st.text() | st.text(alphabet="<>&\"'a") | st.integers() | st.none() | st.text().map(Markup))
def test_a_piece_is_written_as_markupsafe_writes_it(value: object) -> None:
    assert piece(value) == str(escape(value))


def test_values_are_escaped_wherever_a_template_writes_them(tmp_path: Path, assets: Assets) -> None:
    evil = "<script>'\"&"
    safe = "&lt;script&gt;&#39;&#34;&amp;"
    source = (
        "{% macro m(x) %}{{ x }}{% endmacro %}{% set y %}{{ x }}{% endset %}{{ x }}|{{ m(x) }}|{{ y }}|{{ x ~ '!' }}"
    )
    assert say(tmp_path, assets, source, x=evil) == f"{safe}|{safe}|{safe}|{safe}!"
    assert say(tmp_path, assets, "{{ x }}{{ y }}", x=Marked(), y=Markup("<i>")) == "<b>bold</b><i>"


class Entry(Struct):
    """A row of a list."""

    name: str
    parts: list[str] = []


def test_fields_of_rows_are_read_escaped_and_never_missed(tmp_path: Path, assets: Assets) -> None:
    parts = "{% for part in one.parts %}, {{ part.upper() }}{% endfor %}"
    source = "{% for one in rows %}{{ one.name }}" + parts + ";{% endfor %}"
    rows = [Entry("<a>"), Entry("b", ["c", "d&"])]
    assert say(tmp_path, assets, source, rows=rows) == "&lt;a&gt;;b, C, D&amp;;"
    assert say(tmp_path, assets, "{% for one in [{'name': 'a&'}] %}{{ one.name }}{% endfor %}") == "a&amp;"
    after = "{% for one in rows %}{% endfor %}{{ one.name }}{% set one = {'name': '<'} %}{{ one.name }}"
    assert say(tmp_path, assets, after, rows=rows, one=Entry("&")) == "&amp;&lt;"
    with pytest.raises(AttributeError):
        say(tmp_path, assets, "{% for one in rows %}{{ one.nmae }}{% endfor %}", rows=rows)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        (
            "Товарищество с ограниченной ответственностью «Ак Бидай»",
            '<abbr title="Товарищество с ограниченной ответственностью">ТОО</abbr> «Ак Бидай»',
        ),
        (
            "«Ақ бидай» Акционерлік қоғам & Ко",
            '«Ақ бидай» <abbr title="Акционерлік қоғам">АҚ</abbr> &amp; Ко',
        ),
        ("Публичное акционерное общество <b>", '<abbr title="Публичное акционерное общество">ПАО</abbr> &lt;b&gt;'),
        ("LLC Steppe & Co", "LLC Steppe &amp; Co"),
        ("", ""),
    ],
)
def test_a_legal_form_is_written_in_its_letters(name: str, written: str) -> None:
    assert str(legal(name)) == written
    assert legal_letters(name) == unescape(re.sub("</?abbr[^>]*>", "", written))
