"""People: the manufacturer's staff, the clients' staff, and who may sign in."""

from collections.abc import Iterator
from random import Random

from erp_peer.data.goods import compact
from erp_peer.data.text import latin, slug, words
from erp_peer.data.world import Partner, Row, World, ref, wire
from erp_peer.streams.spec import ZERO_LINK

# Countries without surnames that change by sex.
_PLAIN_SURNAMES = frozenset({"mn", "cn"})

_STAFF = (
    ("admin", "Администратор портала"),
    ("manager_full", "Руководитель отдела продаж"),
    ("manager_limited", "Менеджер по работе с клиентами"),
    ("logistician", "Менеджер-логист"),
    ("connect_manager", "Менеджер сообщества"),
    ("manager_full", "Старший менеджер по продажам"),
    ("manager_limited", "Менеджер по работе с клиентами"),
    ("logistician", "Логист по железной дороге"),
    ("admin", "Администратор доступа"),
)
_POSITIONS = {
    "distributor": ("Генеральный директор", "Старший менеджер по закупкам", "Менеджер по закупкам"),
    "direct_buyer": ("Коммерческий директор", "Начальник отдела снабжения", "Специалист по снабжению"),
    "logistics": ("Директор", "Старший диспетчер", "Диспетчер-экспедитор"),
    "prospect": ("Директор", "Заместитель директора", "Менеджер"),
}
_LEVELS = ("head", "senior", "manager")
_SEVEN = ("KZ", "KG", "TJ", "CN", "UZ", "MN", "TM")


def person(rng: Random, country: str) -> tuple[str, str]:
    """First name and surname, invented from common ones."""
    pool = country.lower()
    is_woman = rng.random() < 0.5  # noqa: PLR2004 - half and half
    first = rng.choice(words(f"{pool}_{'f' if is_woman else 'm'}"))
    surname = rng.choice(words(f"{pool}_s"))
    if is_woman and pool not in _PLAIN_SURNAMES:
        surname += "а"
    return first, surname


def login(world: World, first: str, surname: str, domain: str) -> str:
    """E-mail like aigul.n@firm.example, unique in the infobase."""
    stem = f"{slug(first)}.{latin(surname)[0].lower()}"
    name = f"{stem}@{domain}"
    number = 2
    while name in world.logins:
        name = f"{stem}{number}@{domain}"
        number += 1
    world.logins.add(name)
    return name


def phone(rng: Random, country: str) -> str:
    """A number of the country, in a range that is not given out where one is known."""
    codes = {"KZ": "+7 700 000", "KG": "+996 500 00", "TJ": "+992 900 00", "CN": "+86 100 0000",
             "UZ": "+998 90 000", "MN": "+976 8800", "TM": "+993 60 00"}  # fmt: skip
    return f"{codes[country]} {rng.randrange(100):02d} {rng.randrange(100):02d}"


def _staff_regions(world: World, number: int, role: str) -> str:
    """The first of each role answers for everything, the others for their share of the countries."""
    if number < len(_STAFF) and _STAFF.index((role, _STAFF[number][1])) == number and number <= 4:  # noqa: PLR2004
        return compact([world.regions[code] for code in _SEVEN])
    return compact([world.regions[code] for code in _SEVEN[number % 3 :: 3]])


def managers(world: World) -> Iterator[Row]:
    """The manufacturer's staff: one of each role first."""
    rng = world.rng("managers")
    for number in range(world.profile.managers):
        role, position = _STAFF[number] if number < len(_STAFF) else _STAFF[1 + number % 3]
        first, surname = person(rng, "KZ")
        mail = login(world, first, surname, world.maker.domain)
        key = ref(world, "manager", number + 1)
        language = ("ru", "kk", "en")[number % 3]
        is_active = number % 13 != 12  # noqa: PLR2004 - one in thirteen has left
        if is_active:
            world.managers.append((key, role))
            world.people.append((mail, role, key, ZERO_LINK, ZERO_LINK, language))
        yield Row(
            key,
            (
                f"П{number + 1:05d}",
                f"{surname} {first}",
                position,
                role,
                mail,
                phone(rng, "KZ"),
                language,
                _staff_regions(world, number, role),
                wire(is_active),
            ),
        )


def _role(partner: Partner, level: int) -> str:
    if partner.kind == "logistics":
        return "forwarder"
    if partner.kind == "prospect":
        return "guest"
    return f"{partner.kind}_{_LEVELS[level]}"


def _rounds(world: World) -> Iterator[tuple[Partner, int]]:
    """Three people for each of the first six partners, a head for the others, then further staff."""
    first, others = world.partners[:6], world.partners[6:]
    for partner in first:
        for level in range(3):
            yield partner, level
    for level in (0, 1, 2, 2, 2, 1, 2):
        for partner in others:
            yield partner, level


def contacts(world: World) -> Iterator[Row]:
    """The clients' staff."""
    rng = world.rng("contacts")
    for number, (partner, level) in enumerate(_rounds(world), start=1):
        if number > world.profile.contacts:
            return
        first, surname = person(rng, partner.country)
        mail = login(world, first, surname, partner.domain)
        role = _role(partner, level)
        key = ref(world, "contact", number)
        languages = ("ru", "kk", "en") if partner.country == "KZ" else ("ru", "en")
        language = languages[number % len(languages)]
        world.people.append((mail, role, ZERO_LINK, key, partner.ref, language))
        yield Row(
            key,
            (
                partner.ref,
                f"{surname} {first}",
                _POSITIONS[partner.kind][level],
                role,
                mail,
                phone(rng, partner.country),
                language,
                partner.region,
            ),
        )


def users(world: World) -> Iterator[Row]:
    """Everybody who may sign in."""
    for mail, role, manager, contact, partner, language in world.people:
        yield Row(ref(world, "user", mail), (mail, role, manager, contact, partner, language, "true"))
