"""Lines, standards, packages and products."""

import json
from collections.abc import Iterator
from itertools import islice

from erp_peer.data.catalogue.classes import NLGI, Typical, typical
from erp_peer.data.catalogue.model import Formula, Line, Names
from erp_peer.data.catalogue.read import bases, lines, packages
from erp_peer.data.catalogue.standards import STANDARDS
from erp_peer.data.text import words
from erp_peer.data.world import Product, Row, World, names, ref, wire
from erp_peer.streams.spec import EMPTY_DATE, ZERO_LINK

# Which products carry the ugly things of real bases: remainder of the product's number by 173.
_DELETED, _TRAILING, _ODD_SIGNS, _NO_PLANT = 11, 5, 7, 13
_UGLY_EVERY = 173

# code, unit, method of a test figure
_FIGURES = {
    "V40": ("mm2/s", "ASTM D445"),
    "V100": ("mm2/s", "ASTM D445"),
    "VI": ("", "ASTM D2270"),
    "FLASH": ("°C", "ASTM D92"),
    "POUR": ("°C", "ASTM D97"),
    "TBN": ("mgKOH/g", "ASTM D2896"),
    "PEN": ("0.1 mm", "ASTM D217"),
    "DROP": ("°C", "ASTM D566"),
    "PH": ("", "ASTM D1287"),
    "FREEZE": ("°C", "ASTM D1177"),
    "BOIL": ("°C", "ASTM D1120"),
    "BDV": ("kV", "IEC 60156"),
}


