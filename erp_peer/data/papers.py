"""Contracts, agreements and the credit figures of contracts."""

from collections.abc import Iterator
from random import Random

from msgspec import Struct

from erp_peer.data.world import Agreement, Contract, Partner, Reserve, Row, World, fixed, ref, wire
from erp_peer.streams.spec import EMPTY_DATE, ZERO_LINK

_CURRENCIES = {
    "KZ": ("KZT",),
    "KG": ("KGS", "RUB", "USD"),
    "UZ": ("UZS", "USD"),
    "TJ": ("TJS", "USD"),
    "CN": ("CNY", "USD"),
    "MN": ("MNT", "USD"),
    "TM": ("USD",),
}
_REGIMES = {"KZ": "domestic", "KG": "eaeu"}
_DEMO_BUYERS = 4
# Rough KZT per unit, to make limits of one size in every currency.
_KZT = {"KZT": 1, "USD": 520, "RUB": 6.4, "CNY": 73, "KGS": 5.95, "UZS": 0.0433, "TJS": 56, "MNT": 0.145}


class _Terms(Struct, frozen=True):
    """What differs between contracts."""

    currency: str
    status: str = "Действует"
    starts: int = -400
    ends: int | None = 700
    limit: int = 0  # whole units of the currency; 0: not limited
    debt_share: float = 0.0
    overdue_share: float = 0.0
    pay_days: int = 30
    forbids_overdue: bool = False
    regime: str = "domestic"
    vat_country: str = "KZ"
    deleted: bool = False


def _demo_terms(number: int) -> _Terms:
    """Contracts 1-8: a generous one in KZT and a tight one in dollars for each demo buyer."""
    if number % 2 == 0:
        return _Terms("KZT", limit=450_000_000, debt_share=0.08 + number * 0.01, forbids_overdue=True)
    return _Terms("USD", limit=60_000, debt_share=0.72, pay_days=45, regime="export", vat_country="UZ")


def _terms(world: World, partner: Partner, number: int, rng: Random) -> _Terms:
    """Terms of an ordinary contract, with the usual share of closed, unsigned and overdue ones."""
    lists = {own.currency for own in world.price_lists if not own.has_vat}
    currency = next((c for c in _CURRENCIES[partner.country] if c in lists), "USD")
    regime = _REGIMES.get(partner.country, "export")
    # The first Tajik contract is supplied from a warehouse there, so its VAT is Tajik.
    if partner.country == "TJ" and number % 3 == 0:
        regime = "domestic"
    luck = number % 16
    limit = round(rng.choice((12_000_000, 30_000_000, 80_000_000, 200_000_000)) / _KZT[currency], -2)
    return _Terms(
        currency=currency,
        status={3: "НеСогласован", 7: "Закрыт"}.get(luck, "Действует"),
        starts=-rng.randrange(60, 900),
        ends=-20 if luck == 11 else None if luck == 10 else rng.randrange(60, 900),  # noqa: PLR2004
        limit=0 if luck == 13 else int(limit),  # noqa: PLR2004
        debt_share=rng.uniform(0.0, 0.7),
        overdue_share=rng.uniform(0.05, 0.4) if luck in {2, 9} else 0.0,
        pay_days=rng.choice((0, 10, 14, 30, 45, 60)),
        forbids_overdue=number % 3 != 0,
        regime=regime,
        vat_country=partner.country,
        deleted=luck == 15,  # noqa: PLR2004
    )


def _contract_owners(world: World) -> Iterator[tuple[Partner, bool]]:
    """Two contracts for each demo buyer, then one after another for the other buyers."""
    for partner in world.partners[:_DEMO_BUYERS]:
        yield partner, True
        yield partner, True
    rest = [p for p in world.partners[_DEMO_BUYERS:] if p.kind in {"distributor", "direct_buyer"}]
    while True:
        for partner in rest:
            yield partner, False


def contracts(world: World) -> Iterator[Row]:
    """Sales contracts."""
    rng = world.rng("contracts")
    for number, (partner, is_demo) in enumerate(_contract_owners(world)):
        if number >= world.profile.contracts:
            return
        terms = _demo_terms(number) if is_demo else _terms(world, partner, number, rng)
        key = ref(world, "contract", number + 1)
        is_over = terms.ends is not None and terms.ends < 0
        base = terms.limit or int(20_000_000 / _KZT[terms.currency])
        contract = Contract(
            ref=key,
            partner=partner,
            counterparty=partner.counterparties[0],
            currency=terms.currency,
            is_live=terms.status == "Действует" and not is_over and not terms.deleted,
            vat_country=terms.vat_country,
            vat_regime=terms.regime,
            limit=terms.limit * 100,
            debt=int(base * terms.debt_share * 100),
            overdue=int(base * terms.debt_share * terms.overdue_share * 100),
            overdue_days=3 + number % 40 if terms.overdue_share else 0,
            pay_days=terms.pay_days,
        )
        world.contracts.append(contract)
        yield _contract_row(world, contract, terms, number)


def _delivery(contract: Contract, number: int) -> tuple[str, str]:
    """Incoterm with its named place."""
    city = contract.partner.city
    if contract.vat_regime == "domestic":
        return (("EXW", "Шымкент"), ("FCA", "Шымкент"), ("CPT", city), ("DAP", city))[number % 4]
    return (("FCA", "ст. Шымкент"), ("CPT", city), ("DAP", city), ("CIP", city))[number % 4]


