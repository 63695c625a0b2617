"""How kinds, packages and facets are called on pages."""

from collections.abc import Mapping
from typing import Final

from app.catalog.schemas import FacetName
from app.infra.i18n.wording import N_, NC_, gettext

_KINDS: Final[Mapping[str, str]] = {
    "oil": NC_("kind of goods", "Oils"),
    "grease": NC_("kind of goods", "Greases"),
    "fluid": NC_("kind of goods", "Fluids and coolants"),
    "base_oil": NC_("kind of goods", "Base oils"),
    "service": NC_("kind of goods", "Services"),
}
_PACKAGES: Final[Mapping[str, str]] = {
    "bottle": NC_("package", "Bottle"),
    "canister": NC_("package", "Canister"),
    "jerrycan": NC_("package", "Jerrycan"),
    "pail": NC_("package", "Pail"),
    "keg": NC_("package", "Keg"),
    "drum": NC_("package", "Drum"),
    "ibc": NC_("package", "IBC container"),
    "cartridge": NC_("package", "Cartridge"),
    "bag": NC_("package", "Bag"),
    "tank_truck": NC_("package", "Tank truck"),
    "rail_tank": NC_("package", "Rail tank car"),
}
_FACETS: Final[Mapping[FacetName, str]] = {
    "contract": NC_("facet", "Contract"),
    "plant": NC_("facet", "Plant"),
    "kind": NC_("facet", "Kind of goods"),
    "line": NC_("facet", "Product line"),
    "standard": NC_("facet", "Standard"),
    "viscosity": NC_("facet", "Viscosity class"),
    "package": NC_("facet", "Package"),
}
_KIND_PLACES: Final = {kind: place for place, kind in enumerate(_KINDS)}
_PACKAGE_PLACES: Final = {package: place for place, package in enumerate(_PACKAGES)}
_OTHER: Final = N_("Other")


def kind_label(kind: str, locale: str) -> str:
    """Name a kind of goods."""
    return gettext(locale, _KINDS.get(kind, _OTHER))


def package_label(package: str, locale: str) -> str:
    """Name a kind of package."""
    return gettext(locale, _PACKAGES.get(package, _OTHER))


def facet_label(facet: FacetName, locale: str) -> str:
    """Name a facet."""
    return gettext(locale, _FACETS[facet])


def value_place(facet: FacetName, key: str) -> int:
    """Where a value stands before names are compared: kinds by importance, packages from small to large."""
    if facet == "kind":
        return _KIND_PLACES.get(key, len(_KINDS))
    return _PACKAGE_PLACES.get(key, len(_PACKAGES)) if facet == "package" else 0


def value_label(facet: FacetName, key: str, label: str, locale: str) -> str:
    """Name a facet's value; what the ERP names keeps its name."""
    if facet == "kind":
        return kind_label(key, locale)
    if facet == "package":
        return package_label(key, locale)
    return label or key
