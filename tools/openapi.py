"""The OpenAPI document as structs, what of a value contradicts a schema, and values a schema asks for or forbids."""

import random
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct, field

ODD: Final = (
    "",
    " ",
    "0",
    "-1",
    "NaN",
    "1e309",
    "１２",
    "\u202edcba",
    "a\x00b",
    "'; --",
    "<b>",
    "ғ" * 300,
    "null",
    "12,5",
)
_LONGEST_LIST: Final = 3


class Schema(Struct, frozen=True):
    """One schema of the document; the words it uses and no others."""

    ref: str = field(name="$ref", default="")
    kind: str | list[str] = field(name="type", default="")
    one_of: list["Schema"] = field(name="oneOf", default_factory=list)
    enum: list[object] = []
    const: object = None
    properties: dict[str, "Schema"] = {}
    required: list[str] = []
    additional: "bool | Schema" = field(name="additionalProperties", default=False)
    items: "Schema | None" = None
    format: str = ""
    pattern: str = ""
    min_length: int = field(name="minLength", default=0)
    max_length: int = field(name="maxLength", default=100_000)
    minimum: float = -1e18
    maximum: float = 1e18

    @property
    def kinds(self) -> set[str]:
        """The types a value may have; empty for any."""
        return {self.kind} - {""} if isinstance(self.kind, str) else set(self.kind)


class Media(Struct, frozen=True):
    """A body in one media type."""

    schema: Schema = Schema()


class Response(Struct, frozen=True):
    """An answer with one status."""

    content: dict[str, Media] = {}


class Parameter(Struct, frozen=True):
    """What stands in the path, the query or the headers."""

    name: str
    place: str = field(name="in")
    schema: Schema = Schema()
    required: bool = False


class Body(Struct, frozen=True):
    """What is sent."""

    content: dict[str, Media] = {}


class Operation(Struct, frozen=True):
    """One method of one address."""

    responses: dict[str, Response]
    parameters: list[Parameter] = []
    body: Body | None = field(name="requestBody", default=None)


class _Components(Struct, frozen=True):
    schemas: dict[str, Schema]


class Document(Struct, frozen=True):
    """The whole document."""

    paths: dict[str, dict[str, Operation]]
    components: _Components

    def follow(self, schema: Schema) -> Schema:
        """Give what a reference leads to."""
        return self.components.schemas[schema.ref.rpartition("/")[2]] if schema.ref else schema


def faults_of(document: Document, schema: Schema, value: object, where: str = "$") -> Iterator[str]:
    """What of a value the schema does not allow; a property the schema does not name is a fault too."""
    schema = document.follow(schema)
    if schema.one_of:
        tries = [list(faults_of(document, one, value, where)) for one in schema.one_of]
        if all(tries):
            yield from min(tries, key=len)
        return
    if schema.kinds and not schema.kinds & _kinds_of(value):
        yield f"{where} is {value!r:.60}, not {' or '.join(sorted(schema.kinds))}"
        return
    listed = schema.enum or ([schema.const] if schema.const is not None else [])
    if listed and value not in listed:
        yield f"{where} is {value!r:.60}, which is not listed"
    elif isinstance(value, str):
        yield from _text_faults(schema, value, where)
    elif isinstance(value, list):
        for number, item in enumerate(msgspec.convert(value, list[object])):
            yield from faults_of(document, schema.items or Schema(), item, f"{where}[{number}]")
    elif isinstance(value, dict):
        yield from _object_faults(document, schema, msgspec.convert(value, dict[str, object]), where)


def _text_faults(schema: Schema, value: str, where: str) -> Iterator[str]:
    if not _has_format(schema.format, value):
        yield f"{where} is {value!r:.60}, not a {schema.format}"
    if not schema.min_length <= len(value) <= schema.max_length or not re.search(schema.pattern, value):
        yield f"{where} is {value!r:.60}, out of its bounds"


def _object_faults(document: Document, schema: Schema, value: Mapping[str, object], where: str) -> Iterator[str]:
    yield from (f"{where}.{name} is missing" for name in schema.required if name not in value)
    if not schema.kinds:
        return
    for name, item in value.items():
        inner = schema.properties.get(name, schema.additional)
        if inner is False:
            yield f"{where}.{name} is not in the document"
        elif isinstance(inner, Schema):
            yield from faults_of(document, inner, item, f"{where}.{name}")


def _kinds_of(value: object) -> set[str]:
    # A truth value is an int to Python, and not to JSON.
    if isinstance(value, int) and not isinstance(value, bool):
        return {"integer", "number"}
    named = ((bool, "boolean"), (float, "number"), (str, "string"), (list, "array"), (dict, "object"))
    return {name for kind, name in named if isinstance(value, kind)} or {"null"}


def _has_format(name: str, value: str) -> bool:
    readers: dict[str, Callable[[str], object]] = {
        "uuid": UUID,
        "date": date.fromisoformat,
        "date-time": lambda text: datetime.fromisoformat(text).utcoffset() or _refuse_naive(text),
    }
    try:
        readers.get(name, str)(value)
    except ValueError:
        return False
    return True


def _refuse_naive(text: str) -> None:
    """Let only a time with an offset pass.

    Raises:
        ValueError: it has none.
    """
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError(text)


class Maker:
    """Makes values for schemas: mostly right ones, with things that exist, and sometimes wrong ones."""

    def __init__(self, document: Document, chance: random.Random, known: Mapping[str, list[str]]) -> None:
        """Take ids and codes that exist from ``known``, by the name of the field."""
        self._document = document
        self._chance = chance
        self._known = known

    def value(self, schema: Schema, name: str, wrong: float) -> object:
        """Make a value; with this probability, at every place, one that nobody should send."""
        chance, schema = self._chance, self._document.follow(schema)
        if chance.random() < wrong:
            return chance.choice([None, True, -1, 10**30, 0.1, [], {}, *ODD])
        if schema.one_of:
            return self.value(chance.choice(schema.one_of), name, wrong)
        if schema.enum:
            return chance.choice(schema.enum)
        return self._plain(schema, name, wrong)

    def _plain(self, schema: Schema, name: str, wrong: float) -> object:
        chance = self._chance
        match max(schema.kinds or {"null"}):
            case "string":
                return self._text(schema, name)
            case "integer" | "number":
                return chance.randint(int(max(schema.minimum, -1)), int(min(schema.maximum, 60)))
            case "boolean":
                return chance.random() < 1 / 2
            case "array":
                return [
                    self.value(schema.items or Schema(), name, wrong) for _ in range(chance.randint(0, _LONGEST_LIST))
                ]
            case "object":
                kept = {
                    key: self.value(inner, key, wrong)
                    for key, inner in schema.properties.items()
                    if key in schema.required or chance.random() < 2 / 3
                }
                return {**kept, "invented": 1} if chance.random() < wrong else kept
            case _:
                return None

    def _text(self, schema: Schema, name: str) -> str:
        chance = self._chance
        if (found := self._known.get(name)) and chance.random() < 4 / 5:
            return chance.choice(found)
        match schema.format:
            case "uuid":
                return str(UUID(int=chance.getrandbits(128)))
            case "date":
                return (datetime.now(UTC).date() + timedelta(days=chance.randint(-2, 30))).isoformat()
            case "date-time":
                return (datetime.now(UTC) + timedelta(days=chance.randint(1, 30))).isoformat()
            case _:
                return chance.choice([*ODD, str(chance.randint(1, 500)), "Алматы", "0.5", "AL-1 5\nAL-2\t7"])
