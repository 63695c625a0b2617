"""Inviting many: every line is checked as a single invitation is, all go or none, and nothing goes twice."""

import re
from typing import cast

import httpx
import pytest

from tests.access.browsers import Browser, World, read
from tests.infra.test_sheet_reading import xlsx
from tests.people.letterbox import post
from tests.people.test_invitations import ADMIN, HEAD, fresh_address

PAGE = "/users/invitations/many"
API = "/api/v1/invitations/many"
_NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


async def organisation(world: World) -> str:
    """The name of the head's own company."""
    rows = await world.fetch("SELECT name FROM partners WHERE id = $1", world.people[HEAD].partner_id)
    return str(cast("object", rows[0]["name"]))


async def check(browser: Browser, text: str) -> httpx.Response:
    """Look what lines would become; a browser sends the file left empty too."""
    return await browser.post(PAGE, data={"text": text}, files={"sheet": ("", b"", "application/octet-stream")})


async def open_invitations(world: World, *emails: str) -> int:
    """How many invitations these addresses have."""
    rows = await world.fetch("SELECT count(*) AS n FROM invitations WHERE email = ANY ($1)", list(emails))
    return cast("int", rows[0]["n"])


async def letters_to(world: World, *emails: str) -> int:
    """How many letters went to these addresses."""
    return len([one for one in await post(world) if one.to in emails])


async def test_the_administrator_sees_every_line_and_then_sends_them_all(world: World) -> None:
    admin, client, own = await world.signed_in(ADMIN), fresh_address(), fresh_address()
    name = await organisation(world)
    text = f"Роль\tE-mail\tОрганизация\tЯзык\nруководитель\t{client}\t«{name}»\tқазақша\n"
    text += f"Manager with full rights\t{own}\t\t"
    seen = await check(admin, text)
    assert seen.status_code == 200, seen.text
    assert seen.text.count("badge ok") == 2
    assert await open_invitations(world, client, own) == 0
    sent = await admin.post(f"{PAGE}/send", data={"text": text, "_idempotency_key": fresh_address()})
    assert (sent.status_code, sent.headers["location"]) == (303, "/users/invitations")
    rows = await world.fetch("SELECT email, role, locale FROM invitations WHERE email = ANY ($1)", [client, own])
    assert {(row["email"], row["role"], row["locale"]) for row in rows} == {
        (client, "distributor_head", "kk"),
        (own, "manager_full", "ru"),
    }
    assert await letters_to(world, client, own) == 2


async def test_every_fault_of_every_line_is_told_at_once_and_nobody_is_invited(world: World) -> None:
    admin, good = await world.signed_in(ADMIN), fresh_address()
    name = await organisation(world)
    text = "\n".join((
        f"{good}\tменеджер\t{name}",
        "nonsense\tменеджер\t" + name,
        f"{fresh_address()}\tкапитан\t{name}",
        f"{fresh_address()}\tменеджер\tНет такой компании",
        f"{good}\tменеджер\t{name}",
        f"{fresh_address()}\tforwarder\t{name}",
        f"{fresh_address()}\tменеджер\t{name}\t\tfr",
        "broken\tкапитан\tНет такой компании\t\txx",
    ))  # fmt: skip
    seen = await check(admin, text)
    assert seen.status_code == 422
    for number in (2, 3, 4, 5, 6, 7, 8):
        assert f"{number}. " in seen.text, number
    assert seen.text.count("badge ok") == 1
    told = re.search(r"8\. broken: ([^<]+)<", seen.text)
    assert told is not None
    assert all(word in told[1] for word in ("адрес", "организац", "роли", "язык")), told[1]
    assert f"{PAGE}/send" not in seen.text
    assert "nonsense" in seen.text
    forced = await admin.post(f"{PAGE}/send", data={"text": text})
    assert forced.status_code == 422
    assert await open_invitations(world, good) == 0


