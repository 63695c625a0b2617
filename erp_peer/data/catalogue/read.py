"""The catalogue's tables as typed rows."""

from functools import cache

from msgspec import Struct

from erp_peer.data.catalogue.model import Formula, Line, Names
from erp_peer.data.text import table


class Package(Struct, frozen=True):
    """A container class. `fill` is litres, or kilograms where `by` is "kg"; bulk has none.

    `litres` is the nominal size of the class; the 216.5-litre steel drum takes 205 litres of oil.
    """

    code: str
    kind: str
    names: Names
    litres: str
    fill: str
    by: str
    tare: str
    multiple: int
    per_layer: int
    per_pallet: int
    per_truck: int
    compartments: tuple[str, ...]

    @property
    def is_bulk(self) -> bool:
        """Loaded into a tank and ordered by the tonne."""
        return self.by == "t"


# How often a product of the group is filled into a package: repeats are weights.
PACK_MIX: dict[str, tuple[str, ...]] = {
    "car": ("B1", "B1", "K4", "K4", "K4", "K5", "P20", "G60", "D216", "D208", "I1000"),
    "truck": ("K5", "J10", "J20", "P20", "P18", "D208", "D216", "D216", "I1000", "TT24", "TT28", "RT61"),
    "small": ("B05", "B1", "B1", "K4", "P20"),
    "gear": ("B1", "K4", "P20", "G60", "D208", "D216", "I1000"),
    "plant": ("J20", "P20", "P18", "D208", "D216", "D216", "I1000", "TT24", "TT28", "RT73"),
    "tank": ("D216", "I1000", "TT24", "TT28", "RT61", "RT73"),
    "grease": ("C04", "C04", "S08", "P5", "P18K", "P18K", "G50K", "D180", "D180"),
    "coolant": ("B1", "K5", "J10", "J20", "D216", "I1000", "TT24"),
    "brake": ("B05", "B1", "K5"),
    "urea": ("J10", "J20", "D208", "I1000", "TT24", "TT28"),
    "wash": ("K4", "K5", "J10", "I1000"),
}

# Price of a litre in the package against a litre in a drum.
PACK_FACTOR = {
    "bottle": 1.18,
    "canister": 1.10,
    "jerrycan": 1.06,
    "pail": 1.04,
    "keg": 1.02,
    "drum": 1.00,
    "ibc": 0.97,
    "tank_truck": 0.90,
    "rail_tank": 0.88,
    "cartridge": 1.28,
    "bag": 1.20,
}


@cache
def packages() -> dict[str, Package]:
    """All container classes by code."""
    return {
        row["code"]: Package(
            code=row["code"],
            kind=row["kind"],
            names=Names(row["ru"], row["kk"], row["en"]),
            litres=row["litres"],
            fill=row["fill"],
            by=row["by"],
            tare=row["tare"],
            multiple=int(row["multiple"]),
            per_layer=int(row["per_layer"]),
            per_pallet=int(row["per_pallet"]),
            per_truck=int(row["per_truck"]),
            compartments=tuple(row["compartments"].split()),
        )
        for row in table("packages")
    }


def _formulas(line: str) -> tuple[Formula, ...]:
    return tuple(
        Formula(
            grade=row["grade"],
            suffix=row["suffix"],
            value=row["value"],
            base=row["base"],
            price=int(row["price"]),
            density=row["density"],
            standards=tuple(s for s in row["standards"].split("+") if s),
            figures=tuple((code, value) for code, value in _pairs(row["figures"])),
        )
        for row in table("formulas")
        if row["line"] == line
    )


def _pairs(text: str) -> list[tuple[str, str]]:
    return [(pair.split(":")[0], pair.split(":")[1]) for pair in text.split("+") if pair]


@cache
def lines() -> tuple[Line, ...]:
    """All product lines in order of display."""
    return tuple(
        Line(
            code=row["code"],
            kind=row["kind"],
            system=row["system"],
            packs=row["packs"],
            names=Names(row["ru"], row["kk"], row["en"]),
            noun=Names(row["noun_ru"], row["noun_kk"], row["noun_en"]),
            text=Names(row["text_ru"], row["text_kk"], row["text_en"]),
            formulas=_formulas(row["code"]),
        )
        for row in table("lines")
    )


@cache
def bases() -> dict[str, Names]:
    """A sentence about each base stock or thickener."""
    return {row["key"]: Names(row["ru"], row["kk"], row["en"]) for row in table("bases")}
