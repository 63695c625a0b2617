"""Sales plans: partner x line x month, with the facts of past months."""

import datetime as dt
from collections.abc import Iterator

from erp_peer.data.world import Row, World, ref

_MONTHS = range(-7, 7)
_LINES_EACH = 4
_YEAR = 12


def _month(today: dt.date, shift: int) -> dt.date:
    number = today.year * _YEAR + today.month - 1 + shift
    return dt.date(number // _YEAR, number % _YEAR + 1, 1)


def rows(world: World) -> Iterator[Row]:
    """Four lines for each buyer, seven months back and six ahead."""
    rng = world.rng("plans")
    codes = list(world.lines)
    for partner in world.partners:
        if partner.kind not in {"distributor", "direct_buyer"}:
            continue
        for code in rng.sample(codes, _LINES_EACH):
            usual = rng.randrange(4, 120) * 500
            for shift in _MONTHS:
                month = _month(world.today, shift).isoformat()
                plan = usual * (100 + rng.randrange(-15, 25)) // 100
                fact = plan * rng.randrange(55, 125) // 100 if shift < 0 else 0
                if shift == 0:
                    fact = plan * world.today.day * rng.randrange(50, 140) // 4000
                yield Row(
                    ref(world, "plan", f"{partner.ref}/{code}/{month}"),
                    (partner.ref, world.lines[code], month, f"{plan}.000", f"{fact}.000"),
                )
