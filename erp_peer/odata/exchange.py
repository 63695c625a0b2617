"""The exchange plan: what changed for a node, as current full states, until the node has said that it arrived.

Registrations are those of surface H: waiting ones have no message yet, given ones carry the number of theirs.
Nodes of this interface are kept apart from those of surface H by their names.
"""

import re

from msgspec import Struct

from erp_peer.odata.edm import EntitySet
from erp_peer.odata.errors import Code, ODataError
from erp_peer.odata.model import NODE_PREFIX, PLAN, find_set
from erp_peer.odata.options import Choice, Form
from erp_peer.odata.reading import Base
from erp_peer.odata.registers import RECORDERS
from erp_peer.odata.shaping import Shape
from erp_peer.odata.sql import Statement
from erp_peer.odata.tokens import read_guid
from erp_peer.store.db import Connection, column, many, one
from erp_peer.store.writing import flush, take_tick
from erp_peer.streams import STREAMS

_POINT = re.compile(rf"'?(?:.*/)?{PLAN}\(guid'(?P<ref>[^']*)'\)'?")
_LARGEST = 2**62
# Registers whose recorders are orders: their records go along with the order.
_OF_ORDERS = ("AccumulationRegister_ЗапасыИПотребности", "AccumulationRegister_РасчетыСКлиентамиПоСрокам")
Packet = list[tuple[EntitySet, str]]


class _Node(Struct, frozen=True):
    """A node by name."""

    node: str


class _Object(Struct, frozen=True):
    """A registered object."""

    stream: str
    ref: str


class _Text(Struct, frozen=True):
    """An object as it stands."""

    ref: str
    text: str


async def create_node(base: Base, code: str, ref: str | None) -> str:
    """Make a node and return its reference, which follows from the code; from now on changes are registered for it.

    Raises:
        ODataError: there is one of this code, or another reference was asked for.
    """
    if not code.strip():
        raise ODataError(Code.PROPERTY_REQUIRED, "Не задано свойство Code")
    node = f"{NODE_PREFIX}{code}"
    async with base.pool.acquire() as conn, conn.transaction():
        # Under the infobase's lock: a write now going on either sees the node or is over before it.
        await take_tick(conn, base.ib)
        sql = "INSERT INTO peer.nodes (ib, node) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING node"
        made = await column(conn, str, sql, base.ib, node)
        sql = "SELECT md5('node/' || $1::text || '/' || $2::text)::uuid"
        own = (await column(conn, str, sql, base.ib, node))[0]
        if ref not in {None, own}:
            raise ODataError(Code.BAD_VALUE, f"Ссылка узла следует из его кода: {own}")
        if not made:
            raise ODataError(Code.ALREADY_EXISTS, f"Узел {code} уже существует")
    await flush(base.pool)
    return own


def _message_no(query: dict[str, str]) -> int:
    text = query.get("MessageNo")
    if text is None:
        raise ODataError(Code.ARGUMENT_MISSING, "Не задан параметр MessageNo")
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < _LARGEST:
        raise ODataError(Code.CANNOT_PARSE, f"MessageNo: ожидается номер сообщения, получено {text}")
    return int(text)


async def _node(conn: Connection, base: Base, query: dict[str, str]) -> str:
    """The node named by its address; its row stays locked."""
    text = query.get("DataExchangePoint")
    if text is None:
        raise ODataError(Code.ARGUMENT_MISSING, "Не задан параметр DataExchangePoint")
    match = _POINT.fullmatch(text)
    try:
        ref = read_guid(match["ref"] if match else "")
    except ValueError as error:
        raise ODataError(Code.CANNOT_PARSE, f"DataExchangePoint: неверный адрес узла {text}") from error
    sql = (
        "SELECT node FROM peer.nodes WHERE ib = $1 AND starts_with(node, $3)"
        " AND md5('node/' || ib || '/' || node)::uuid = $2 FOR UPDATE"
    )
    found = await one(conn, _Node, sql, base.ib, ref, NODE_PREFIX)
    if found is None:
        raise ODataError(Code.NO_INSTANCE, "Узел плана обмена не найден")
    return found.node


_TAKE_SQL = """
WITH taken AS (DELETE FROM peer.changed WHERE ib = $1 AND node = $2 RETURNING stream, ref, tick, at),
     older AS (DELETE FROM peer.given AS g USING taken AS t
               WHERE g.ib = $1 AND g.node = $2 AND g.stream = t.stream AND g.ref = t.ref)
INSERT INTO peer.given (ib, node, batch, idx, stream, ref, at)
SELECT $1, $2, $3,
       (SELECT coalesce(max(idx), 0) FROM peer.given WHERE ib = $1 AND node = $2 AND batch = $3)
       + row_number() OVER (ORDER BY tick, stream, ref), stream, ref, at FROM taken
"""


