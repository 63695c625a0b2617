"""What may not stand in a template or come out of one: the CSP would stop it, or a browser keep it too long."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from app.infra.i18n.languages import LANGUAGES
from app.infra.pages.assets import Assets, load_assets
from app.infra.pages.renderer import TEMPLATES_FOLDER, Renderer
from tools.samples import sample_pages


def short_name(path: Path) -> str:
    return path.relative_to(TEMPLATES_FOLDER).as_posix()


TEMPLATES = sorted(TEMPLATES_FOLDER.glob("**/*.html"))
FORBIDDEN = {
    "inline style": r"<style|\sstyle\s*=",
    "inline handler": r"<[^>]*\son[a-z]+\s*=",
    "inline script": r"<script(?![^>]*\ssrc=)",
    "script address": r"javascript:",
    "htmx that needs eval": r"hx-on|\bjs:|hx-trigger=\"[^\"]*\[",
    "unescaped value": r"\|\s*safe\b|Markup\(",
    "unhashed file": r"(?:href|src)=\"/assets/",
    "listener that its own news replaces": r"<(?=[^>]*\shx-trigger=\"live:)(?![^>]*\shx-target=)",
    "outside address": r"(?:href|src|action)=\"https?://",
}


@pytest.fixture(scope="module")
def assets() -> Assets:
    return load_assets()


@pytest.mark.parametrize("path", TEMPLATES, ids=short_name)
def test_a_template_says_nothing_the_policy_forbids(path: Path) -> None:
    text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert [name for name, pattern in FORBIDDEN.items() if re.search(pattern, text)] == []


@pytest.mark.parametrize("path", sorted((TEMPLATES_FOLDER / "ui").glob("*.html")), ids=short_name)
def test_a_file_of_macros_holds_nothing_else(path: Path) -> None:
    # It is imported once and remembered: what stood at its top would be worked out for the first page only.
    if path.name == "gallery.html":
        return
    text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r"\{% macro .*?\{%-? endmacro %\}", "", text, flags=re.DOTALL)
    text = re.sub(r"\{% from \"ui/[a-z]+\.html\" import [\w, ]+ %\}|\{% set icon = draw_icon %\}", "", text)
    assert text.strip() == ""


class Page(HTMLParser):
    """Gathers what the checks below ask for."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[str] = []
        self.ids: list[str] = []
        self.names: list[str] = []
        self.forms: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.names += given
        self.ids += [given["id"]] if "id" in given else []
        if tag in {"link", "script", "img", "use"}:
            self.files.append((given.get("src") or given["href"]).partition("#")[0])
        if tag == "form" and given.get("method") == "post":
            self.forms.append("")
        if tag == "input" and given.get("name") == "_csrf_token":
            self.forms[-1] = given["value"]


@pytest.mark.parametrize("locale", sorted(LANGUAGES))
@pytest.mark.parametrize("name", sorted(sample_pages("en", "")))
def test_every_sample_page_comes_out_clean(assets: Assets, name: str, locale: str) -> None:
    template, context = sample_pages(locale, "dark")[name]
    html = Renderer(assets).render(template, context, locale=locale)
    page = Page()
    page.feed(html)
    known = {asset.url for asset in assets.all()}
    assert set(page.files) <= known
    assert sorted(page.ids) == sorted(set(page.ids)), "an id stands twice"
    assert "style" not in page.names
    assert not [attribute for attribute in page.names if attribute.startswith("on")]
    assert set(page.forms) <= {"sample"}, "a posting form without its token"
    assert html.startswith("<!doctype html>\n")
    assert f'<html lang="{locale}" data-theme="dark">' in html
