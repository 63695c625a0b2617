"""The languages of the portal and how each writes numbers and dates."""

from typing import Final

from msgspec import Struct

SOURCE: Final = "en"  # the language of message ids


class Language(Struct, frozen=True):
    """One language: its CLDR name settles separators and month names."""

    code: str  # also the value of <html lang> and the first part of public addresses
    cldr: str
    short: str  # for the language switch
    name: str  # in the language itself


LANGUAGES: Final[dict[str, Language]] = {
    "ru": Language("ru", "ru_KZ", "РУС", "Русский"),
    "kk": Language("kk", "kk_KZ", "ҚАЗ", "Қазақша"),
    "en": Language("en", "en_GB", "ENG", "English"),
}
