"""Letters: once, in the reader's language, only while their rights allow, and never lost when the post is away."""

import asyncio
from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import cast
from uuid import uuid4

import pytest

from app.access.actors import Actor
from app.notifications.jobs import send_letters
from app.notifications.letters import FolderPost, Letter, Post, SmtpPost, write_letter
from app.notifications.notices import Told
from tests.access.browsers import World
from tests.notifications.test_bell import AUTHOR, TELLING, tell
from tests.support.ports import free_port

URL = "https://portal.example.test"


class Postbox:
    """A post that keeps what it gets, and is away when told so."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.is_away = False

    async def send(self, letter: Letter) -> None:
        if self.is_away:
            raise ConnectionRefusedError
        self.letters.append(letter)


@pytest.fixture(autouse=True)
async def silence(world: World) -> None:
    await world.execute("DELETE FROM notifications; DELETE FROM outbox")


async def send(world: World, post: Post) -> None:
    while await send_letters(world.portal.engines.staff, 1, TELLING, post, URL):
        pass


async def stages(world: World) -> list[str]:
    rows = await world.fetch("SELECT stage FROM outbox WHERE lane = 'mail'")
    return [cast("str", row["stage"]) for row in rows]


async def test_one_entry_is_one_letter_in_the_readers_language(world: World) -> None:
    await world.execute("UPDATE users SET locale = 'kk' WHERE id = $1", world.people[AUTHOR].user_id)
    await tell(world, "probe.done")
    post = Postbox()
    await send(world, post)
    await send(world, post)
    assert [(one.to, one.subject) for one in post.letters] == [(world.people[AUTHOR].login, "Alatau: Сақталды")]
    assert f"{URL}/orders/00000000-0000-0000-0000-00000000004d" in post.letters[0].text
    assert "Сәлеметсіз бе" in post.letters[0].text
    assert await stages(world) == ["done"]
    await world.execute("UPDATE users SET locale = 'ru'")


async def test_a_kind_that_is_not_mailed_only_rings(world: World) -> None:
    await tell(world, "probe.ask", number="1", text="x")
    assert await stages(world) == []


async def test_rights_are_asked_again_when_the_letter_leaves(world: World) -> None:
    await tell(world, "probe.done")
    await world.execute("UPDATE memberships SET ended_at = now() WHERE id = $1", world.people[AUTHOR].membership_id)
    post = Postbox()
    await send(world, post)
    assert post.letters == []
    assert await stages(world) == ["done"]
    await world.execute("UPDATE memberships SET ended_at = NULL")


async def test_a_letter_waits_while_the_post_is_away(world: World) -> None:
    await tell(world, "probe.done")
    post = Postbox()
    post.is_away = True
    await send(world, post)
    assert await stages(world) == ["sent"]
    post.is_away = False
    await world.execute("UPDATE outbox SET not_before = now()")
    await send(world, post)
    assert len(post.letters) == 1


async def test_letters_are_files_where_there_is_no_post(world: World, tmp_path: Path) -> None:
    await tell(world, "probe.done")
    await send(world, FolderPost(tmp_path / "mail", "Karavan <no-reply@portal.example.test>"))
    files = list((tmp_path / "mail").iterdir())
    assert [one.suffix for one in files] == [".eml"]
    message = message_from_bytes(files[0].read_bytes(), policy=policy.default)
    assert message["To"] == world.people[AUTHOR].login
    assert message["Subject"] == "Alatau: Сохранено"
    assert message["Auto-Submitted"] == "auto-generated"


def test_a_name_with_line_breaks_cannot_add_a_header() -> None:
    actor = Actor(
        tenant_id=1,
        user_id=uuid4(),
        membership_id=uuid4(),
        name="Eve\r\nBcc: all@example.test",
        email="eve@example.test",
        role="admin",
        partner_id=None,
        branch="",
        regions=(),
        partners=(),
        locale="en",
        theme="auto",
        zone="Asia/Almaty",
        rules_v=1,
        facts_v=1,
    )
    told = Told("Order\r\nBcc: all@example.test", "text", "/orders", "info")
    letter = write_letter(uuid4(), actor, "Alatau", told, URL)
    assert letter.subject == "Alatau: Order Bcc: all@example.test"


@pytest.fixture
async def smtp() -> AsyncIterator[tuple[str, list[str]]]:
    """A post office that speaks just enough SMTP."""
    received: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 test\r\n")
        body: list[str] | None = None
        while line := (await reader.readline()).decode():
            word = line[:4].upper().strip()
            if body is not None:
                if line == ".\r\n":
                    received.append("".join(body))
                    body = None
                    writer.write(b"250 kept\r\n")
                else:
                    body.append(line)
            elif word == "DATA":
                body = []
                writer.write(b"354 go on\r\n")
            elif word == "QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 ok\r\n")
            await writer.drain()
        writer.close()

    port = free_port()
    server = await asyncio.start_server(serve, "127.0.0.1", port)
    yield f"smtp://127.0.0.1:{port}", received
    server.close()
    await server.wait_closed()


async def test_letters_leave_by_smtp(smtp: tuple[str, list[str]]) -> None:
    url, received = smtp
    await SmtpPost(url, "Karavan <no-reply@portal.example.test>").send(
        Letter(uuid4(), "anna@example.test", "Тема", "Текст письма\n")
    )
    assert len(received) == 1
    assert "anna@example.test" in received[0]


async def test_a_post_office_that_is_closed_is_an_error_to_wait_for() -> None:
    with pytest.raises(OSError):  # noqa: PT011 - whichever the system says
        await SmtpPost("smtp://127.0.0.1:9", "x@example.test").send(Letter(uuid4(), "a@example.test", "s", "t"))
