"""Objects as JSON text, written by the database: a page of a thousand never becomes Python objects."""

from msgspec import Struct

from erp_peer.odata.edm import NAMESPACE, Edm, EntitySet, Part, Property
from erp_peer.odata.errors import no_property
from erp_peer.odata.model import find_set
from erp_peer.odata.options import PRESENTATION, Choice, Form
from erp_peer.odata.sql import Statement
from erp_peer.odata.tokens import EMPTY_MOMENT
from erp_peer.streams.spec import ZERO_LINK

_MOMENT = 'YYYY-MM-DD"T"HH24:MI:SS'


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def value_text(kind: Edm, sql: str) -> str:
    """SQL of a value's JSON text; 1C has no nulls."""
    match kind:
        case Edm.GUID:
            return f"""'"' || coalesce({sql}::text, '{ZERO_LINK}') || '"'"""
        case Edm.STRING:
            return f"to_json(coalesce({sql}, ''))::text"
        case Edm.BOOLEAN:
            return f"coalesce(({sql})::boolean, false)::text"
        case Edm.INT64:
            return f"""'"' || coalesce(({sql})::bigint, 0) || '"'"""
        case Edm.DOUBLE:
            return f"trim_scale(coalesce(({sql})::numeric, 0))::text"
        case Edm.DATETIME:
            return f"""'"' || coalesce(to_char({sql}, '{_MOMENT}'), '{EMPTY_MOMENT.isoformat()}') || '"'"""


def key_text(owner: EntitySet, statement: Statement, alias: str) -> str:
    """SQL of an object's own address, relative to the service."""
    elements: list[str] = []
    for name in owner.keys:
        found = owner.find(name)
        if found is None:
            raise no_property(name, owner.name)
        sql = statement.of(found.sql, alias)
        literal = {
            Edm.GUID: f"'guid''' || {sql} || ''''",
            Edm.DATETIME: f"'datetime''' || to_char({sql}, '{_MOMENT}') || ''''",
            Edm.STRING: f"'''' || replace({sql}, '''', '''''') || ''''",
        }.get(found.type, f"({sql})::text")
        elements.append(literal if len(owner.keys) == 1 else f"'{name}=' || {literal}")
    return f"'{owner.name}(' || " + " || ',' || ".join(elements) + " || ')'"


class Shape(Struct, frozen=True):
    """Writes objects of one statement in one form."""

    statement: Statement
    form: Form

    def text(self, owner: EntitySet, alias: str, choice: Choice) -> str:
        """SQL of a whole object; each member brings a comma, the first of which is cut off."""
        members = self._annotations(owner, alias)
        for found in owner.properties:
            if choice.shows(found.name) or (found.link and found.link in choice.names):
                members.append(self._member(found, alias))
                if found.link and found in owner.links and found.link not in choice.expanded:
                    members.append(self._link(owner, found, alias))
            if found.target and (choice.presents(found.name) or choice.presents(found.link)):
                members.append(self._presentation(found, alias))
        for part in owner.parts:
            if choice.shows_part(part.name):
                columns = choice.sections.get(part.name, frozenset())
                members.append(f"',{self._name(part.name)}' || {self._section(part, alias, columns)}")
        members += [self._expanded(owner, name, alias, inner) for name, inner in choice.expanded.items()]
        return "'{' || substr(" + " || ".join(members) + ", 2) || '}'"

    def rows(self, properties: tuple[Property, ...], alias: str) -> str:
        """SQL of a row that is no object."""
        return "'{' || substr(" + " || ".join(self._member(found, alias) for found in properties) + ", 2) || '}'"

    @staticmethod
    def _name(name: str) -> str:
        return f'"{name}":'.replace("'", "''")

    def _annotations(self, owner: EntitySet, alias: str) -> list[str]:
        if self.form is not Form.FULL:
            return []
        address = key_text(owner, self.statement, alias)
        kind = quoted(f',"odata.type":"{NAMESPACE}.{owner.name}"')
        return [kind, f"""',"odata.id":' || to_json({address})::text"""]

    def _member(self, found: Property, alias: str) -> str:
        return f"',{self._name(found.name)}' || {value_text(found.type, self.statement.of(found.sql, alias))}"

    def _link(self, owner: EntitySet, found: Property, alias: str) -> str:
        """Where the object behind a reference is, when there is one."""
        if self.form is Form.BARE or not owner.is_object:
            return "''"
        sql = self.statement.of(found.sql, alias)
        address = f"{key_text(owner, self.statement, alias)} || '/{found.link}'"
        name = self._name(f"{found.link}@navigationLinkUrl")
        return f"""CASE WHEN {sql} = '{ZERO_LINK}' THEN '' ELSE ',{name}"' || {address} || '"' END"""

    def _presentation(self, found: Property, alias: str) -> str:
        target = find_set(found.target)
        inner = self.statement.alias()
        sql = self.statement.of(found.sql, alias)
        key = sql if found.type is Edm.GUID else f"nullif({sql}, '')::uuid"
        shown = self.statement.of(target.presentation, inner)
        source = self.statement.of(target.source, inner)
        text = f"(SELECT {shown} FROM {source} WHERE {inner}.ib = $1 AND {inner}.ref = {key})"
        return f"',{self._name((found.link or found.name) + PRESENTATION)}' || to_json(coalesce({text}, ''))::text"

    def _section(self, part: Part, alias: str, columns: frozenset[str]) -> str:
        inner = self.statement.alias()
        shown = tuple(found for found in part.properties if not columns or "*" in columns or found.name in columns)
        rows = self.statement.of(part.rows, inner, alias)
        return f"coalesce((SELECT '[' || string_agg({self.rows(shown, inner)}, ',') || ']' FROM {rows}), '[]')"

    def _expanded(self, owner: EntitySet, name: str, alias: str, choice: Choice) -> str:
        found = next((link for link in owner.links if link.link == name), None)
        if found is None:
            if owner.part(name):
                return "''"
            raise no_property(name, owner.name)
        target = find_set(found.target)
        inner = self.statement.alias()
        key = self.statement.of(found.sql, alias)
        source = self.statement.of(target.source, inner)
        body = self.text(target, inner, choice)
        return (
            f"',{self._name(name)}' || coalesce((SELECT {body} FROM {source}"
            f" WHERE {inner}.ib = $1 AND {inner}.ref = {key}), 'null')"
        )
