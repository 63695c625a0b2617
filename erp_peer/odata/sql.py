"""Turning expressions into SQL. Values travel as parameters; the infobase is always $1."""

import datetime as dt
from itertools import count

from msgspec import Struct

from erp_peer.odata.edm import NAMESPACE, Edm, EntitySet, Part, Property
from erp_peer.odata.errors import Code, ODataError, bad_option, no_property
from erp_peer.odata.functions import FUNCTIONS
from erp_peer.odata.model import find_set
from erp_peer.odata.syntax import Call, Compare, Constant, Join, Lambda, Node, Not, Path
from erp_peer.store.db import Argument
from erp_peer.store.wire import LabelStyle, label_sql
from erp_peer.streams.spec import ZERO_LINK

_OPERATORS = {"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_CASTS = {
    Edm.GUID: "uuid",
    Edm.STRING: "text",
    Edm.BOOLEAN: "boolean",
    Edm.INT64: "bigint",
    Edm.DOUBLE: "numeric",
    # As text: the driver would turn the first day of the first year, which means "empty", into -infinity.
    Edm.DATETIME: "text::timestamp",
}
_NUMBERS = {Edm.INT64, Edm.DOUBLE}
_UNORDERED = {Edm.GUID, Edm.BOOLEAN}


class Operand(Struct, frozen=True):
    """A value in SQL; `target` names the set of a reference, `is_cast` one that was named in the expression."""

    sql: str
    type: Edm | None
    target: str = ""
    is_cast: bool = False
    kind_sql: str = ""  # expression of the type of a reference of several types
    reference: str = ""  # and of the reference itself


class Statement:
    """The parameters and aliases of one statement."""

    def __init__(self, ib: str, style: LabelStyle) -> None:
        self.arguments: list[Argument] = [ib]
        self._style = style
        self._aliases = count()

    def alias(self) -> str:
        """A name for one more row."""
        return f"t{next(self._aliases)}"

    def parameter(self, value: Argument, kind: Edm) -> str:
        """The place of a value."""
        self.arguments.append(value.isoformat() if isinstance(value, dt.datetime) else value)
        return f"${len(self.arguments)}::{_CASTS[kind]}"

    def of(self, template: str, alias: str, parent: str = "") -> str:
        """SQL of a template for one row."""
        label = label_sql(self._style, f"{alias}.ver")
        return template.replace("{label}", label).replace("{a}", alias).replace("{p}", parent)


class Scope(Struct, frozen=True):
    """A row that names may refer to."""

    owner: str
    properties: tuple[Property, ...]
    alias: str
    parts: tuple[Part, ...] = ()

    def find(self, name: str) -> Property | None:
        """A property by its name, or a reference by that of its link."""
        for found in self.properties:
            if found.name == name:
                return found
        return next((found for found in self.properties if found.link == name), None)

    def need(self, name: str) -> Property:
        """The same, required.

        Raises:
            ODataError: there is none.
        """
        found = self.find(name)
        if found is None:
            raise no_property(name, self.owner)
        return found


def scope_of(owner: EntitySet, alias: str) -> Scope:
    """The scope of a set's row."""
    return Scope(owner.name, owner.properties, alias, owner.parts)


