"""Sellable items (product x fill) and the segments that gather them."""

from collections.abc import Iterator
from random import Random

from erp_peer.data.catalogue.model import Names
from erp_peer.data.catalogue.read import PACK_FACTOR, PACK_MIX, Package, packages
from erp_peer.data.goods import compact
from erp_peer.data.text import table
from erp_peer.data.world import Item, Product, Row, World, names, ref, wire
from erp_peer.streams.spec import ZERO_LINK

_BLOCKED_EVERY = 67
# Usual stock by kind of package, in order units.
_STOCK = {
    "bottle": 6000,
    "canister": 2400,
    "jerrycan": 600,
    "pail": 480,
    "keg": 120,
    "drum": 160,
    "ibc": 24,
    "tank_truck": 420,
    "rail_tank": 900,
    "cartridge": 5000,
    "bag": 2500,
}
_QUALIFIERS = (
    Names("базовый набор", "негізгі жиынтық", "basic set"),
    Names("расширенный набор", "кеңейтілген жиынтық", "extended set"),
    Names("сезонный набор", "маусымдық жиынтық", "seasonal set"),
    Names("проектный набор", "жобалық жиынтық", "project set"),
    Names("складской набор", "қоймалық жиынтық", "warehouse set"),
    Names("контрактный набор", "келісімшарттық жиынтық", "contract set"),
)
# Programme and share of it for the first segments; the demo buyers' agreements point to them.
FIRST_SEGMENTS = (("all", 0.90), ("all", 0.75), ("all", 0.60), ("plant", 0.95), ("auto", 0.92))


def _barcode(number: int) -> str:
    """EAN-13 in the range for a shop's own use, so that it is nobody's."""
    digits = f"2{number:011d}"
    total = sum(int(d) * (3 if place % 2 else 1) for place, d in enumerate(digits))
    return f"{digits}{-total % 10}"


def _fills(rng: Random, products: list[Product], count: int) -> list[tuple[Product, str]]:
    """One package for every product, then further ones until there are `count` items."""
    chosen = {p.ref: [rng.choice(PACK_MIX[p.line.packs])] for p in products}
    left = count - len(products)
    while left > 0:
        product = rng.choice(products)
        code = rng.choice(PACK_MIX[product.line.packs])
        if code not in chosen[product.ref]:
            chosen[product.ref].append(code)
            left -= 1
    return [(product, code) for product in products for code in chosen[product.ref]]


def _masses(product: Product, package: Package) -> tuple[str | None, float, float]:
    """Litres, net and gross kg of one order unit."""
    if package.is_bulk:
        return None, 1000.0, 1000.0
    fill = float(package.fill)
    litres = package.by == "l"
    net = round(fill * (product.density or 1.0), 3) if litres else fill
    return package.fill if litres else None, net, net + float(package.tare)


def _price(product: Product, package: Package) -> float:
    """KZT per order unit."""
    factor = PACK_FACTOR[package.kind]
    if package.is_bulk:
        return product.price / (product.density or 1.0) * 1000 * factor
    return product.price * float(package.fill) * factor


def _fill_names(package: Package) -> Names:
    if package.is_bulk or package.by == "kg" or package.fill == package.litres:
        return package.names
    return Names(
        f"{package.names.ru} (налито {package.fill} л)",
        f"{package.names.kk} ({package.fill} л құйылған)",
        f"{package.names.en} (filled {package.fill} l)",
    )


def _substitutes(fills: list[tuple[Product, str]]) -> dict[tuple[str, str], list[int]]:
    """Numbers of the items of one line in one package."""
    found: dict[tuple[str, str], list[int]] = {}
    for number, (product, code) in enumerate(fills):
        found.setdefault((product.line.code, code), []).append(number)
    return found


def characteristics(world: World) -> Iterator[Row]:
    """Sellable items; every 67th is blocked and points to another of its line and package."""
    rng = world.rng("items")
    fills = _fills(rng, world.products, world.profile.items)
    alike = _substitutes(fills)
    for number, (product, code) in enumerate(fills):
        package = packages()[code]
        litres, net, gross = _masses(product, package)
        is_blocked = number % _BLOCKED_EVERY == _BLOCKED_EVERY - 1
        others = [n for n in alike[product.line.code, code] if n != number]
        wants_other = is_blocked or number % 41 == 0
        other = ref(world, "item", rng.choice(others) + 1) if wants_other and others else ZERO_LINK
        sku = f"{product.sku}-{code}"
        old = [f"{product.line.code}{rng.randrange(10**5):05d}-{code}"] if number % 7 == 0 else []
        item = Item(
            ref=ref(world, "item", number + 1),
            product=product,
            unit="t" if package.is_bulk else "piece",
            is_bulk=package.is_bulk,
            multiple=package.multiple,
            net_kg=round(net, 3),
            price=_price(product, package),
            stock_scale=_STOCK[package.kind],
            is_orderable=not is_blocked,
        )
        world.items.append(item)
        yield Row(
            item.ref,
            (
                product.ref,
                world.packages[code],
                sku,
                *names(_fill_names(package)),
                compact(old),
                "" if package.is_bulk else _barcode(number + 1 + world.seed * 10**6),
                package.kind,
                wire(package.is_bulk),
                item.unit,
                litres,
                f"{net:.3f}",
                f"{gross:.3f}",
                str(package.multiple),
                str(package.per_layer),
                str(package.per_pallet),
                wire(is_blocked),
                other,
            ),
        )


def _programmes(world: World) -> list[tuple[str, float]]:
    """Programme and share of each segment: a few wide ones, many narrow ones."""
    rng = world.rng("segments")
    keys = [row["key"] for row in table("segments")]
    chosen = list(FIRST_SEGMENTS)
    while len(chosen) < world.profile.segments:
        chosen.append((keys[len(chosen) % len(keys)], max(0.05, rng.betavariate(1.1, 3.0))))
    return chosen


def segments(world: World) -> Iterator[Row]:
    """Segments; which items they hold is remembered for `segment_items`."""
    rng = world.rng("segment items")
    programmes = {row["key"]: row for row in table("segments")}
    for number, (key, share) in enumerate(_programmes(world)):
        row = programmes[key]
        codes = set(row["lines"].split())
        pool = [n for n, item in enumerate(world.items) if "*" in codes or item.product.line.code in codes]
        least = max(1, len(world.items) // 50)
        size = min(len(pool), max(least, round(len(pool) * share)))
        members = sorted(rng.sample(pool, size))
        segment = ref(world, "segment", number + 1)
        world.segments.append((segment, members))
        qualifier = _QUALIFIERS[number % len(_QUALIFIERS)]
        title = Names(
            f"{row['ru']}: {qualifier.ru} {number + 1}",
            f"{row['kk']}: {qualifier.kk} {number + 1}",
            f"{row['en']}: {qualifier.en} {number + 1}",
        )
        yield Row(segment, (f"С{number + 1:05d}", *names(title)))


def segment_items(world: World) -> Iterator[Row]:
    """Membership rows."""
    for segment, members in world.segments:
        for number in members:
            item = world.items[number]
            yield Row(ref(world, segment, item.ref), (segment, item.product.ref, item.ref))
