"""Partners, their legal entities and delivery addresses."""

from collections.abc import Iterator

from erp_peer.data.taxids import kz_iban, station_code, tax_id
from erp_peer.data.text import latin, slug, table, words
from erp_peer.data.world import Partner, Row, World, ref
from erp_peer.streams.spec import ZERO_LINK

# The demo buyers: kind and region of partners 1 to 6.
_FIRST = (
    ("distributor", "KZ-75"),
    ("distributor", "KZ-71"),
    ("direct_buyer", "KZ-35"),
    ("direct_buyer", "KZ-23"),
    ("logistics", "KZ-79"),
    ("logistics", "KZ-75"),
)
_KINDS = ("distributor",) * 6 + ("direct_buyer",) * 9 + ("logistics",) * 2 + ("prospect",) * 3
_ABROAD = ("KG", "UZ", "TJ", "CN", "MN", "TM", "KG", "UZ")
# Legal form in Russian and in Latin letters.
_FORMS = {
    "KZ": ("ТОО", "LLP"),
    "KG": ("ОсОО", "LLC"),
    "TJ": ("ООО", "LLC"),
    "CN": ("Компания с ограниченной ответственностью", "Co., Ltd"),
    "UZ": ("ООО", "LLC"),
    "MN": ("ХХК", "LLC"),
    "TM": ("ХО", "ES"),
}
_FULL_FORMS = {
    "ТОО": "Товарищество с ограниченной ответственностью",
    "ОсОО": "Общество с ограниченной ответственностью",
    "ООО": "Общество с ограниченной ответственностью",
    "ХХК": "Общество с ограниченной ответственностью",
    "ХО": "Хозяйственное общество",
}
_BUYERS = frozenset({"distributor", "direct_buyer"})


def _regions_of(country: str) -> list[tuple[str, str, str]]:
    """Region code, city, postcode for every city of the country."""
    return [
        (row["code"], *_city(city))
        for row in table("regions")
        if row["country"] == country and row["cities"]
        for city in row["cities"].split("+")
    ]


def _city(text: str) -> tuple[str, str]:
    name, _, postcode = text.partition("/")
    return name, postcode