def compact(value: object) -> str:
    """JSON text of a column, as short as it goes."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def product_lines(world: World) -> Iterator[Row]:
    """Lines in order of display."""
    for position, line in enumerate(lines(), start=1):
        key = ref(world, "line", line.code)
        world.lines[line.code] = key
        yield Row(key, (line.code, *names(line.names), line.kind, str(position)))


def standards(world: World) -> Iterator[Row]:
    """Classes; an older one always stands before the one that covers it."""
    for standard in STANDARDS:
        key = ref(world, "standard", standard.code)
        world.standards[standard.code] = key
        older = world.standards[standard.supersedes] if standard.supersedes else ZERO_LINK
        yield Row(
            key,
            (
                standard.code,
                standard.code,
                standard.family,
                standard.valid_from,
                standard.valid_to or EMPTY_DATE,
                older,
            ),
        )


def container_classes(world: World) -> Iterator[Row]:
    """Packages."""
    for package in packages().values():
        key = ref(world, "package", package.code)
        world.packages[package.code] = key
        counts = (package.multiple, package.per_layer, package.per_pallet, package.per_truck)
        yield Row(
            key,
            (
                package.code,
                *names(package.names),
                package.kind,
                wire(package.is_bulk),
                package.litres or None,
                package.tare,
                *map(str, counts),
                compact(package.compartments),
            ),
        )


def _recipes(world: World) -> Iterator[tuple[Line, Formula, str, str]]:
    """Yield line, formula, brand, series without end of variety: each formula once, then again under new names."""
    rng = world.rng("recipes")
    pairs = [(b, s) for b in words(f"brand_{world.maker.tenant}") for s in words("series")]
    every = [(line, formula) for line in lines() for formula in line.formulas]
    rng.shuffle(every)
    shuffled: list[list[tuple[str, str]]] = []
    for _ in every:
        rng.shuffle(pairs)
        shuffled.append(pairs.copy())
    for turn in range(len(pairs)):
        for (line, formula), own in zip(every, shuffled, strict=True):
            yield line, formula, *own[turn]


def _title(line: Line, formula: Formula, brand: str) -> Names:
    grade = formula.grade if not formula.suffix else f"{formula.grade} {formula.suffix}"
    own = f"{brand} {grade}"
    return Names(f"{line.noun.ru} {own}", f"{own} {line.noun.kk}", f"{own} {line.noun.en}")


def _text(line: Line, formula: Formula) -> Names:
    """Three or four sentences: what it is for, what it is made of, class, standards met."""
    base = bases()[formula.base]
    ru, kk, en = [line.text.ru, base.ru], [line.text.kk, base.kk], [line.text.en, base.en]
    if line.system == "NLGI":
        ru.append(f"Класс консистенции NLGI {formula.value}.")
        kk.append(f"NLGI қоюлық сыныбы: {formula.value}.")
        en.append(f"NLGI grade {formula.value}.")
    elif formula.value and line.system:
        ru.append(f"Класс вязкости {line.system}: {formula.value}.")
        kk.append(f"{line.system} тұтқырлық сыныбы: {formula.value}.")
        en.append(f"{line.system} viscosity class: {formula.value}.")
    if formula.standards:
        met = ", ".join(formula.standards)
        ru.append(f"Соответствует требованиям {met}.")
        kk.append(f"{met} талаптарына сай келеді.")
        en.append(f"Meets {met}.")
    return Names(" ".join(ru), " ".join(kk), " ".join(en))


def _figures(line: Line, formula: Formula, shape: Typical | None, number: int) -> str:
    """Typical test figures, moved a little from product to product inside the class limits."""
    found: dict[str, str] = {}
    if shape is not None:
        factor = 1 + (number % 7 - 3) / 200
        found = {
            "V40": f"{float(shape.v40) * factor:.1f}",
            "V100": f"{float(shape.v100) * factor:.1f}",
            "VI": str(shape.vi),
            "FLASH": str(shape.flash + number % 5),
            "POUR": str(shape.pour),
        }
    if line.system == "NLGI":
        found["PEN"] = NLGI[formula.value]
    found.update(formula.figures)
    rows = [
        {"Код": code, "Значение": value, "Единица": _FIGURES[code][0], "Метод": _FIGURES[code][1]}
        for code, value in found.items()
    ]
    return compact(rows)


def _density(line: Line, formula: Formula, shape: Typical | None, number: int) -> float | None:
    if line.system == "NLGI":
        return None
    plain = formula.density or (shape.density if shape else "")
    return round(float(plain) + (number % 9 - 4) / 4000, 4)


def _approvals(line: Line, formula: Formula, number: int) -> str:
    """Approvals of invented machine makers, for the better half of engine and gear oils."""
    makers = words("maker")
    if line.kind != "oil" or formula.base == "min" or number % 3 == 0:
        return "[]"
    count = 1 + number % 2
    own = [makers[(number + step) % len(makers)] for step in range(count)]
    return compact([f"{maker} {line.code}-{len(formula.standards)}{number % 4}" for maker in own])


def groups(world: World) -> Iterator[Row]:
    """Folder rows of the product catalogue: one per line."""
    for number, line in enumerate(lines(), start=1):
        title = names(line.names)
        values = (ZERO_LINK, "true", f"Г0-{number:08d}", "", *title, "", "", "", line.kind, world.lines[line.code])
        rest = (ZERO_LINK, "", "", "", "[]", "[]", None, "", "[]", "0", "[]")
        yield Row(ref(world, "group", line.code), (*values, *rest))


def products(world: World) -> Iterator[Row]:
    """Groups, then goods."""
    yield from groups(world)
    rng = world.rng("products")
    for number, (line, formula, brand, series) in enumerate(islice(_recipes(world), world.profile.products), start=1):
        shape = typical(line.system, formula.value, formula.base)
        sku = f"{world.maker.sku_prefix}-{line.code}-{number:05d}"
        density = _density(line, formula, shape, number)
        price = formula.price * (0.95 + words("series").index(series) * 0.012)
        product = Product(ref(world, "product", number), sku, line, price, density)
        world.products.append(product)
        old = [f"ЛУ{rng.randrange(10**6):06d}"] if number % 6 == 0 else []
        title = _title(line, formula, f"{brand} {series}")
        plants = world.plants[line.kind]
        ugly = number % _UGLY_EVERY
        yield Row(
            product.ref,
            (
                ref(world, "group", line.code),
                "false",
                f"00-{number:08d}",
                sku,
                title.ru + {_TRAILING: "  ", _ODD_SIGNS: " Service & Care 'S'"}.get(ugly, ""),
                title.kk,
                title.en,
                *names(_text(line, formula)),
                line.kind,
                world.lines[line.code],
                ZERO_LINK if ugly == _NO_PLANT else plants[number % len(plants)],
                brand,
                line.system if formula.value else "",
                formula.value if line.system else "",
                compact([world.standards[code] for code in formula.standards]),
                _approvals(line, formula, number),
                None if density is None else f"{density:.4f}",
                "KZ",
                compact(old),
                "36" if line.kind != "fluid" else "24",
                _figures(line, formula, shape, number),
            ),
            deleted=ugly == _DELETED,
        )
