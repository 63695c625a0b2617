"""A rule that cannot be: refused in the reader's words, beside its field, by scripts and pages; nothing half-saved."""

from collections.abc import Mapping
from typing import Final

import msgspec
from litestar.types import ASGIApp
from msgspec import Struct

from tests.access.browsers import Browser
from tests.orders.shop import ADMIN, CONTRACT, LINE_OF_GOODS, Shop, uid
from tests.rights.test_pages import enter, opened, said

__all__ = ["opened"]
ONE: Final = str(CONTRACT)
# A case: (what the cell says instead, status, code).
SUBJECTS: Final[Mapping[str, tuple[str, int, str]]] = {
    "an unknown role": ("r:wizard", 422, "unknown_role"),
    "a role in capitals": ("r:Admin", 422, "unknown_role"),
    "a role without its kind": ("admin", 422, "unknown_subject"),
    "everybody": ("*", 422, "unknown_subject"),
    "nobody": ("u:00000000-0000-4000-8000-00000000dead", 422, "unknown_subject"),
    "no id": ("o:5", 422, "unknown_subject"),
    "another kind": (f"x:{ADMIN.user_id}", 422, "unknown_subject"),
    "nothing": ("", 400, "required"),
}
PERMISSIONS: Final[Mapping[str, tuple[str, int, str]]] = {
    "an unknown action": ("order:fly", 422, "unknown_permission"),
    "every action": ("order:*", 422, "unknown_permission"),
    "a resource in capitals": ("Order:view", 422, "unknown_permission"),
    "nothing": ("", 400, "required"),
}
TERMS: Final[Mapping[str, tuple[str, str, int, str]]] = {
    "an unknown word": ("ctr", "@all", 422, "term_malformed"),
    "a comma": ("ctr", f"{ONE},{ONE}", 422, "term_malformed"),
    "any among ids": ("ctr", f"{ONE}|*", 422, "term_malformed"),
    "a word in capitals": ("ctr", "@OWN", 422, "term_malformed"),
    "an id in capitals": ("ctr", "00000000-0000-0000-0000-0000000000AB", 422, "term_malformed"),
    "a blank between": ("ctr", f"{ONE}| {ONE}", 422, "term_malformed"),
    "nothing": ("ctr", "", 422, "term_malformed"),
    "ten thousand ids": ("ctr", "|".join(str(uid(one)) for one in range(10_000)), 400, "text_too_long"),
    "a few ids too many": ("ctr", "|".join(str(uid(one)) for one in range(201)), 422, "too_many_ids"),
    "a contract that was deleted": ("ctr", str(uid(0xDEAD)), 422, "unknown_object"),
    "a dimension orders do not have": ("lin", str(LINE_OF_GOODS), 422, "term_unknown"),
    "an unknown validity": ("val", "LIVE", 400, "not_a_choice"),
    "an unknown authorship": ("aut", "@team", 400, "not_a_choice"),
    "an unknown dimension": ("city", "*", 400, "unknown_field"),
}
CELL: Final = {"subject": "r:distributor_manager", "permission": "order:view"}
LOCALES: Final = ("ru", "kk", "en")


class Case(Struct, frozen=True):
    """A cell that cannot be, and how it is refused."""

    name: str
    cell: Mapping[str, str]  # what differs from a sound one
    terms: Mapping[str, str] | None
    status: int
    field: str
    code: str
    times: int = 1  # how often the condition is written

    def body(self) -> dict[str, object]:
        """Write it as scripts do."""
        return {**CELL, **self.cell, **({} if self.terms is None else {"allows": [self.terms] * self.times})}


def _cases() -> list[Case]:
    found = [
        Case(f"subject: {name}", {"subject": text}, None, status, "subject", code)
        for name, (text, status, code) in SUBJECTS.items()
    ]
    found += [
        Case(f"permission: {name}", {"permission": text}, None, status, "permission", code)
        for name, (text, status, code) in PERMISSIONS.items()
    ]
    for name, (dimension, text, status, code) in TERMS.items():
        field = dimension if status == 422 else f"allows[0].{dimension}"
        found.append(Case(f"term: {name}", {}, {dimension: text}, status, field, code))
    dates = {"since": "2027-01-02T00:00:00Z", "until": "2027-01-01T00:00:00Z"}
    gone = {"slice": "ctr", "item": str(uid(0xDEAD))}
    return [
        *found,
        Case("an effect", {"effect": "Deny"}, None, 400, "effect", "unknown_field"),
        Case("too many conditions", {}, {"ctr": ONE}, 400, "allows", "too_many", times=51),
        Case("a slice without an object", {"slice": "ctr"}, None, 400, "item", "required"),
        Case("an unknown slice", {"slice": "city", "item": ONE}, None, 400, "slice", "not_a_choice"),
        Case("a slice of a deleted contract", gone, {}, 422, "ctr", "unknown_object"),
        Case("dates the wrong way round", {}, dates, 422, "until", "dates_reversed"),
        Case("before time began", {}, {"since": "0001-01-01T00:00:00+14:00"}, 400, "allows[0].since", "not_a_moment"),
        Case("after it ended", {}, {"until": "9999-12-31T23:00:00-14:00"}, 400, "allows[0].until", "not_a_moment"),
    ]


