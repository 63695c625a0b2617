"""Every room's wording in one place: a code and its params become a sentence in the reader's language."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from app.infra.i18n.wording import gettext
from app.kernel.errors import Problem

_PLACES: Final = re.compile(r"%\((\w+)\)")


def fill(locale: str, msgid: str, params: Mapping[str, str]) -> str:
    """Translate and fill a text; a place nobody gave a param for stays empty rather than failing the answer."""
    blanks = dict.fromkeys(_PLACES.findall(msgid), "")
    return gettext(locale, msgid, **{**blanks, **params})


class Wording:
    """The codes of all rooms."""

    def __init__(self, tables: Iterable[Mapping[str, str]]) -> None:
        """Merge the rooms' tables.

        Raises:
            ValueError: two rooms give one code two meanings.
        """
        self._texts: dict[str, str] = {}
        for table in tables:
            for code, text in table.items():
                if self._texts.setdefault(code, text) != text:
                    message = f"the code {code!r} has two wordings"
                    raise ValueError(message)

    def text(self, locale: str, code: str, params: Mapping[str, str] | None = None) -> str:
        """Say what a code means; a code nobody worded says the general thing."""
        msgid = self._texts.get(code) or self._texts["invalid_input"]
        return fill(locale, msgid, params or {})

    def problem(self, locale: str, problem: Problem) -> str:
        """Say what is wrong with one field."""
        return self.text(locale, problem.code, problem.params)

    def codes(self) -> Iterable[str]:
        """List the codes that are worded."""
        return self._texts.keys()
