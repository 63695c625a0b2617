"""Finds the texts of every room in its Python modules and templates, and writes its ``.po`` files."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import write_po
from msgspec import Struct

from app.infra.i18n.catalogue import CONTEXT_MARK, key_of, read_file

ROOT: Final = Path(__file__).resolve().parents[1]
LOCALES: Final = ROOT / "locales"
Keyword = tuple[int | tuple[int, int] | tuple[int, str], ...] | None
# Position of message id, plural and context ("c") among the arguments.
_PYTHON: Final[Mapping[str, Keyword]] = {
    "N_": None,
    "NC_": ((1, "c"), 2),
    "gettext": (2,),
    "ngettext": (2, 3),
    "pgettext": ((2, "c"), 3),
}
_JINJA: Final[Mapping[str, Keyword]] = {"_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
_FRAMES: Final = frozenset({"shell", "public", "errors"})  # one room: what surrounds every page


class Text(Struct, frozen=True):
    """One text of a room; ``plural`` is empty for an uncounted one."""

    msgid: str
    plural: str
    context: str
    places: tuple[str, ...]  # files that say it

    @property
    def key(self) -> str:
        """Give the key it is looked up by."""
        return f"{self.context}{CONTEXT_MARK}{self.msgid}" if self.context else self.msgid

    @property
    def row(self) -> str:
        """Give the name it has in a table of translations: ``[theme] Dark``."""
        return f"[{self.context}] {self.msgid}" if self.context else self.msgid


def extract_rooms() -> dict[str, list[Text]]:
    """Find every text, by room; a text two rooms say belongs to both."""
    rooms: dict[str, dict[str, Text]] = {}
    for path, method, keywords in _sources():
        texts = rooms.setdefault(room_of(path.relative_to(ROOT)), {})
        for text in _texts(path, method, keywords):
            known = texts.get(text.key)
            if known is None:
                texts[text.key] = text
            else:
                places = tuple(sorted({*known.places, *text.places}))
                texts[text.key] = Text(text.msgid, text.plural or known.plural, text.context, places)
    return {room: sorted(texts.values(), key=lambda text: text.key) for room, texts in sorted(rooms.items()) if texts}


def room_of(path: Path) -> str:
    """Give the room a source belongs to: ``templates/catalog/list.html`` is ``catalog``."""
    place = path.parts[1] if len(path.parts) > 2 else "shell"  # noqa: PLR2004 - room/…/file
    return "shell" if place in _FRAMES else place


def read_room(code: str, room: str) -> Catalog:
    """Read a room's file of one language; empty when there is none yet."""
    path = LOCALES / code / f"{room}.po"
    return read_file(path, code) if path.exists() else Catalog(locale=code)


def rooms_with_files(code: str) -> list[str]:
    """List the rooms that have a file in this language."""
    return [path.stem for path in sorted((LOCALES / code).glob("*.po"))]


def update_room(code: str, room: str, texts: Iterable[Text]) -> None:
    """Write a room's file anew: kept translations, new texts, dead ones gone.

    A text another room has translated already takes that translation.
    """
    known = {
        key_of(entry): entry
        for name in [*rooms_with_files(code), room]  # the room's own word is the last
        for entry in read_room(code, name)
        if entry.id and entry.string and not entry.fuzzy
    }
    catalog = Catalog(locale=code)
    for text in texts:
        entry = known.get(text.key)
        translation = entry.string if entry is not None and isinstance(entry.id, str) == (not text.plural) else None
        catalog.add(
            (text.msgid, text.plural) if text.plural else text.msgid,
            translation,
            [(place, 0) for place in text.places],
            context=text.context or None,
        )
    _write(LOCALES / code / f"{room}.po", catalog)


def _write(path: Path, catalog: Catalog) -> None:
    stream = BytesIO()
    # No header: it would carry dates and names, which differ in every copy and clash in every merge.
    write_po(stream, catalog, width=0, omit_header=True, include_lineno=False, sort_output=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(stream.getvalue())


def _sources() -> Iterator[tuple[Path, str, Mapping[str, Keyword]]]:
    for path in sorted((ROOT / "app").glob("*/**/*.py")):
        yield path, "python", _PYTHON
    for path in sorted((ROOT / "templates").glob("**/*.html")):
        yield path, "jinja2.ext:babel_extract", _JINJA


def _texts(path: Path, method: str, keywords: Mapping[str, Keyword]) -> Iterator[Text]:
    options = {"newstyle_gettext": "true", "trimmed": "true", "trim_blocks": "true", "lstrip_blocks": "true"}
    options["silent"] = "false"  # a template that does not parse must not lose its texts in silence
    place = path.relative_to(ROOT).as_posix()
    with path.open("rb") as stream:
        for _line, message, _comments, context in extract(method, stream, keywords, options=options):
            msgid, plural = (message, "") if isinstance(message, str) else (message[0], message[1])
            if msgid:
                yield Text(msgid, plural, context or "", (place,))


def fill(table: Iterable[str], codes: Sequence[str]) -> int:
    """Write translations from lines ``message <tab> ru <tab> kk`` into every room that says them.

    Forms of a counted text are separated by ``||``; a context stands before: ``[theme] Dark``.
    Gives the number of translations written; a message nobody says is skipped.
    """
    rows = {cells[0]: cells[1:] for cells in (line.rstrip("\n").split("\t") for line in table) if len(cells) > 1}
    written = 0
    for number, code in enumerate(codes):
        for room in rooms_with_files(code):
            catalog = read_room(code, room)
            for entry in catalog:
                cells = rows.get(_row_key(entry)) if entry.id else None
                if cells is not None and len(cells) > number and cells[number]:
                    entry.string = cells[number] if isinstance(entry.id, str) else tuple(cells[number].split("||"))
                    written += 1
            _write(LOCALES / code / f"{room}.po", catalog)
    return written


def _row_key(entry: Message) -> str:
    msgid = entry.id if isinstance(entry.id, str) else entry.id[0]
    return f"[{entry.context}] {msgid}" if entry.context else msgid
