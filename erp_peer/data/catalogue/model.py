"""Shapes of the catalogue's source tables."""

from msgspec import Struct


class Names(Struct, frozen=True):
    """One text in Russian, Kazakh and English."""

    ru: str
    kk: str
    en: str


class Formula(Struct, frozen=True):
    """One recipe of a line: what makes two products of the line differ besides the brand.

    `price` is in KZT per litre (per kilogram for greases), drum price of a distributor, without VAT.
    """

    grade: str  # as printed in the name
    value: str  # class value for the filter; empty when the line has no class
    base: str  # key of BASES
    price: int
    standards: tuple[str, ...] = ()
    suffix: str = ""  # tells recipes of one grade apart
    density: str = ""  # overrides the density of the class
    figures: tuple[tuple[str, str], ...] = ()  # own test figures, code and value


class Line(Struct, frozen=True):
    """A product line with everything its products share."""

    code: str
    kind: str
    system: str
    packs: str  # key of PACK_MIX
    names: Names
    noun: Names
    text: Names
    formulas: tuple[Formula, ...]
