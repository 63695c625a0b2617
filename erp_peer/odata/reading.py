"""Reading sets and single objects as JSON texts, one per row."""

import asyncio

import asyncpg
from msgspec import Struct

from erp_peer.faults.ailments import present
from erp_peer.odata.address import read_key
from erp_peer.odata.edm import Edm, EntitySet
from erp_peer.odata.errors import Code, ODataError, bad_option, no_property
from erp_peer.odata.grammar import read_condition, read_order
from erp_peer.odata.options import Choice, Form, Options
from erp_peer.odata.shaping import Shape
from erp_peer.odata.sql import Compiler, Statement, scope_of
from erp_peer.odata.tokens import SyntaxFaultError, cut
from erp_peer.store.db import Argument, Connection, column, value
from erp_peer.store.wire import LabelStyle


class Base(Struct, frozen=True):
    """Where is read: the infobase and how its labels look."""

    pool: asyncpg.Pool
    ib: str
    style: LabelStyle
    skip_us_per_row: float = 0


class Page(Struct, frozen=True):
    """Rows of an answer, with the number of all there are when it was asked for."""

    rows: list[str]
    count: int | None = None


def condition_sql(compiler: Compiler, text: str, option: str) -> str:
    """A condition in SQL; an empty text is always true.

    Raises:
        ODataError: it cannot be read.
    """
    if not text.strip():
        return "true"
    try:
        return compiler.condition(read_condition(text))
    except SyntaxFaultError as error:
        raise bad_option(option, str(error)) from error


def _order_sql(owner: EntitySet, statement: Statement, alias: str, text: str) -> str:
    """What rows are sorted by; keys last, so that pages do not overlap."""
    found = [own for own in owner.properties if own.name in owner.keys and "{a}" in own.sql]
    keys = [statement.of(own.sql, alias) for own in found]
    if not text.strip() or owner.part("RecordSet"):
        # Recorders come in their own order whatever is asked, as on a real base.
        return ", ".join(keys)
    compiler = Compiler(statement, scope_of(owner, alias), "$orderby")
    try:
        asked = read_order(text)
    except SyntaxFaultError as error:
        raise bad_option("$orderby", str(error)) from error
    own = [f"{compiler.order(path)}{' DESC' if is_down else ''}" for path, is_down in asked]
    return ", ".join([*own, *keys])


def _hidden_sql(owner: EntitySet, statement: Statement, alias: str) -> str:
    """Which rows of a set row-level security hides; empty when it hides none."""
    for hidden in present().hidden:
        key = owner.find(owner.keys[0]) if owner.keys else None
        if hidden.set == owner.name and key is not None:
            salted = f"{statement.of(key.sql, alias)}::text || {statement.parameter(hidden.salt, Edm.STRING)}"
            return f"('x' || left(md5({salted}), 8))::bit(32)::bigint % 10000 < {int(hidden.pct * 100)}"
    return ""


async def _refuse_hidden(conn: Connection, sql: str, arguments: list[Argument]) -> None:
    """One hidden row among those asked for fails the whole query, as on a real base."""
    if await value(conn, bool, f"SELECT EXISTS ({sql})", *arguments):
        raise ODataError(Code.NO_RIGHTS, "Недостаточно прав доступа к записям таблицы")


