"""How open orders stand is asked of a register of its own, whose changes no packet of the exchange plan tells."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast
from urllib.parse import unquote
from uuid import UUID

import msgspec
import pytest
from msgspec.structs import replace

from app.erp import feed, standing, streams
from app.erp.channel import Channel
from app.erp.families import FamilyError
from app.erp.families.reading import lay_over, read_family
from app.erp.loading import Side, load_due
from app.erp.mappings.orders import STATES_AT_ONCE
from app.erp.standing import follow_states
from app.orders.rules.states import STANDING
from tests.erp.doctored import doctored
from tests.erp.look import Look
from tests.erp.open_way import open_channel, quick
from tests.erp.stand_in import StandIn
from tests.support.databases import Database

REGISTER = "InformationRegister_СостоянияЗаказовКлиентов"
OPEN = "SELECT id FROM orders WHERE tenant_id = 1 AND state = ANY ($1) ORDER BY id"
STOOD = "SELECT erp_state, state FROM orders WHERE id = $1"
SUPPLIED = "SELECT id FROM orders WHERE tenant_id = 1 AND state = 'in_work' ORDER BY id DESC LIMIT 1"
DUE = "UPDATE erp_streams SET loaded_at = now() - interval '1 min' WHERE stream = 'states'"
REOPEN = "UPDATE orders SET state = 'in_work' WHERE tenant_id = 1 AND state = 'closed'"


class CrashError(Exception):
    """Somebody pulled the plug."""


class Register:
    """What the register says otherwise than the documents, and what was asked of it."""

    def __init__(self) -> None:
        self.says: dict[str, str] = {}
        self.is_missing = False
        self.asked: list[str] = []

    def ask(self, target: str, body: bytes) -> tuple[str, bytes]:
        self.asked.append(target)
        return target, body

    def answer(self, path: str, body: bytes) -> bytes:
        if self.is_missing and path.endswith("metadata"):
            return body.decode().replace(f'EntityType Name="{REGISTER}"', 'EntityType Name="Other"').encode()
        if not unquote(path).endswith(REGISTER):
            return body
        page = msgspec.json.decode(body, type=dict[str, object])
        rows = msgspec.convert(page["value"], list[dict[str, object]])
        for row in rows:
            row["Состояние"] = self.says.get(str(row["Заказ"]), row["Состояние"])
        return msgspec.json.encode({**page, "value": rows})

    def questions(self, set_name: str) -> list[str]:
        """Addresses of what was asked of a set."""
        return [one for one in self.asked if unquote(one).partition("?")[0].endswith(set_name)]

    def refs(self) -> list[object]:
        """Orders that were asked for, in that order."""
        asked = (unquote(one) for one in self.questions(REGISTER))
        return [UUID(ref) for one in asked for ref in cast("list[str]", re.findall(r"guid'([0-9a-f-]{36})'", one))]


@pytest.fixture
def database(loaded_database: Database) -> Database:
    return loaded_database


@pytest.fixture
def register() -> Register:
    return Register()


@asynccontextmanager
async def way_past(register: Register, stand_in: StandIn) -> AsyncIterator[Channel]:
    async with doctored(stand_in.url, register.answer, register.ask) as url, open_channel(url) as way:
        yield way


@pytest.fixture
async def way(side: Side, look: Look, stand_in: StandIn, register: Register) -> AsyncIterator[Channel]:
    """A line on which everything was loaded and every change so far taken."""
    await look.execute("DELETE FROM erp_streams WHERE stream = $1", streams.FEED)
    await look.execute("UPDATE erp_streams SET state = 'new', mapping = '' WHERE stream = 'orders'")
    async with way_past(register, stand_in) as channel:
        await load_due(side, channel)
        while await feed.poll(side, channel, 0) != "nothing":
            pass
        await load_due(side, channel)
        register.asked.clear()
        yield channel


async def open_orders(look: Look) -> list[object]:
    return [row[0] for row in await look.rows(OPEN, sorted(STANDING))]


@pytest.mark.parametrize("is_born_here", [False, True], ids=["of the ERP", "of the portal"])
async def test_a_state_that_changed_in_the_register_alone_reaches_the_order(
    side: Side, way: Channel, look: Look, register: Register, *, is_born_here: bool
) -> None:
    ref = await look.value(SUPPLIED)
    if is_born_here:
        await look.execute("UPDATE orders SET author_id = $2 WHERE id = $1", ref, UUID(int=5))
    label = await look.value("SELECT erp_label FROM orders WHERE id = $1", ref)
    register.says[str(ref)] = "ГотовКОтгрузке"
    assert await feed.poll(side, way, 0) == "nothing"
    assert await follow_states(side, way) == 1
    assert await look.row(STOOD, ref) == ("ГотовКОтгрузке", "loading")
    assert await look.value("SELECT erp_label FROM orders WHERE id = $1", ref) == label
    # Before it is time nobody asks; then what is known by now is asked for and changes nothing.
    asked = len(register.asked)
    assert await follow_states(side, way) == 0
    assert len(register.asked) == asked
    await look.execute(DUE)
    assert await follow_states(side, way) == 0
    assert len(register.asked) > asked


async def test_a_round_asks_a_constant_number_of_times_in_addresses_of_bounded_length(
    side: Side, way: Channel, look: Look, register: Register
) -> None:
    ref = await look.value(SUPPLIED)
    await look.execute(REOPEN)
    known = await open_orders(look)
    assert len(known) > STATES_AT_ONCE
    register.says[str(ref)] = "ГотовКОтгрузке"
    rounds = "SELECT count(*) FROM erp_streams WHERE stream = 'states' AND cursor = ''"
    while not await look.count(rounds):
        await follow_states(side, way)
    assert register.refs() == known
    assert len(register.questions(REGISTER)) == -(-len(known) // STATES_AT_ONCE)
    assert len(register.questions("Document_ЗаказКлиента")) == 1
    assert max(map(len, register.asked)) < 6000


async def test_nobody_is_asked_when_no_order_is_open(side: Side, way: Channel, look: Look, register: Register) -> None:
    await look.execute("UPDATE orders SET state = 'closed' WHERE state = ANY ($1)", sorted(STANDING))
    assert await follow_states(side, way) == 0
    assert register.asked == []
    assert await look.value("SELECT loaded_at IS NOT NULL FROM erp_streams WHERE stream = 'states'") is True


async def test_a_missing_register_is_said_and_stops_nothing_else(
    side: Side, way: Channel, stand_in: StandIn, look: Look, register: Register
) -> None:
    register.is_missing = True
    said = f"how orders stand is read with them alone: the ERP has no {REGISTER}"
    how = "SELECT state, reason FROM erp_streams WHERE stream = 'orders'"
    async with way_past(register, stand_in) as bare:
        await load_due(side, bare)
        assert await follow_states(side, bare) == 0
        assert await look.row(how) == ("live", said)
        assert await look.count("SELECT count(*) FROM erp_streams WHERE state <> 'live'") == 0
        assert register.questions(REGISTER) == []
        assert await feed.poll(side, bare, 0) == "nothing"
    register.is_missing = False
    await look.execute(DUE)
    assert await follow_states(side, way) == 0
    assert await look.row(how) == ("live", "")


async def test_whoever_takes_over_goes_on_where_the_round_was_cut(
    side: Side, way: Channel, stand_in: StandIn, look: Look, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "STATES_AT_ONCE", 1)
    monkeypatch.setattr(standing, "_PACKETS", 1)
    await look.execute(REOPEN)
    await follow_states(side, way)
    await follow_states(side, way)
    known = await open_orders(look)
    third = known[2]
    stood = await look.row(STOOD, third)
    register.says[str(third)] = "ВПроцессеОтгрузки"

    async def crash(*_args: object) -> None:
        raise CrashError

    with monkeypatch.context() as patch:
        patch.setattr(streams, "move_round", crash)
        with pytest.raises(CrashError):
            await follow_states(side, way)
    assert await look.row(STOOD, third) == stood
    async with way_past(register, stand_in) as second:
        await load_due(side, second)
        assert await follow_states(side, second) == 1
        await follow_states(side, second)
    assert await look.row(STOOD, third) == ("ВПроцессеОтгрузки", "shipped")
    assert register.refs()[:5] == [*known[:3], *known[2:4]]


async def test_a_family_that_names_no_register_asks_nobody(side: Side, way: Channel, stand_in: StandIn) -> None:
    family = quick()
    plain = replace(family, streams={**family.streams, "orders": replace(family.streams["orders"], states=None)})
    async with open_channel(stand_in.url, family=plain) as channel:
        assert channel.client.states_every_s is None
        assert await follow_states(side, channel) == 0
    assert way.client.states_every_s == 30


def test_states_belong_to_orders_and_are_not_asked_for_without_a_pause() -> None:
    assert read_family().streams["orders"].states is not None
    with pytest.raises(FamilyError, match="mapping_wrong_pause"):
        lay_over("erp25", "[streams.orders.states]\npoll_s = 1")
    with pytest.raises(FamilyError, match="mapping_wrong_name"):
        lay_over("erp25", '[streams.orders.states]\norder = "Заказ eq"')
    states = 'set = "A"\norder = "B"\nstate = "C"\nshipped = "D"\npoll_s = 30'
    with pytest.raises(FamilyError, match="states belong to orders"):
        lay_over("erp25", f"[streams.partners.states]\n{states}")