async def select_changes(base: Base, query: dict[str, str], form: Form) -> Packet:
    """Give everything that waits the number of this message, and return all that was not confirmed up to it.

    Raises:
        ODataError: no such node, or an argument is missing.
    """
    number = _message_no(query)
    async with base.pool.acquire() as conn, conn.transaction():
        # Writers wait: what is told is of one moment, and what they write then is registered anew.
        await take_tick(conn, base.ib)
        node = await _node(conn, base, query)
        await conn.execute(_TAKE_SQL, base.ib, node, number)
        sql = "UPDATE peer.nodes SET sent = greatest(sent, $3) WHERE ib = $1 AND node = $2"
        await conn.execute(sql, base.ib, node, number)
        sql = "SELECT stream, ref FROM peer.given WHERE ib = $1 AND node = $2 AND batch <= $3 ORDER BY batch, idx"
        found = await many(conn, _Object, sql, base.ib, node, number)
        return await _packet(conn, base, found, form)


async def _packet(conn: Connection, base: Base, found: list[_Object], form: Form) -> Packet:
    """Present states, stream by stream; registers that have no recorder are not part of an exchange."""
    form = Form.MINIMAL if form is Form.FULL else form
    packet: Packet = []
    for stream in STREAMS:
        refs = list(dict.fromkeys(own.ref for own in found if own.stream == stream.name))
        owner = find_set(stream.set_name)
        if refs and owner.is_object:
            texts = await _texts(conn, base, owner, refs, form)
            packet += [(owner, texts.get(ref, f'{{"Ref_Key":"{ref}"}}')) for ref in refs]
            if stream.name == "orders":
                for name in _OF_ORDERS:
                    packet += await _record_sets(conn, base, find_set(name), refs, form)
        elif refs and stream.name in RECORDERS:
            sql = (
                f"SELECT DISTINCT {RECORDERS[stream.name]} FROM peer.{stream.name} AS m"
                " WHERE m.ib = $1 AND m.ref = ANY($2::uuid[]) ORDER BY 1"
            )
            recorders = await column(conn, str, sql, base.ib, refs)
            packet += await _record_sets(conn, base, owner, recorders, form)
    return packet


async def _record_sets(conn: Connection, base: Base, owner: EntitySet, recorders: list[str], form: Form) -> Packet:
    """Records of recorders; one that has none left says so with an empty set."""
    texts = await _texts(conn, base, owner, recorders, form)
    first = owner.properties[0].name
    kinds = {own.name: own.sql.strip("'") for own in owner.properties[1:]}
    told = "".join(f',"{name}":"{kind}"' for name, kind in kinds.items())
    return [(owner, texts.get(recorder, f'{{"{first}":"{recorder}"{told},"RecordSet":[]}}')) for recorder in recorders]


async def _texts(conn: Connection, base: Base, owner: EntitySet, refs: list[str], form: Form) -> dict[str, str]:
    statement = Statement(base.ib, base.style)
    alias = statement.alias()
    key = f"{alias}.ref" if owner.is_object else f"{alias}.recorder"
    body = Shape(statement, form).text(owner, alias, Choice())
    statement.arguments.append(refs)
    sql = (
        f"SELECT {key} AS ref, {body} AS text FROM {statement.of(owner.source, alias)}"
        f" WHERE {alias}.ib = $1 AND {key} = ANY(${len(statement.arguments)}::uuid[])"
    )
    return {row.ref: row.text for row in await many(conn, _Text, sql, *statement.arguments)}


async def notify_received(base: Base, query: dict[str, str]) -> None:
    """Forget what arrived up to a message; what changed since has no number yet and stays.

    Raises:
        ODataError: no such node, or an argument is missing.
    """
    number = _message_no(query)
    async with base.pool.acquire() as conn, conn.transaction():
        node = await _node(conn, base, query)
        await conn.execute("DELETE FROM peer.given WHERE ib = $1 AND node = $2 AND batch <= $3", base.ib, node, number)
        sql = "UPDATE peer.nodes SET received = greatest(received, $3) WHERE ib = $1 AND node = $2"
        await conn.execute(sql, base.ib, node, number)
