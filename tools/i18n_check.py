"""What is wrong with the catalogues, one line a fault, by room."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from babel.messages.catalog import Message

from app.infra.i18n.catalogue import key_of
from tools.i18n_files import Text, read_room, rooms_with_files

_PLACE: Final = re.compile(r"%\((\w+)\)s|%%|(%.?)")
_TAG: Final = re.compile(r"</?[a-z][^>]*>")
_UNSAFE: Final = re.compile(r'["<>]')


def find_faults(codes: Sequence[str], rooms: Mapping[str, Sequence[Text]], only: Sequence[str]) -> list[str]:
    """List every fault of these languages; ``only`` names the rooms to look at, empty is all."""
    faults: list[str] = []
    for code in codes:
        said: dict[str, tuple[str, Message]] = {}
        for room in sorted({*rooms, *rooms_with_files(code)}):
            found = _room_faults(code, room, rooms.get(room, ()), said)
            if not only or room in only:
                faults += [f"{code}/{room}: {fault}" for fault in found]
    return faults


def missing_of(code: str, room: str, texts: Iterable[Text]) -> list[str]:
    """List what a room has no translation for, as ``fill`` names it."""
    known = {key_of(entry): entry for entry in read_room(code, room) if entry.id}
    return [text.row for text in texts if text.key not in known or not _is_whole(known[text.key])]


def _room_faults(code: str, room: str, texts: Sequence[Text], said: dict[str, tuple[str, Message]]) -> Iterator[str]:
    yield from (f"missing {msgid!r}" for msgid in missing_of(code, room, texts))
    alive = {text.key: text for text in texts}
    for entry in read_room(code, room):
        if not entry.id:
            continue
        key = key_of(entry)
        text = alive.get(key)
        if text is None or isinstance(entry.id, str) != (not text.plural):
            yield f"dead {key!r}: python -m tools.i18n update"
            continue
        if entry.fuzzy:
            yield f"fuzzy {key!r}"
        other, first = said.setdefault(key, (room, entry))
        if first.string != entry.string and _is_whole(entry) and _is_whole(first):
            yield f"{key!r} is translated otherwise in {other}"
        for string in entry.string if isinstance(entry.string, tuple | list) else [entry.string]:
            yield from (f"{fault}: {string!r}" for fault in _string_faults(text, string or ""))


def _is_whole(entry: Message) -> bool:
    strings = [entry.string] if isinstance(entry.string, str) else entry.string
    return bool(strings) and all(strings)


def _string_faults(text: Text, string: str) -> Iterator[str]:
    if not string:
        return
    source = text.plural or text.msgid
    if _places(string) != _places(source):
        yield f"other places than {source!r}"
    if any(match[2] for match in _PLACE.finditer(string)):
        yield "a percent sign is written %% and a place %(name)s"
    if sorted(_TAG.findall(string)) != sorted(_TAG.findall(source)):
        yield f"other tags than {source!r}"
    if _UNSAFE.search(_TAG.sub("", string)):
        yield "write «» or “” instead of straight quotes and angle brackets"
    if string != string.strip() and source == source.strip():
        yield "blanks at the ends"
    if "!" in string:
        yield "no exclamation marks (DESIGN 7)"


def _places(string: str) -> set[str]:
    return {match[1] for match in _PLACE.finditer(string) if match[1]}