CASES: Final = _cases()
# A form adds one condition to one cell, and takes half a slice for none.
ONLY_SCRIPTS: Final = {
    "too many conditions", "a slice without an object", "dates the wrong way round", "before time began",
    "after it ended",
}  # fmt: skip


async def speak(browser: Browser, locale: str) -> None:
    """Change the language of whoever is signed in."""
    assert (await browser.patch("/api/v1/me", json={"locale": locale})).status_code == 204


async def test_scripts_are_told_field_and_reason_in_every_language(opened: tuple[Shop, ASGIApp]) -> None:
    shop, app = opened
    admin = await enter(app, ADMIN)
    begun = await admin.post("/api/v1/access/drafts", json={"title": "Autumn"})
    draft = f"/api/v1/access/drafts/{said(begun)['id']}"
    words: dict[str, set[str]] = {}
    for locale in LOCALES:
        await speak(admin, locale)
        for case in CASES:
            answer = await admin.put(f"{draft}/cells", json=case.body(), headers={"If-Match": begun.headers["etag"]})
            errors = msgspec.convert(
                msgspec.json.decode(answer.content, type=dict[str, object])["errors"], list[dict[str, str]]
            )
            told = [(answer.status_code, one["field"], one["code"]) for one in errors]
            assert told == [(case.status, case.field, case.code)], case.name
            assert errors[0]["message"] not in {"", case.code}, case.name
            words.setdefault(case.name, set()).add(errors[0]["message"])
    assert {name for name, said_in in words.items() if len(said_in) != len(LOCALES)} == set()
    assert said(await admin.get(f"{draft}/changes"))["total"] == 0
    assert (await admin.get(draft)).headers["etag"] == begun.headers["etag"]
    assert await shop.look("SELECT FROM access_draft_changes") == []


async def test_everything_wrong_with_a_cell_is_told_at_once(opened: tuple[Shop, ASGIApp]) -> None:
    _, app = opened
    admin = await enter(app, ADMIN)
    begun = await admin.post("/api/v1/access/drafts", json={"title": "Autumn"})
    wrong = {"ctr": f"{ONE},{ONE}", "org": "@OWN", "lin": str(LINE_OF_GOODS)}
    gone = {"ctr": str(uid(0xDEAD)), "org": str(uid(0xBEEF))}
    for terms, fields in ((wrong, ["subject", "lin", "org", "ctr"]), (gone, ["subject", "org", "ctr"])):
        cell = {**CELL, "subject": "r:wizard", "allows": [terms, terms]}
        place, headers = f"/api/v1/access/drafts/{said(begun)['id']}/cells", {"If-Match": begun.headers["etag"]}
        answer = await admin.put(place, json=cell, headers=headers)
        errors = msgspec.json.decode(answer.content, type=dict[str, object])["errors"]
        told = msgspec.convert(errors, list[dict[str, str]])
        assert (answer.status_code, sorted(one["field"] for one in told)) == (422, sorted(fields))
        assert all(one["message"] not in {"", one["code"]} for one in told)


async def test_the_page_tells_the_same_and_begins_no_draft(opened: tuple[Shop, ASGIApp]) -> None:
    shop, app = opened
    admin = await enter(app, ADMIN)
    for locale in LOCALES:
        await speak(admin, locale)
        for case in CASES:
            if case.name not in ONLY_SCRIPTS:
                form = {**CELL, **case.cell, **(case.terms or {}), "do": "add"}
                answer = await admin.post("/access/cells", data=form)
                assert answer.status_code == case.status, case.name
                assert "<html" in answer.text, case.name
    assert await shop.look("SELECT FROM access_drafts") == []


async def test_the_page_names_the_condition_that_is_wrong(opened: tuple[Shop, ASGIApp]) -> None:
    _, app = opened
    admin = await enter(app, ADMIN)
    answer = await admin.post("/access/cells", data={**CELL, "do": "add", "ctr": str(uid(0xDEAD))})
    assert f"Contract: An object the rule names does not exist or was deleted: {uid(0xDEAD)}." in answer.text
