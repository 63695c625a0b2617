"""Query options read into what a statement needs, and the representation an answer is wanted in."""

from enum import StrEnum

from msgspec import Struct

from erp_peer.odata.edm import EntitySet
from erp_peer.odata.errors import Code, ODataError, bad_option, no_property

PRESENTATION = "____Presentation"
_LARGEST = 10**9


class Form(StrEnum):
    """Representations: Atom unless JSON is asked for, JSON with more or fewer annotations."""

    ATOM = "atom"
    BARE = "nometadata"
    MINIMAL = "minimalmetadata"
    FULL = "fullmetadata"


class Choice(Struct, frozen=True):
    """What of an object is shown; an empty `names` means everything."""

    names: frozenset[str] = frozenset()
    presentations: frozenset[str] = frozenset()
    sections: dict[str, frozenset[str]] = {}
    expanded: dict[str, "Choice"] = {}

    def shows(self, name: str) -> bool:
        """Whether a property is shown."""
        return not self.names or name in self.names or "*" in self.names

    def presents(self, name: str) -> bool:
        """Whether the presentation of a property is shown beside it."""
        return name in self.presentations or "*" in self.presentations

    def shows_part(self, name: str) -> bool:
        """Whether a section is shown, whole or in part."""
        return self.shows(name) or name in self.sections


class Options(Struct, frozen=True):
    """Options of a reading call."""

    top: int | None
    skip: int
    choice: Choice
    order: str
    condition: str
    with_count: bool
    allowed_only: bool = False


def _json_form(text: str, where: str) -> Form:
    """The form named by a media type such as `application/json;odata=minimalmetadata`."""
    for item in text.replace(" ", "").split(";")[1:]:
        name, _, value = item.partition("=")
        if name == "odata":
            if value not in {Form.BARE, Form.MINIMAL, Form.FULL}:
                raise ODataError(Code.REPRESENTATION, f"Представление не поддерживается: {where}")
            return Form(value)
    return Form.MINIMAL


def read_form(query: dict[str, str], accept: str) -> Form:
    """The representation; `$format` wins over the header.

    Raises:
        ODataError: none we have.
    """
    asked = query.get("$format")
    if asked is not None:
        kind = asked.partition(";")[0].strip()
        if kind in {"json", "application/json"}:
            return _json_form(asked, asked)
        if kind in {"atom", "application/atom+xml"}:
            return Form.ATOM
        raise ODataError(Code.REPRESENTATION, f"Представление не поддерживается: {asked}")
    for item in accept.split(","):
        if item.strip().startswith("application/json"):
            return _json_form(item, item)
    return Form.ATOM


def _number(query: dict[str, str], name: str) -> int | None:
    text = query.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or int(text) > _LARGEST:
        raise bad_option(name, f"ожидается число, получено «{text}»")
    return int(text)


def read_options(query: dict[str, str], owner: EntitySet) -> Options:
    """Options of a reading call on a set.

    Raises:
        ODataError: one of them cannot be read, or names a property that is not there.
    """
    count = query.get("$inlinecount", "none")
    if count not in {"allpages", "none"}:
        raise bad_option("$inlinecount", f"неизвестное значение «{count}»")
    return Options(
        top=_number(query, "$top"),
        skip=_number(query, "$skip") or 0,
        choice=read_choice(query.get("$select", ""), query.get("$expand", ""), owner),
        order=query.get("$orderby", ""),
        condition=query.get("$filter", ""),
        with_count=count == "allpages",
        allowed_only=query.get("allowedOnly", "") == "true",
    )


def read_choice(select: str, expand: str, owner: EntitySet) -> Choice:
    """What is shown of a set's objects.

    Raises:
        ODataError: a property is not there.
    """
    names: set[str] = set()
    presentations: set[str] = set()
    sections: dict[str, set[str]] = {}
    for item in filter(None, (word.strip() for word in select.split(","))):
        head, _, rest = item.partition("/")
        if rest:
            _need_section(owner, head, rest)
            sections.setdefault(head, set()).add(rest)
        elif item.endswith(PRESENTATION):
            name = item.removesuffix(PRESENTATION)
            _need(owner, name)
            presentations.add(name)
        else:
            _need(owner, item)
            names.add(item)
    if not names and (sections or presentations):
        # Only presentations or columns of sections are asked for: nothing else is shown.
        names.add("")
    return Choice(
        frozenset(names),
        frozenset(presentations),
        {name: frozenset(columns) for name, columns in sections.items()},
        _expanded([word.strip().split("/") for word in expand.split(",") if word.strip()]),
    )


def _expanded(paths: list[list[str]]) -> dict[str, Choice]:
    """Links to follow, and those to follow from there."""
    heads = dict.fromkeys(path[0] for path in paths)
    return {
        head: Choice(expanded=_expanded([path[1:] for path in paths if path[0] == head and len(path) > 1]))
        for head in heads
    }


def _need(owner: EntitySet, name: str) -> None:
    known = name == "*" or owner.find(name) or owner.part(name)
    if not known and name not in {found.link for found in owner.links}:
        raise no_property(name, owner.name)


def _need_section(owner: EntitySet, section: str, column: str) -> None:
    part = owner.part(section)
    path = f"{section}/{column}"
    if part is None or (column != "*" and column not in {found.name for found in part.properties}):
        raise no_property(path, owner.name)