class Compiler:
    """Compiles the expressions of one option over one row."""

    def __init__(self, statement: Statement, scope: Scope, option: str) -> None:
        self._statement = statement
        self._scope = scope
        self._option = option
        self._variables: dict[str, Scope] = {}

    def condition(self, node: Node) -> str:
        """A condition in SQL.

        Raises:
            ODataError: no such property, or the types do not fit.
        """
        match node:
            case Join():
                inner = f" {node.operator} ".join(self.condition(term) for term in node.terms)
                return f"({inner})"
            case Not():
                return f"(NOT {self.condition(node.inner)})"
            case Compare():
                return self._compare(node)
            case Lambda():
                return self._lambda(node)
            case _:
                found = self._operand(node)
                if found.type is not Edm.BOOLEAN:
                    raise bad_option(self._option, "условие должно быть логическим")
                return found.sql

    def order(self, path: Path) -> str:
        """What a property sorts by; a reference by how it reads."""
        scope, names = self._start(path.names)
        if len(names) == 1:
            found = scope.need(names[0])
            if names[0] == "Ref_Key" and found.type is Edm.GUID and scope.owner.startswith(("Catalog_", "Document_")):
                return self._statement.of(find_set(scope.owner).presentation, scope.alias)
            if found.link:
                return self.presentation(scope, found)
        return self._resolve(scope, names).sql

    def presentation(self, scope: Scope, found: Property) -> str:
        """How the object behind a reference reads."""
        target = find_set(found.target)
        alias = self._statement.alias()
        return self._from_target(scope, found, alias, self._statement.of(target.presentation, alias))

    def _from_target(self, scope: Scope, found: Property, alias: str, shown: str) -> str:
        """Something of the object behind a reference."""
        key = self._statement.of(found.sql, scope.alias)
        source = self._statement.of(find_set(found.target).source, alias)
        return f"(SELECT {shown} FROM {source} WHERE {alias}.ib = $1 AND {alias}.ref = {key})"

    def _start(self, names: tuple[str, ...]) -> tuple[Scope, tuple[str, ...]]:
        variable = self._variables.get(names[0])
        return (variable, names[1:]) if variable is not None and len(names) > 1 else (self._scope, names)

    def _operand(self, node: Node) -> Operand:
        match node:
            case Constant():
                if node.type is None:
                    return Operand("NULL", None)
                return Operand(self._statement.parameter(node.value, node.type), node.type)
            case Path():
                return self._resolve(*self._start(node.names))
            case Call():
                return self._call(node)
            case _:
                return Operand(self.condition(node), Edm.BOOLEAN)

    def _resolve(self, scope: Scope, names: tuple[str, ...]) -> Operand:
        found = scope.need(names[0])
        if len(names) == 1:
            kind = scope.find(f"{found.name}_Type") if found.is_composite else None
            kind_sql = self._statement.of(kind.sql, scope.alias) if kind else ""
            sql = self._statement.of(found.sql, scope.alias)
            reference = self._statement.of(found.reference, scope.alias)
            return Operand(sql, found.type, found.target, kind_sql=kind_sql, reference=reference)
        if not found.link or found.link != names[0]:
            raise no_property("/".join(names), scope.owner)
        alias = self._statement.alias()
        inner = self._resolve(scope_of(find_set(found.target), alias), names[1:])
        return Operand(self._from_target(scope, found, alias, inner.sql), inner.type, inner.target)

    def _compare(self, node: Compare) -> str:
        left, right = self._operand(node.left), self._operand(node.right)
        operator = _OPERATORS[node.operator]
        if left.type is None or right.type is None:
            if node.operator not in {"eq", "ne"}:
                raise bad_option(self._option, "с null можно сравнивать только на равенство")
            is_other = "" if node.operator == "ne" else "NOT "
            return f"({left.sql} IS {is_other}DISTINCT FROM {right.sql})"
        if left.is_cast or right.is_cast:
            return self._compare_cast(node.operator, left, right)
        if left.type is not right.type and not {left.type, right.type} <= _NUMBERS:
            raise bad_option(self._option, f"несравнимые типы {left.type} и {right.type}")
        if node.operator not in {"eq", "ne"} and left.type in _UNORDERED:
            raise ODataError(Code.INTERNAL, "Недопустимо сравнение ссылок на больше и меньше")
        return f"({left.sql} {operator} {right.sql})"

    def _compare_cast(self, operator: str, left: Operand, right: Operand) -> str:
        """A reference against one whose type is named: another type is another reference."""
        named, other = (left, right) if left.is_cast else (right, left)
        if operator not in {"eq", "ne"}:
            raise ODataError(Code.INTERNAL, "Недопустимо сравнение ссылок на больше и меньше")
        if not other.target:
            raise bad_option(self._option, "cast сравнивается только со ссылкой")
        same = f"{other.sql}::text = {named.sql}::text"
        if other.reference and named.sql.endswith(f"::{_CASTS[Edm.GUID]}"):
            same = f"{other.reference} = {named.sql} AND {named.sql} <> '{ZERO_LINK}'"
        is_same = f"{same} AND {'true' if other.target == named.target else 'false'}"
        return f"(NOT ({is_same}))" if operator == "ne" else f"({is_same})"

    def _call(self, node: Call) -> Operand:
        if node.name in {"cast", "isof"}:
            return self._typed(node)
        function = FUNCTIONS.get(node.name)
        if function is None:
            raise bad_option(self._option, f"неизвестная функция {node.name}")
        arguments = [self._operand(argument) for argument in node.arguments]
        if not function.least <= len(arguments) <= len(function.takes):
            raise bad_option(self._option, f"неверное число параметров функции {node.name}")
        for found, wanted in zip(arguments, function.takes, strict=False):
            if found.type is not wanted and not {found.type, wanted} <= _NUMBERS:
                raise bad_option(self._option, f"неверный тип параметра функции {node.name}")
        return Operand(function.sql([found.sql for found in arguments]), function.gives)

    def _typed(self, node: Call) -> Operand:
        match node.arguments:
            case (inner, Constant(type=Edm.STRING, value=str(name))):
                found = self._operand(inner)
            case _:
                raise bad_option(self._option, f"неверные параметры функции {node.name}")
        if name.startswith("Edm."):
            return self._primitive(node.name, name, found)
        name = name.removeprefix(f"{NAMESPACE}.")
        if node.name == "cast":
            find_set(name)
            return Operand(found.sql, Edm.GUID, name, is_cast=True)
        if found.kind_sql:
            kind = self._statement.parameter(f"{NAMESPACE}.{name}", Edm.STRING)
            return Operand(f"({found.kind_sql} = {kind})", Edm.BOOLEAN)
        return Operand("true" if found.target == name else "false", Edm.BOOLEAN)

    def _primitive(self, function: str, name: str, found: Operand) -> Operand:
        """`cast` and `isof` with a type that is no reference."""
        kinds = {"Edm.Decimal": Edm.DOUBLE, "Edm.Int16": Edm.INT64, "Edm.Int32": Edm.INT64}
        kind = kinds.get(name) or next((own for own in Edm if own == name), None)
        if kind is None:
            raise bad_option(self._option, f"неизвестный тип {name}")
        if function == "cast":
            return Operand(f"({found.sql})::{_CASTS[kind]}", kind)
        return Operand("true" if found.type is kind and not found.target else "false", Edm.BOOLEAN)

    def _lambda(self, node: Lambda) -> str:
        part = next((found for found in self._scope.parts if found.name == node.section), None)
        if part is None:
            raise no_property(node.section, self._scope.owner)
        alias = self._statement.alias()
        rows = self._statement.of(part.rows, alias, self._scope.alias)
        self._variables[node.variable] = Scope(part.type_name, part.properties, alias)
        inner = self.condition(node.inner)
        del self._variables[node.variable]
        if node.quantifier == "all":
            return f"(NOT EXISTS (SELECT FROM {rows} WHERE NOT {inner}))"
        return f"(EXISTS (SELECT FROM {rows} WHERE {inner}))"
