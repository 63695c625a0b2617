"""Which items lie where, and how much of them."""

from collections.abc import Iterator
from random import Random

from erp_peer.data.world import Item, Row, World, fixed, ref

_TO_BULK_UNITS = 1000  # milli-units


def place(world: World) -> None:
    """Choose the stocked items of each warehouse: all in the first, a share in the others.

    Bulk stands only where tanks can be filled.
    """
    every = list(range(len(world.items)))
    world.stocked = [every]
    left = world.profile.stock_rows - len(every)
    for number, warehouse in enumerate(world.warehouses[1:], start=1):
        share = left // (len(world.warehouses) - number)
        pool = [n for n in every if warehouse.loads_bulk or not world.items[n].is_bulk]
        world.rng(f"place {number}").shuffle(pool)
        chosen = sorted(pool[:share])
        world.stocked.append(chosen)
        left -= len(chosen)


def _free(item: Item, number: int, rng: Random) -> int:
    """Free quantity in milli-units: mostly plenty, sometimes little, nothing or less than nothing."""
    luck = rng.random()
    if number % 97 == 31:  # noqa: PLR2004
        return -rng.randrange(1, 25) * _TO_BULK_UNITS
    if luck < 0.03:  # noqa: PLR2004
        return 0
    scale = item.stock_scale if luck > 0.12 else max(4, item.stock_scale // 50)  # noqa: PLR2004
    if item.is_bulk:
        return int(scale * rng.uniform(0.4, 1.6) * _TO_BULK_UNITS)
    return int(scale * rng.uniform(0.4, 1.6)) * _TO_BULK_UNITS


def rows(world: World) -> Iterator[Row]:
    """Balances; what open orders hold is on hand besides what is free."""
    rng = world.rng("stock")
    held: dict[tuple[str, str], int] = {}
    for reserve in world.reserves:
        place_key = (reserve.warehouse, reserve.item)
        held[place_key] = held.get(place_key, 0) + reserve.quantity
    for warehouse, numbers in zip(world.warehouses, world.stocked, strict=True):
        for number in numbers:
            item = world.items[number]
            free = _free(item, number, rng)
            reserved = held.get((warehouse.ref, item.ref), 0)
            yield Row(
                ref(world, warehouse.ref, item.ref),
                (
                    warehouse.ref,
                    item.product.ref,
                    item.ref,
                    fixed(free + reserved, 3),
                    fixed(reserved, 3),
                    fixed(free, 3),
                ),
            )
