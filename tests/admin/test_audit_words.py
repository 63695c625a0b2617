"""Every deed that is recorded anywhere has words in three languages, and none has words that nobody records."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import pytest
from msgspec.structs import replace

from app.admin.audit_showing import ChangeView, Show
from app.admin.audit_wording import DEEDS, ICONS, KINDS, THINGS, thing_of
from app.admin.queries.audit import Record
from app.infra.i18n.languages import LANGUAGES
from app.infra.i18n.wording import gettext
from tests.support.databases import ROOT

# By these names deeds reach `audit.record`; what is put together at run time is listed below.
RECORDERS: Final = frozenset({"record", "_record", "note", "_note"})
DEED: Final = re.compile(r"[a-z_]+\.[a-z_]+")
PUT_TOGETHER: Final = {
    f"order.{kind}"
    for kind in (
        *("submitted", "asked", "approved", "returned", "cancelled", "cancel_asked"),
        *("shared", "unshared", "archived", "restored", "sent_again", "taken_over"),
    )
}
# Recorded by the room of people.
PROMISED: Final = frozenset(
    name for name in DEEDS if name.partition(".")[0] in {"user", "invitation", "absence", "factor"}
) | {"password.forgotten", "password.reset"}


A_DEED: Final = Record(
    1, datetime(2026, 11, 22, tzinfo=UTC), None, None, "access.published", "access_draft", None, "", {}, None, None,
    "", "", "", "", "", "", None, None, None, None,
)  # fmt: skip


def recorded() -> Iterator[str]:
    """Every deed the code names where it records one."""
    for file in sorted((ROOT / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and _name(node.func) in RECORDERS:
                for part in (inner for one in node.args for inner in ast.walk(one)):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str) and DEED.fullmatch(part.value):
                        yield part.value


def test_every_deed_has_words_and_every_word_a_deed() -> None:
    found = {*recorded(), *PUT_TOGETHER}
    assert "session.opened" in found
    assert found - {*DEEDS} == set(), "give it words in app/admin/audit_wording.py"
    assert {*DEEDS} - found <= PROMISED


def test_every_deed_is_done_to_a_thing_with_a_name_and_a_picture() -> None:
    things = {thing_of(name) for name in DEEDS}
    assert things == {*THINGS} == {*ICONS}
    assert {"order", "user", "membership", "token", "access_draft", "audit"} <= {*KINDS}


@pytest.mark.parametrize("locale", LANGUAGES)
def test_no_two_deeds_read_the_same(locale: str) -> None:
    words = [gettext(locale, text) for text in DEEDS.values()]
    assert len(set(words)) == len(words)


@pytest.mark.parametrize(
    ("locale", "label", "before", "after"),
    [
        ("en", "Manager of a distributor · limit:view", "nothing", "allowed org=@own, forbidden"),
        ("ru", "Менеджер дистрибьютора · limit:view", "нет", "разрешено org=@own, запрещено"),
    ],
)
def test_a_cell_of_the_access_matrix_is_shown_as_what_went_and_came(
    locale: str, label: str, before: str, after: str
) -> None:
    cell, stays = "r:distributor_manager limit:view", "allow lin=1"
    record = replace(A_DEED, before={cell: [stays]}, after={cell: [stays, "allow org=@own", "deny"]})
    assert Show(locale, "Asia/Almaty").changes(record) == [ChangeView(label, before, after)]


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
