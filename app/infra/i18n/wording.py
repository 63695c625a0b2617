"""Texts for people: translation, counted forms and numbers inside sentences.

Rooms keep their texts in ``wording.py`` modules, marked with :func:`N_` where a table holds them
and translated with :func:`gettext` where the reader is known. A percent sign is always ``%%``.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final

from app.infra.i18n.catalogue import CONTEXT_MARK, Catalogue, english, read_catalogue
from app.infra.i18n.languages import LANGUAGES, SOURCE
from app.infra.i18n.numbers import numbers

LOCALES_FOLDER: Final = Path(__file__).resolve().parents[3] / "locales"


def N_(msgid: str) -> str:  # noqa: N802 - the usual name of this marker
    """Mark a text for translation and leave it as it is; a table of labels holds such texts."""
    return msgid


def NC_(context: str, msgid: str) -> str:  # noqa: N802 - the usual name of this marker
    """Mark a short word that needs a context ("Own" of a right or of a fleet)."""
    return f"{context}{CONTEXT_MARK}{msgid}"


@cache
def catalogues(folder: Path = LOCALES_FOLDER) -> Mapping[str, Catalogue]:
    """Read all languages once.

    Raises:
        CatalogueError: a catalogue is missing or broken.
    """
    return {code: english() if code == SOURCE else read_catalogue(folder, code) for code in LANGUAGES}


def gettext(locale: str, msgid: str, /, **params: object) -> str:
    """Translate a text and fill its ``%(name)s`` places.

    Whole numbers and Decimals among the params are written as the language writes them; pass
    order numbers and other names as str.
    """
    return catalogues()[locale].text(msgid) % localized(locale, params)


def pgettext(locale: str, context: str, msgid: str, /, **params: object) -> str:
    """Translate a word in a context."""
    return gettext(locale, NC_(context, msgid), **params)


def ngettext(locale: str, one: str, many: str, count: int, /, **params: object) -> str:
    """Translate a counted text; ``%(num)s`` is the count."""
    params.setdefault("num", count)
    return catalogues()[locale].counted(one, many, count) % localized(locale, params)


def localized(locale: str, params: Mapping[str, object]) -> Mapping[str, object]:
    """Write the numbers among params as the language does."""
    return {
        name: numbers(locale).number(value)
        if isinstance(value, int | Decimal) and not isinstance(value, bool)
        else value
        for name, value in params.items()
    }