def _contract_row(world: World, contract: Contract, terms: _Terms, number: int) -> Row:
    start = world.day(terms.starts)
    title = f"{number + 101}/{start[2:4]}-{'П' if contract.partner.kind == 'distributor' else 'К'}"
    incoterm, place = _delivery(contract, number)
    return Row(
        contract.ref,
        (
            contract.partner.ref,
            contract.counterparty,
            contract.partner.manager,
            title,
            f"Договор поставки № {title} от {start}",
            world.day(terms.starts - 7),
            start,
            EMPTY_DATE if terms.ends is None else world.day(terms.ends),
            terms.status,
            terms.currency,
            incoterm,
            place,
            str(terms.pay_days),
            wire(terms.limit > 0),
            fixed(contract.limit, 2),
            wire(terms.forbids_overdue),
            contract.vat_country,
            contract.vat_regime,
            "0.50",
        ),
        deleted=terms.deleted,
    )


class _Deal(Struct, frozen=True):
    """What differs between agreements."""

    contract: int
    segment: int
    price_list: int
    warehouse: int
    discount: int  # hundredths of a percent
    title: str
    minimum: int = 0
    starts: int = -200
    ends: int | None = 400
    status: str = "Действует"
    bound_to_region: bool = False


def _demo_deals(world: World) -> Iterator[_Deal]:
    """Four agreements of each demo buyer: wide, industrial with bulk, export, and one that has ended."""
    dollars = next(n for n, own in enumerate(world.price_lists) if own.currency == "USD")
    for buyer, partner in enumerate(world.partners[:_DEMO_BUYERS]):
        first = buyer * 2
        own_list = 0 if partner.kind == "distributor" else 1
        wide = 0 if partner.kind == "distributor" else 1
        yield _Deal(first, wide, own_list, 0, 300, "Основное: фасованные и наливные масла")
        yield _Deal(first, 3, own_list, 1 - buyer % 2, 500, "Промышленная программа, налив и фасовка")
        yield _Deal(first + 1, 2, dollars, 0, 200, "Экспортная программа")
        yield _Deal(first, 4, own_list, 0, 700, "Весенняя акция, автомобильные масла", starts=-240, ends=-30)


def _deals(world: World) -> Iterator[_Deal]:
    """The demo buyers' agreements, then those of every contract in turn."""
    yield from _demo_deals(world)
    rng = world.rng("agreements")
    lists: dict[str, list[int]] = {}
    for number, own in enumerate(world.price_lists):
        if not own.has_vat:
            lists.setdefault(own.currency, []).append(number)
    others = list(range(_DEMO_BUYERS * 2, len(world.contracts)))
    number = 0
    while True:
        for contract in others:
            number += 1
            luck = number % 15
            currency = world.contracts[contract].currency
            yield _Deal(
                contract=contract,
                segment=rng.randrange(len(world.segments)),
                price_list=rng.choice(lists[currency]),
                warehouse=0 if rng.random() < 0.6 else rng.randrange(len(world.warehouses)),  # noqa: PLR2004
                discount=rng.choice((0, 0, 100, 200, 300, 500, 750)),
                title=rng.choice(("Типовое", "Индивидуальное", "Сезонное", "Проектное")),
                minimum=rng.choice((0, 0, 500_000, 2_000_000)),
                starts=30 if luck == 12 else -rng.randrange(20, 600),  # noqa: PLR2004
                ends=-15 if luck == 4 else None if luck == 6 else rng.randrange(15, 700),  # noqa: PLR2004
                status={2: "Закрыто", 9: "НеСогласовано"}.get(luck, "Действует"),
                bound_to_region=luck == 7,  # noqa: PLR2004
            )


def agreements(world: World) -> Iterator[Row]:
    """Agreements under the contracts."""
    for number, deal in enumerate(_deals(world), start=1):
        if number > world.profile.agreements:
            return
        contract = world.contracts[deal.contract]
        is_now = deal.starts <= 0 and (deal.ends is None or deal.ends >= 0)
        agreement = Agreement(
            ref=ref(world, "agreement", number),
            contract=contract,
            segment=deal.segment,
            price_list=deal.price_list,
            warehouse=deal.warehouse,
            discount=deal.discount,
            is_live=deal.status == "Действует" and is_now and contract.is_live,
        )
        world.agreements.append(agreement)
        minimum = int(deal.minimum / _KZT[contract.currency])
        yield Row(
            agreement.ref,
            (
                contract.partner.ref,
                contract.ref,
                f"С{number:06d}",
                f"{deal.title} № {number}",
                world.segments[deal.segment][0],
                world.price_lists[deal.price_list].ref,
                world.warehouses[deal.warehouse].ref,
                contract.partner.region if deal.bound_to_region else ZERO_LINK,
                fixed(deal.discount, 2),
                f"{minimum}.00",
                world.day(deal.starts),
                EMPTY_DATE if deal.ends is None else world.day(deal.ends),
                deal.status,
            ),
        )


def limits(world: World) -> Iterator[Row]:
    """One row per contract: the debt, and what open orders hold of the limit."""
    held: dict[str, list[Reserve]] = {}
    for reserve in world.reserves:
        held.setdefault(reserve.contract, []).append(reserve)
    for contract in world.contracts:
        own = held.get(contract.ref, [])
        yield Row(
            ref(world, "limit", contract.ref),
            (
                contract.ref,
                contract.partner.ref,
                contract.currency,
                fixed(contract.debt, 2),
                fixed(contract.overdue, 2),
                str(contract.overdue_days),
                fixed(sum(reserve.amount for reserve in own), 2),
            ),
        )
