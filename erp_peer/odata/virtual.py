"""Virtual tables of registers: slices, balances, turnovers."""

import datetime as dt

from erp_peer.odata.edm import Edm, EntitySet, Function, FunctionName, Property
from erp_peer.odata.errors import Code, ODataError, no_property
from erp_peer.odata.metadata import figure_name, row_type
from erp_peer.odata.options import Form, read_options
from erp_peer.odata.reading import Base, Page, condition_sql
from erp_peer.odata.shaping import Shape
from erp_peer.odata.sql import Compiler, Scope, Statement, scope_of
from erp_peer.odata.tokens import SyntaxFaultError, cut
from erp_peer.store.db import column


def _text(literal: str) -> str:
    """The inside of a quoted argument; as a query option it comes without quotes."""
    return literal[1:-1] if len(literal) > 1 and literal[0] == literal[-1] == "'" else literal


def _moment(arguments: dict[str, str], name: str) -> dt.datetime | None:
    literal = arguments.get(name)
    if literal is None:
        return None
    try:
        constant = cut(literal)[0].constant
    except SyntaxFaultError as error:
        raise ODataError(Code.CANNOT_PARSE, f"{name}: {error}") from error
    if constant is None or not isinstance(constant.value, dt.datetime):
        raise ODataError(Code.CANNOT_PARSE, f"{name}: ожидается datetime'…', получено {literal}")
    return constant.value


def _dimensions(function: Function, arguments: dict[str, str]) -> tuple[Property, ...]:
    """The dimensions asked for, all when none are named; a reference may be named without `_Key`."""
    asked = [name.strip() for name in _text(arguments.get("Dimensions", "")).split(",") if name.strip()]
    if not asked:
        return function.dimensions
    found: list[Property] = []
    for name in asked:
        own = [
            dimension for dimension in function.dimensions if dimension.name in {name, f"{name}_Key", f"{name}_Type"}
        ]
        if not own:
            raise no_property(name, function.name)
        found += own
    return tuple(found)


class _Table:
    """One virtual table as it is asked for: its inner statement and the shape of its rows."""

    def __init__(self, statement: Statement, owner: EntitySet, function: Function, arguments: dict[str, str]) -> None:
        self._statement = statement
        self._owner = owner
        self._function = function
        self._arguments = arguments
        self._alias = statement.alias()

    def entity(self) -> EntitySet:
        """The rows as a set that is read like any other."""
        is_slice = self._function.name in {FunctionName.SLICE_LAST, FunctionName.SLICE_FIRST}
        return self._slice() if is_slice else self._sums()

    def _sql(self, found: Property) -> str:
        return self._statement.of(found.sql, self._alias)

    def _from(self) -> str:
        function = self._function
        scope = Scope(function.name, (*function.dimensions, *function.figures), self._alias)
        compiler = Compiler(self._statement, scope, "Condition")
        condition = condition_sql(compiler, _text(self._arguments.get("Condition", "")), "Condition")
        source = self._statement.of(function.source, self._alias)
        return f"FROM {source} WHERE {self._alias}.ib = $1 AND {condition}{self._period()}"

    def _period(self) -> str:
        """Bounds in time; a balance is always the present one."""
        function = self._function
        if not function.period:
            return ""
        is_first = function.name is FunctionName.SLICE_FIRST
        bounds = {"Period": ">=" if is_first else "<=", "StartPeriod": ">=", "EndPeriod": "<="}
        sql = ""
        for name, operator in bounds.items():
            moment = _moment(self._arguments, name)
            if moment is not None:
                place = self._statement.parameter(moment, Edm.DATETIME)
                sql += f" AND {self._alias}.{function.period} {operator} {place}"
        return sql

    def _slice(self) -> EntitySet:
        function = self._function
        properties = (*function.dimensions, *function.figures)
        keys = ", ".join(self._sql(found) for found in function.dimensions)
        way = "" if function.name is FunctionName.SLICE_FIRST else " DESC"
        inner = (
            f"(SELECT DISTINCT ON ({keys}) {self._alias}.* {self._from()}"
            f" ORDER BY {keys}, {self._alias}.{function.period}{way}) AS {{a}}"
        )
        return EntitySet(row_type(self._owner, function), inner, properties, ())

    def _sums(self) -> EntitySet:
        function = self._function
        dimensions = _dimensions(function, self._arguments)
        figures = {figure_name(function, found): f"sum({self._sql(found)})" for found in function.figures}
        columns = [f'{self._sql(found)} AS "{found.name}"' for found in dimensions]
        columns += [f'{sql} AS "{name}"' for name, sql in figures.items()]
        groups = ", ".join(self._sql(found) for found in dimensions)
        is_any = " OR ".join(f"{sql} <> 0" for sql in figures.values())
        inner = f"(SELECT {', '.join(columns)} {self._from()} GROUP BY {groups} HAVING {is_any}) AS {{a}}"
        properties = (
            *(Property(found.name, found.type, f'{{a}}."{found.name}"', found.target) for found in dimensions),
            *(Property(name, Edm.DOUBLE, f'{{a}}."{name}"') for name in figures),
        )
        return EntitySet(row_type(self._owner, function), inner, properties, ())


async def read_virtual(
    base: Base, owner: EntitySet, name: str, arguments: dict[str, str], *, query: dict[str, str], form: Form
) -> tuple[Page, EntitySet]:
    """Rows of a virtual table, and what they are; `$skip` is ignored, as on a real base.

    Raises:
        ODataError: no such table, or an argument that cannot be read.
    """
    function = next((found for found in owner.functions if found.name == name), None)
    if function is None:
        raise ODataError(Code.NO_METHOD, f"Метод {name} не найден")
    known = {parameter for parameter, _ in function.parameters}
    for argument in arguments:
        if argument not in known:
            raise ODataError(Code.CANNOT_PARSE, f"Метод {name} не имеет параметра {argument}")
    statement = Statement(base.ib, base.style)
    entity = _Table(statement, owner, function, arguments).entity()
    options = read_options(query, entity)
    alias = statement.alias()
    compiler = Compiler(statement, scope_of(entity, alias), "$filter")
    where = condition_sql(compiler, options.condition, "$filter")
    body = Shape(statement, form).text(entity, alias, options.choice)
    limit = "" if options.top is None else f" LIMIT {options.top}"
    sql = f"SELECT {body} FROM {statement.of(entity.source, alias)} WHERE {where}{limit}"
    async with base.pool.acquire() as conn:
        rows = await column(conn, str, sql, *statement.arguments)
    return Page(rows, len(rows) if options.with_count else None), entity
