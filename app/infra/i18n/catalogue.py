"""One language's messages, read from its ``.po`` files into plain dictionaries."""

from collections.abc import Callable, Mapping
from gettext import c2py
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, read_po
from msgspec import Struct

CONTEXT_MARK: Final = "\x04"  # between context and message id, as gettext itself does it


class CatalogueError(Exception):
    """A catalogue cannot be used; the message names the file and the message id."""


class Catalogue(Struct, frozen=True):
    """Translations of one language; a missing one falls back to the English message id."""

    single: Mapping[str, str]
    plural: Mapping[str, tuple[str, ...]]
    form: Callable[[int], int]  # which plural form a count takes

    def text(self, key: str) -> str:
        """Give the translation of a message id, or of ``context + CONTEXT_MARK + id``."""
        found = self.single.get(key)
        return found if found is not None else without_context(key)

    def counted(self, one: str, many: str, count: int) -> str:
        """Give the form for this count; an untranslated message keeps English forms."""
        forms = self.plural.get(one)
        if forms is None:
            return without_context(one) if count == 1 else many
        return forms[self.form(count)]


def without_context(key: str) -> str:
    """Drop the context of a key: what an English reader sees."""
    return key.rpartition(CONTEXT_MARK)[2]


def english() -> Catalogue:
    """Give the empty catalogue of the source language."""
    return Catalogue({}, {}, lambda count: int(count != 1))


def read_catalogue(folder: Path, locale: str) -> Catalogue:
    """Read every ``.po`` file of a language; fuzzy and empty translations do not count.

    Raises:
        CatalogueError: a file is missing, broken, or two rooms translate one message differently.
    """
    single: dict[str, str] = {}
    plural: dict[str, tuple[str, ...]] = {}
    files = sorted((folder / locale).glob("*.po"))
    if not files:
        message = f"locales/{locale} has no .po file"
        raise CatalogueError(message)
    for path in files:
        for entry in read_file(path, locale):
            _take(entry, single, plural, path)
    return Catalogue(single, plural, c2py(Catalog(locale).plural_expr))


def read_file(path: Path, locale: str) -> Catalog:
    """Read one ``.po`` file.

    Raises:
        CatalogueError: the file does not parse.
    """
    with path.open("rb") as stream:
        try:
            return read_po(stream, locale=locale, abort_invalid=True)
        except (PoFileError, ValueError) as error:
            message = f"{path.name}: {error}"
            raise CatalogueError(message) from error


def key_of(entry: Message) -> str:
    """Give the key a message is found under; for a plural message that of the singular."""
    msgid = entry.id if isinstance(entry.id, str) else entry.id[0]
    return f"{entry.context}{CONTEXT_MARK}{msgid}" if entry.context else msgid


def _take(entry: Message, single: dict[str, str], plural: dict[str, tuple[str, ...]], path: Path) -> None:
    if not entry.id or entry.fuzzy or not entry.string:
        return
    key = key_of(entry)
    if isinstance(entry.string, str):
        if single.setdefault(key, entry.string) != entry.string:
            message = f"{path.parent.name}/{path.name}: {key!r} is translated otherwise elsewhere"
            raise CatalogueError(message)
    elif all(entry.string):
        plural.setdefault(key, tuple(entry.string))
