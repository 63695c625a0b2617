"""Regions, plants and warehouses."""

from collections.abc import Iterator

from erp_peer.data.catalogue.model import Names
from erp_peer.data.text import table
from erp_peer.data.world import Row, Warehouse, World, names, ref, wire
from erp_peer.streams.spec import ZERO_LINK

# region, city in three languages, station, station code (invented), can load bulk
_SITES = (
    ("KZ-79", Names("Шымкент", "Шымкент", "Shymkent"), "Шымкент", "698008", True),
    ("KZ-35", Names("Караганда", "Қарағанды", "Karaganda"), "Караганда-Сорт.", "673701", True),
    ("KZ-75", Names("Алматы", "Алматы", "Almaty"), "Алматы-1", "700007", False),
    ("KZ-15", Names("Актобе", "Ақтөбе", "Aktobe"), "Актобе-1", "668001", False),
    ("KZ-71", Names("Астана", "Астана", "Astana"), "Астана-1", "690001", False),
    ("KZ-23", Names("Атырау", "Атырау", "Atyrau"), "Атырау", "661002", False),
    ("KZ-55", Names("Павлодар", "Павлодар", "Pavlodar"), "Павлодар", "695000", False),
    ("KZ-63", Names("Усть-Каменогорск", "Өскемен", "Oskemen"), "Защита", "713006", False),
    ("KZ-39", Names("Костанай", "Қостанай", "Kostanay"), "Костанай", "684004", False),
    ("KG-GB", Names("Бишкек", "Бішкек", "Bishkek"), "Аламедин", "717003", False),
    ("UZ-TK", Names("Ташкент", "Ташкент", "Tashkent"), "Чукурсай", "722400", False),
    ("MN-1", Names("Улан-Батор", "Ұлан-Батыр", "Ulaanbaatar"), "", "", False),
)


def regions(world: World) -> Iterator[Row]:
    """Countries first, so that every parent stands before its children."""
    for row in table("regions"):
        is_country = row["code"] == row["country"]
        key = ref(world, "region", row["code"])
        world.regions[row["code"]] = key
        parent = ZERO_LINK if is_country else world.regions[row["country"]]
        yield Row(
            key,
            (parent, wire(is_country), row["code"], row["country"], row["ru"], row["kk"], row["en"]),
        )


def plants(world: World) -> Iterator[Row]:
    """Where goods are blended."""
    for number, plant in enumerate(world.maker.plants, start=1):
        key = ref(world, "plant", number)
        for kind in plant.kinds:
            world.plants.setdefault(kind, []).append(key)
        title = Names(
            f"Завод смазочных материалов, {plant.city.ru}",
            f"Жағар май зауыты, {plant.city.kk}",
            f"Lubricants plant, {plant.city.en}",
        )
        values = (f"П{number:02d}", *names(title), plant.city.ru, world.regions[plant.region])
        yield Row(key, values)


def warehouses(world: World) -> Iterator[Row]:
    """The first two stand at plants and fill tanks; the others hold packaged goods."""
    plant_refs = [ref(world, "plant", n + 1) for n in range(len(world.maker.plants))]
    for number, (region, city, station, code, loads_bulk) in enumerate(_SITES[: world.profile.warehouses]):
        key = ref(world, "warehouse", number + 1)
        world.warehouses.append(Warehouse(key, loads_bulk))
        title = Names(f"Склад {city.ru}", f"{city.kk} қоймасы", f"{city.en} warehouse")
        modes = '["Самовывоз","ДоКлиента","ЖелезнаяДорога"]' if loads_bulk else '["Самовывоз","ДоКлиента"]'
        yield Row(
            key,
            (
                f"С{number + 1:02d}",
                *names(title),
                plant_refs[number] if loads_bulk else ZERO_LINK,
                world.regions[region],
                f"{city.ru}, ул. Складская, {number * 7 + 3}",
                station,
                code,
                wire(loads_bulk),
                modes,
            ),
        )
