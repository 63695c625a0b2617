"""The catalogue in plain Python over the same rows: slow, obvious, and written without looking at the SQL."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import cast
from uuid import UUID

from msgspec import Struct

from app.access.decisions import Decision
from app.access.terms import Facts
from app.catalog.schemas import FACETS, FacetName, Filters
from tests.catalog.factory import COLUMNS, TODAY, World

Row = Mapping[str, object]
_PACKAGED = {"bottle", "canister", "jerrycan", "pail", "keg", "drum", "ibc", "cartridge", "bag"}
_ALPHABET = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"


class Sold(Struct, frozen=True):
    """A product that may be sold, with its values in every facet; contracts depend on the reader."""

    id: UUID
    sku: str
    sort: Mapping[str, str]
    facets: Mapping[FacetName, frozenset[str]]


class Answer(Struct, frozen=True):
    """What the catalogue must say."""

    order: Sequence[UUID]  # all of it, by name
    facets: Mapping[FacetName, Mapping[str, int]]
    offers: Mapping[UUID, frozenset[UUID]]  # agreements by product

    @property
    def total(self) -> int:
        return len(self.order)


class Oracle:
    """Answers questions about one world."""

    def __init__(self, world: World) -> None:
        self.tables: dict[str, list[Row]] = {
            table: [dict(zip(COLUMNS[table], row, strict=True)) for row in rows] for table, rows in world.rows.items()
        }
        self.contracts = self._by_id("contracts")
        self.agreements = self._by_id("agreements")
        self.partners = self._by_id("partners")
        self.grades = self._by_id("grades")
        self.standards = self._by_id("standards")
        self.products = self._by_id("products")
        self.members = {(row["segment_id"], row["product_id"]) for row in self.tables["segment_items"]}
        self.priced = {
            (row["price_list_id"], row["product_id"])
            for row in self.tables["prices"]
            if cast("Decimal", row["amount"]) > 0 and _covers(row, TODAY)
        }
        self.sold = [self._sold(row) for row in self.tables["products"] if self._is_sold(row)]

    def ask(
        self, decision: Decision, filters: Filters, matching: frozenset[UUID] | None = None, locale: str = "ru"
    ) -> Answer:
        """Answer one question; ``matching`` are the products a text search found."""
        offered = self._universe(decision, filters)
        met = [self._with_contracts(one, offered[one.id]) for one in self.sold if one.id in offered]
        found = [one for one in met if matching is None or one.id in matching]
        listed = sorted((one for one in found if _holds(one, filters)), key=lambda one: (one.sort[locale], one.id))
        facets: dict[FacetName, dict[str, int]] = {}
        for name in FACETS:
            counted = Counter(key for one in found if _holds(one, filters, name) for key in one.facets[name])
            facets[name] = {key: counted[key] for one in met for key in one.facets[name]}
        shown = {
            one.id: frozenset(
                agreement
                for agreement in offered[one.id]
                if not filters.contract or self.agreements[agreement]["contract_id"] in filters.contract
            )
            for one in listed
        }
        return Answer([one.id for one in listed], facets, shown)

    def _universe(self, decision: Decision, filters: Filters) -> dict[UUID, list[UUID]]:
        """Agreements by the products they offer to this reader."""
        offered: dict[UUID, list[UUID]] = {}
        for agreement in self.agreements.values():
            for product in self._offered(agreement, decision, filters):
                offered.setdefault(product, []).append(cast("UUID", agreement["id"]))
        return offered

    def _with_contracts(self, one: Sold, agreements: Sequence[UUID]) -> Sold:
        contracts = _texts([self.agreements[agreement]["contract_id"] for agreement in agreements])
        return Sold(one.id, one.sku, one.sort, {**one.facets, "contract": contracts})

    def _offered(self, agreement: Row, decision: Decision, filters: Filters) -> list[UUID]:
        contract = self.contracts[agreement["contract_id"]]
        if any(row["status"] != "live" or not _covers(row, TODAY) for row in (agreement, contract)):
            return []
        if filters.agreement and agreement["id"] not in filters.agreement:
            return []
        return [
            one.id
            for one in self.sold
            if (agreement["segment_id"], one.id) in self.members
            and (agreement["price_list_id"], one.id) in self.priced
            and decision.check(self._facts(agreement, self.products[one.id]))
        ]

    def _facts(self, agreement: Row, product: Row) -> Facts:
        region = agreement["region_id"] or self.partners[agreement["partner_id"]]["region_id"]
        return Facts(
            reg=cast("UUID", region),
            org=cast("UUID", agreement["partner_id"]),
            ctr=cast("UUID", agreement["contract_id"]),
            agr=cast("UUID", agreement["id"]),
            lin=cast("UUID | None", self.grades[product["grade_id"]]["line_id"]),
            prd=cast("UUID", product["id"]),
            live=True,
        )

    def _is_sold(self, product: Row) -> bool:
        grade = self.grades.get(product["grade_id"])
        return grade is not None and not (product["deleted_at"] or grade["deleted_at"] or product["is_blocked"])

    def _sold(self, product: Row) -> Sold:
        grade = self.grades[product["grade_id"]]
        met = {one for given in cast("list[UUID]", grade["standards"]) for one in self._answers(given)}
        return Sold(
            id=cast("UUID", product["id"]),
            sku=str(product["sku"]),
            sort={name: sort_key(str(product[f"name_{name}"]), name) for name in ("ru", "kk", "en")},
            facets={
                "plant": _texts([grade["plant_id"]]),
                "kind": _texts([grade["kind"]]),
                "line": _texts([grade["line_id"]]),
                "standard": _texts(one for one in met if not self.standards[one]["deleted_at"]),
                "viscosity": _texts([grade["viscosity"]]),
                "package": _texts([product["package"]]),
            },
        )

    def _answers(self, standard: UUID) -> set[UUID]:
        """The standard itself and every older one it replaces, however far back."""
        met, waiting = {standard}, [standard]
        while waiting:
            newer = waiting.pop()
            older = [cast("UUID", row["id"]) for row in self.tables["standards"] if row["superseded_by"] == newer]
            waiting += [one for one in older if one not in met]
            met.update(older)
        return met

    def _by_id(self, table: str) -> dict[object, Row]:
        return {row["id"]: row for row in self.tables[table]}


def sort_key(name: str, locale: str) -> str:
    """Order by the Kazakh alphabet; Russian takes ё for е first."""
    if locale == "ru":
        return f"{sort_key(name.lower().replace('ё', 'е'), 'kk')}\x01{sort_key(name, 'kk')}"
    return "".join(chr(0x180 + _ALPHABET.index(one)) if one in _ALPHABET else one for one in name.lower())


def _covers(row: Row, day: date) -> bool:
    since, until = cast("date | None", row["valid_from"]), cast("date | None", row["valid_to"])
    return (since is None or since <= day) and (until is None or day <= until)


def _holds(one: Sold, filters: Filters, leave_out: FacetName | None = None) -> bool:
    """Whether a product is within the filters, one facet perhaps left out."""
    asked: dict[FacetName, Sequence[object]] = {
        "contract": filters.contract,
        "plant": filters.plant,
        "kind": filters.kind,
        "line": filters.line,
        "standard": filters.standard,
        "viscosity": filters.viscosity,
        "package": filters.package,
    }
    if filters.mode is not None:
        packages = _PACKAGED if filters.mode == "packaged" else {filters.mode}
        if not one.facets["package"] & packages:
            return False
    return all(not values or name == leave_out or one.facets[name] & _texts(values) for name, values in asked.items())


def _texts(values: Iterable[object]) -> frozenset[str]:
    return frozenset(str(one) for one in values if one)