async def read_page(base: Base, owner: EntitySet, options: Options, form: Form) -> Page:
    """One page of a set.

    Raises:
        ODataError: an option names what is not there.
    """
    statement = Statement(base.ib, base.style)
    alias = statement.alias()
    compiler = Compiler(statement, scope_of(owner, alias), "$filter")
    where = f"{alias}.ib = $1 AND {condition_sql(compiler, options.condition, '$filter')}"
    source = statement.of(owner.source, alias)
    hidden = _hidden_sql(owner, statement, alias)
    if hidden and options.allowed_only:
        where, hidden = f"{where} AND NOT ({hidden})", ""
    counting = list(statement.arguments)
    order = _order_sql(owner, statement, alias, options.order)
    checking = list(statement.arguments)
    body = Shape(statement, form).text(owner, alias, options.choice)
    limit = "" if options.top is None else f" LIMIT {options.top}"
    rest = f"FROM {source} WHERE {where} ORDER BY {order}{limit} OFFSET {options.skip}"
    await asyncio.sleep(options.skip * base.skip_us_per_row / 1e6)
    async with base.pool.acquire() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        if hidden:
            await _refuse_hidden(
                conn, f"SELECT FROM (SELECT {hidden} AS is_hidden {rest}) AS r WHERE is_hidden", checking
            )
        # Texts are made of the page alone: beside OFFSET they would be made of every row that is skipped as well.
        page = f"(SELECT {alias}.* {rest}) AS {alias}"
        rows = await column(conn, str, f"SELECT {body} FROM {page} ORDER BY {order}", *statement.arguments)
        if not options.with_count:
            return Page(rows)
        total = await value(conn, int, f"SELECT count(*) FROM {source} WHERE {where}", *counting)
        return Page(rows, total)


async def count(base: Base, owner: EntitySet, condition: str, *, allowed_only: bool = False) -> int:
    """How many rows of a set fit.

    Raises:
        ODataError: the condition cannot be read.
    """
    statement = Statement(base.ib, base.style)
    alias = statement.alias()
    where = condition_sql(Compiler(statement, scope_of(owner, alias), "$filter"), condition, "$filter")
    rest = f"FROM {statement.of(owner.source, alias)} WHERE {alias}.ib = $1 AND {where}"
    hidden = _hidden_sql(owner, statement, alias)
    sql = f"SELECT count(*) {rest}" + (f" AND NOT ({hidden})" if hidden else "")
    async with base.pool.acquire() as conn:
        if hidden and not allowed_only:
            await _refuse_hidden(conn, f"SELECT {rest} AND {hidden}", statement.arguments)
        return await value(conn, int, sql, *statement.arguments)


def key_sql(owner: EntitySet, statement: Statement, alias: str, inside: str) -> str:
    """The condition of a key.

    Raises:
        ODataError: an element is missing or of another type.
    """
    conditions: list[str] = []
    for name, literal in read_key(inside, owner.keys).items():
        found = owner.find(name)
        if found is None:
            raise no_property(name, owner.name)
        try:
            constant = cut(literal)[0].constant
        except SyntaxFaultError as error:
            raise ODataError(Code.CANNOT_PARSE, str(error)) from error
        is_number = {found.type, constant.type if constant else None} == {Edm.INT64, Edm.DOUBLE}
        if constant is None or (constant.type is not found.type and not is_number):
            raise ODataError(Code.CANNOT_PARSE, f"Неверный тип элемента ключа {name}")
        parameter = statement.parameter(constant.value, constant.type or found.type)
        conditions.append(f"{statement.of(found.sql, alias)} = {parameter}")
    return " AND ".join(conditions)


async def read_one(conn: Connection, base: Base, owner: EntitySet, inside: str, *, choice: Choice, form: Form) -> str:
    """One object by the text of its key.

    Raises:
        ODataError: there is none.
    """
    statement = Statement(base.ib, base.style)
    alias = statement.alias()
    where = key_sql(owner, statement, alias, inside)
    body = Shape(statement, form).text(owner, alias, choice)
    source = statement.of(owner.source, alias)
    sql = f"SELECT {body} FROM {source} WHERE {alias}.ib = $1 AND {where}"
    checked = Statement(base.ib, base.style)
    known = key_sql(owner, checked, alias, inside)
    if hidden := _hidden_sql(owner, checked, alias):
        await _refuse_hidden(
            conn, f"SELECT FROM {source} WHERE {alias}.ib = $1 AND {known} AND {hidden}", checked.arguments
        )
    found = await column(conn, str, sql, *statement.arguments)
    if not found:
        raise ODataError(Code.NO_INSTANCE, "Экземпляр сущности не найден")
    return found[0]