async def test_a_head_invites_colleagues_and_nobody_elsewhere(world: World) -> None:
    head, colleague = await world.signed_in(HEAD), fresh_address()
    assert (await check(head, f"{colleague}\tменеджер")).status_code == 200
    assert (await check(head, f"{colleague}\tadmin")).status_code == 422
    others = await world.fetch("SELECT name FROM partners WHERE kind = 'logistics' AND tenant_id = 1 LIMIT 1")
    assert (await check(head, f"{colleague}\tforwarder\t{others[0]['name']}")).status_code == 422
    sent = await head.post(f"{PAGE}/send", data={"text": f"{colleague}\tменеджер"})
    assert sent.status_code == 303
    rows = await world.fetch("SELECT partner_id FROM invitations WHERE email = $1", colleague)
    assert [row["partner_id"] for row in rows] == [world.people[HEAD].partner_id]


async def test_a_workbook_is_read_and_can_be_corrected_as_text(world: World) -> None:
    admin, address = await world.signed_in(ADMIN), fresh_address()
    cells = "".join(
        f'<c r="{place}1" t="inlineStr"><is><t>{text}</t></is></c>'
        for place, text in (("A", address), ("B", "логист менеджер"))
    )
    sheet = f'<worksheet {_NS}><sheetData><row r="1">{cells}</row></sheetData></worksheet>'
    book = xlsx({"xl/worksheets/sheet1.xml": sheet})
    seen = await admin.post(PAGE, data={"text": ""}, files={"sheet": ("people.xlsx", book, "application/zip")})
    assert seen.status_code == 200, seen.text
    assert f"{address}\tлогист менеджер" in seen.text
    broken = await admin.post(PAGE, data={"text": ""}, files={"sheet": ("people.xls", b"\xd0\xcf\x11\xe0", "x/y")})
    assert broken.status_code == 422
    assert 'id="f-sheet-error"' in broken.text


async def test_pressing_twice_sends_once(world: World) -> None:
    head, colleague = await world.signed_in(HEAD), fresh_address()
    form = {"text": f"{colleague}\tменеджер", "_idempotency_key": fresh_address()}
    first, second = await head.post(f"{PAGE}/send", data=form), await head.post(f"{PAGE}/send", data=form)
    assert first.status_code == second.status_code == 303
    assert await open_invitations(world, colleague) == 1


async def test_scripts_send_all_or_nothing_and_may_only_ask(world: World) -> None:
    admin, first = await world.signed_in(ADMIN), fresh_address()
    good: dict[str, object] = {"email": first, "role": "logistician"}
    asked = await admin.post(
        API, json={"invitations": [good], "dry_run": True}, headers={"Idempotency-Key": fresh_address()}
    )
    assert (asked.status_code, read(asked)["invited"]) == (201, [])
    assert await open_invitations(world, first) == 0
    bad = {"invitations": [good, {"email": "x", "role": "pirate"}, good]}
    refused = await admin.post(API, json=bad, headers={"Idempotency-Key": fresh_address()})
    assert refused.status_code == 422
    errors = cast("list[dict[str, str]]", read(refused)["errors"])
    assert [(one["field"], one["code"]) for one in errors] == [
        ("invitations[1].email", "email_malformed"),
        ("invitations[1].role", "role_not_yours"),
        ("invitations[2].email", "listed_twice"),
    ]
    assert await open_invitations(world, first) == 0
    sent = await admin.post(API, json={"invitations": [good]}, headers={"Idempotency-Key": fresh_address()})
    assert sent.status_code == 201
    assert await open_invitations(world, first) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "nobody in the table"),
        ("e-mail;role\n", "nobody in the table"),
        ("\n".join(f"a{n}@x.example;логист менеджер" for n in range(101)), "There are 101 people in the table"),
    ],
)
async def test_an_empty_or_endless_table_is_refused_in_words(world: World, text: str, words: str) -> None:
    admin = await world.signed_in(ADMIN)
    await admin.post("/me/language", data={"locale": "en"})
    answer = await check(admin, text)
    assert answer.status_code == 422
    assert words in answer.text
