"""What was told to the browser is true: commit comes before the answer, and a failing commit is an error."""

import asyncio
from typing import cast

import pytest
from litestar.types import HTTPScope, Message, Receive, Scope, Send

from app.access.guard import Guard
from tests.access.browsers import World, read

KEY = "alatau/distributor_manager"


async def kept(world: World, word: str) -> int:
    rows = await world.fetch("SELECT count(*) FROM audit_records WHERE action = $1", word)
    return cast("int", rows[0][0])


async def test_the_row_is_committed_before_the_first_byte_of_the_answer(world: World) -> None:
    browser = await world.signed_in(KEY)
    seen: list[tuple[str, int]] = []
    inner = world.app

    async def watching(scope: Scope, receive: Receive, send: Send) -> None:
        async def watched(message: Message) -> None:
            # Another connection looks at the database at the very moment the answer starts to leave.
            seen.append((message["type"], await kept(world, "before-the-answer")))
            await send(message)

        await inner(scope, receive, watched)

    browser.watch(watching)
    answer = await browser.post("/api/v1/probe/write", json={"word": "before-the-answer"})
    assert answer.status_code == 201
    assert seen == [("http.response.start", 1), ("http.response.body", 1)]


async def test_a_commit_that_fails_is_an_error_and_leaves_nothing(world: World) -> None:
    browser = await world.signed_in(KEY)
    answer = await browser.post("/api/v1/probe/fail-at-commit", json={"word": "lost-at-commit"})
    assert answer.status_code == 500
    assert read(answer)["code"] == "internal"
    assert await kept(world, "lost-at-commit") == 0


async def test_without_waiting_for_the_commit_the_browser_would_be_told_a_lie(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutant: answers leave as they are made. The test above must be able to see it."""

    async def hasty(self: Guard, scope: HTTPScope, receive: Receive, rule: object, unit: object) -> list[Message]:
        del rule, unit
        send = cast("Send", scope["state"]["hasty"])
        await self._app(scope, receive, send)  # pyright: ignore[reportPrivateUsage]
        return []

    browser = await world.signed_in(KEY)
    inner = world.app

    async def leaking(scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})["hasty"] = send
        await inner(scope, receive, send)

    browser.watch(leaking)
    monkeypatch.setattr(Guard, "_run", hasty)
    answer = await browser.post("/api/v1/probe/fail-at-commit", json={"word": "a-lie"})
    assert answer.status_code == 201
    assert await kept(world, "a-lie") == 0


@pytest.mark.parametrize(
    ("route", "status", "code"),
    [("reject", 422, "rejected"), ("crash", 500, "internal")],
)
async def test_a_failure_rolls_back_everything(world: World, route: str, status: int, code: str) -> None:
    browser = await world.signed_in(KEY)
    answer = await browser.post(f"/api/v1/probe/{route}", json={"word": f"rolled-back-{route}"})
    assert answer.status_code == status
    assert read(answer)["code"] == code
    assert "rolled-back" not in answer.text
    assert await kept(world, f"rolled-back-{route}") == 0


async def test_an_answer_of_400_and_more_rolls_back_too(world: World) -> None:
    browser = await world.signed_in(KEY)
    answer = await browser.post("/api/v1/probe/answer-422", json={"word": "answered-422"})
    assert answer.status_code == 422
    assert await kept(world, "answered-422") == 0


async def test_a_read_is_one_snapshot_that_cannot_write(world: World) -> None:
    browser = await world.signed_in(KEY)
    answer = await browser.get("/api/v1/probe/read")
    assert read(answer) == {
        "isolation": "repeatable read",
        "read_only": "on",
        "tenant": "1",
        "role": "karavan_client",
    }
    refused = await browser.get("/api/v1/probe/write-in-a-read")
    assert refused.status_code == 500
    assert await kept(world, "never") == 0


async def test_staff_read_by_their_own_role(world: World) -> None:
    browser = await world.signed_in("alatau/admin")
    assert read(await browser.get("/api/v1/probe/read"))["role"] == "karavan_staff"


@pytest.mark.parametrize(
    ("state", "status", "code"),
    [
        ("53100", 503, "storage_full"),
        ("53300", 503, "unavailable"),
        ("55P03", 409, "busy"),
        ("40001", 409, "busy"),
        ("40P01", 409, "busy"),
        ("57014", 503, "too_slow"),
        ("23505", 500, "internal"),
    ],
)
async def test_errors_of_the_database_have_a_meaning(world: World, state: str, status: int, code: str) -> None:
    browser = await world.signed_in(KEY)
    answer = await browser.post("/api/v1/probe/state", json={"word": state})
    assert (answer.status_code, read(answer)["code"]) == (status, code)


async def test_a_request_past_its_deadline_is_cut_off_and_its_connection_with_it(world: World) -> None:
    browser = await world.signed_in(KEY)
    began = asyncio.get_running_loop().time()
    answer = await browser.get("/api/v1/probe/slow")
    assert (answer.status_code, read(answer)["code"]) == (503, "too_slow")
    assert asyncio.get_running_loop().time() - began < 2
    # The pool is whole again: more reads than it has connections, one after the other and at once.
    answers = await asyncio.gather(*(browser.get("/api/v1/probe/read") for _ in range(12)))
    assert [one.status_code for one in answers] == [200] * 12


async def test_connections_that_died_in_the_pool_are_not_noticed_by_anybody(world: World) -> None:
    browser = await world.signed_in(KEY)
    await asyncio.gather(*(browser.get("/api/v1/probe/read") for _ in range(8)))
    await world.fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        " AND usename = 'karavan_client'"
    )
    answers = await asyncio.gather(*(browser.get("/api/v1/probe/read") for _ in range(20)))
    assert [one.status_code for one in answers] == [200] * 20