def _kind_country(number: int) -> tuple[str, str, str]:
    """Kind, region and city of the partner with this number (from 0)."""
    if number < len(_FIRST):
        kind, region = _FIRST[number]
        city = next(c for code, c, _ in _regions_of("KZ") if code == region)
        return kind, region, city
    kind = _KINDS[number % len(_KINDS)]
    country = "KZ" if number % 5 < 3 else _ABROAD[number // 5 % len(_ABROAD)]  # noqa: PLR2004
    places = _regions_of(country)
    region, city, _ = places[number * 7 % len(places)]
    return kind, region, city


class _FirmNames:
    """Invented names of firms, never the same twice."""

    def __init__(self, world: World) -> None:
        """Mix the stems of the tenant's own list, so that no two tenants share a client."""
        self._stems = [a + b for a in words(f"stem_{world.maker.tenant}") for b in words("stem_tail")]
        world.rng("firm names").shuffle(self._stems)
        self._used: set[str] = set()

    def take(self, number: int, kind: str, city: str) -> str:
        """Name for the partner with this number: stem and business, with the city when both are taken."""
        turn, place = divmod(number, len(self._stems))
        business = words(f"biz_{kind}")
        plain = f"{self._stems[place]} {business[(number + turn) % len(business)]}"
        for name in (plain, f"{plain} {city}", f"{plain} {city} {turn}"):
            if name not in self._used:
                self._used.add(name)
                return name
        raise ValueError(plain)


def partners(world: World) -> Iterator[Row]:
    """Client organisations; the last one is a duplicate that was merged into number 12."""
    firms = _FirmNames(world)
    managers = [key for key, role in world.managers if role.startswith("manager_")]
    for number in range(world.profile.partners):
        kind, region, city = _kind_country(number)
        plain = firms.take(number, kind, city)
        odd = " & Ко" if number % 37 == 9 else " O'zgarish" if number % 41 == 14 else ""  # noqa: PLR2004
        name = f"{plain}{odd}"
        country = region[:2]
        is_duplicate = number == world.profile.partners - 1
        partner = Partner(
            ref=ref(world, "partner", number + 1),
            name=name,
            kind=kind,
            country=country,
            region=world.regions[region],
            city=city,
            domain=f"{slug(plain)}.example",
            manager=managers[(number + 1) % len(managers)],
        )
        world.partners.append(partner)
        form, latin_form = _FORMS[country]
        yield Row(
            partner.ref,
            (
                f"К{number + 1:08d}",
                name + ("  " if number % 29 == 8 else ""),  # noqa: PLR2004
                f"{form} «{name}»",
                f"{latin(name)} {latin_form}",
                kind,
                partner.region,
                ZERO_LINK if number % 53 == 17 else partner.manager,  # noqa: PLR2004
                partner.domain,
                world.partners[11].ref if is_duplicate else ZERO_LINK,
            ),
            deleted=is_duplicate,
        )


def _owners(world: World) -> Iterator[tuple[Partner, bool]]:
    """Every partner once, then second entities, the demo buyers' first."""
    for partner in world.partners:
        yield partner, True
    buyers = [p for p in world.partners if p.kind in _BUYERS]
    while True:
        for partner in buyers:
            yield partner, False


def counterparties(world: World) -> Iterator[Row]:
    """Legal entities; the last one carries the tax number of another of its country."""
    rng = world.rng("counterparties")
    first: dict[str, str] = {}
    for number, (partner, is_head) in enumerate(_owners(world), start=1):
        if number > world.profile.counterparties:
            return
        own, kind = tax_id(partner.country, rng)
        if number == world.profile.counterparties:
            own = first[partner.country]
        first.setdefault(partner.country, own)
        key = ref(world, "counterparty", number)
        head = partner.counterparties[0] if partner.counterparties else ZERO_LINK
        partner.counterparties.append(key)
        form = _FORMS[partner.country][0]
        name = partner.name if is_head else f"{partner.name} Склад"
        street = rng.choice(words("street"))
        is_kz = partner.country == "KZ"
        yield Row(
            key,
            (
                partner.ref,
                f"{form} «{name}»",
                f"{_FULL_FORMS.get(form, form)} «{name}»",
                own,
                kind,
                partner.country,
                ZERO_LINK if is_head else head,
                f"{partner.city}, ул. {street}, {rng.randrange(1, 140)}",
                "АО «Банк Сарқыт»" if is_kz else "",
                "SRQTKZKA" if is_kz else "",
                kz_iban(rng) if is_kz else "",
                "17" if is_kz else "",
                "true",
            ),
        )


def addresses(world: World) -> Iterator[Row]:
    """Delivery addresses: each buyer's consignees in turn, every third one a rail station."""
    rng = world.rng("addresses")
    buyers = [p for p in world.partners if p.kind in _BUYERS]
    number = 0
    while True:
        for partner in buyers:
            number += 1
            if number > world.profile.addresses:
                return
            turn = len(partner.addresses)
            consignee = partner.counterparties[turn % len(partner.counterparties)]
            yield _address(world, partner, consignee, number, rng.randrange(1, 200), station_code(rng))


def _address(world: World, partner: Partner, consignee: str, number: int, house: int, code: str) -> Row:
    """One address; the first of a partner is in its own city, later ones move on through the country."""
    turn = len(partner.addresses)
    is_rail = turn % 3 == 2  # noqa: PLR2004
    places = _regions_of(partner.country)
    region, city, postcode = places[(number * 5 + turn) % len(places)]
    if turn == 0:
        region, city, postcode = next(p for p in places if p[1] == partner.city)
    street = words("street")[number % len(words("street"))]
    station = f"{city}-Груз." if is_rail else ""
    text = (
        f"Станция {station}, код {code}, подъездной путь {house % 12 + 1}"
        if is_rail
        else f"{postcode}, {city}, ул. {street}, {house}"
    )
    key = ref(world, "address", number)
    partner.addresses.append((key, consignee, text))
    return Row(
        key,
        (
            partner.ref,
            consignee,
            station or f"{city}, ул. {street}",
            text,
            "rail" if is_rail else "road",
            station,
            code if is_rail else "",
            world.regions[region],
            partner.country,
            city,
            postcode,
        ),
    )
