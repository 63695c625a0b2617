"""Reads what a reader asked the catalogue for from an address, and writes such addresses."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final, cast
from urllib.parse import urlencode
from uuid import UUID

from msgspec.structs import asdict

from app.catalog.schemas import FACETS, FacetName, Filters, Mode, ProductKey, Sort
from app.infra.http.text import clean_text
from app.kernel.errors import InvalidInputError, NotFoundError, Problem

_IDS: Final = ("contract", "agreement")
_NAMED: Final = ("plant", "line", "standard")
_CODES: Final = ("kind", "viscosity", "package")
_MODES: Final[frozenset[Mode]] = frozenset({"packaged", "tank_truck", "rail_tank"})
_NUMBER: Final = re.compile("[0-9]{1,7}")
_LONGEST_TEXT: Final = 100
_LONGEST_CODE: Final = 60
_MOST_VALUES: Final = 100
_SINGLE: Final = ("cursor", "limit", "sort", "q", "mode")

Pairs = Sequence[tuple[str, str]]


def read_filters(pairs: Iterable[tuple[str, str]]) -> Filters:
    """Read the filters of an address; names it does not know are the edge's business.

    Raises:
        InvalidInputError: every value that cannot be one, each named.
    """
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        if value:
            values.setdefault(name, []).append(value)
    problems = [Problem("sent_twice", name) for name in _SINGLE if len(values.get(name, ())) > 1]
    ids = {name: _ids(name, values.get(name, []), problems) for name in _IDS}
    named = {name: _named(name, values.get(name, []), problems) for name in _NAMED}
    codes = {name: _codes(name, values.get(name, []), problems) for name in _CODES}
    mode = values.get("mode", [""])[0]
    if mode and mode not in _MODES:
        problems.append(Problem("not_a_choice", "mode"))
    text = ""
    try:
        text = clean_text(values.get("q", [""])[0], field="q", max_length=_LONGEST_TEXT)
    except InvalidInputError as error:
        problems += error.problems
    if problems:
        raise InvalidInputError(problems)
    return Filters(
        contract=ids["contract"],
        agreement=ids["agreement"],
        plant=named["plant"],
        line=named["line"],
        standard=named["standard"],
        kind=codes["kind"],
        viscosity=codes["viscosity"],
        package=codes["package"],
        mode=cast("Mode", mode) if mode else None,
        q=text,
    )


def read_product(text: str) -> ProductKey:
    """Read which product an address names: by its number, as pages link to it, or by its id.

    Raises:
        NotFoundError: it is neither.
    """
    if _NUMBER.fullmatch(text):
        return int(text)
    try:
        return UUID(text)
    except ValueError:
        raise NotFoundError from None


def read_sort(text: str | None) -> Sort:
    """Read the order of the list; names unless asked otherwise.

    Raises:
        InvalidInputError: there is no such order.
    """
    if text in {None, "", "name"}:
        return "name"
    if text == "sku":
        return "sku"
    raise InvalidInputError([Problem("not_a_choice", "sort")])


def write_pairs(filters: Filters, sort: Sort) -> list[tuple[str, str]]:
    """Write the filters as they stand in an address, in one order, so that equal questions have equal addresses."""
    pairs: list[tuple[str, str]] = []
    for name, value in cast("Mapping[str, object]", asdict(filters)).items():
        if isinstance(value, str):
            pairs += [(name, value)] if value else []
        elif value is not None:
            pairs += [(name, str(one)) for one in cast("Sequence[object]", value)]
    return pairs if sort == "name" else [*pairs, ("sort", sort)]


def address(pairs: Pairs, **more: str) -> str:
    """Write an address of the list."""
    words = "&".join(_written(name, value) for name, value in (*pairs, *more.items()))
    return f"/catalog?{words}" if words else "/catalog"


@lru_cache(4096)
def _written(name: str, value: str) -> str:
    # A page writes twenty addresses of the same few pairs.
    return urlencode([(name, value)])


def chosen(filters: Filters) -> Mapping[FacetName, frozenset[str]]:
    """Tell which values of each facet are chosen, as their keys."""
    values = {
        "contract": filters.contract,
        "plant": filters.plant,
        "kind": filters.kind,
        "line": filters.line,
        "standard": filters.standard,
        "viscosity": filters.viscosity,
        "package": filters.package,
    }
    return {facet: frozenset(str(one) for one in values[facet]) for facet in FACETS}


def _ids(name: str, values: Sequence[str], problems: list[Problem]) -> list[UUID]:
    found: list[UUID] = []
    for value in values[:_MOST_VALUES]:
        try:
            found.append(UUID(value))
        except ValueError:
            problems.append(Problem("not_an_id", name))
            break
    return found


def _named(name: str, values: Sequence[str], problems: list[Problem]) -> list[UUID | int]:
    """Read ids or the short numbers of facet values."""
    found: list[UUID | int] = []
    for value in values[:_MOST_VALUES]:
        found += [int(value)] if _NUMBER.fullmatch(value) else _ids(name, [value], problems)
    return found


def _codes(name: str, values: Sequence[str], problems: list[Problem]) -> list[str]:
    found: list[str] = []
    for value in values[:_MOST_VALUES]:
        try:
            found.append(clean_text(value, field=name, max_length=_LONGEST_CODE))
        except InvalidInputError as error:
            problems += error.problems
    return found
