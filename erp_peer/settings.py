"""What the program was started with."""

import datetime as dt

from msgspec import Struct

from erp_peer.data.figures import MANUFACTURERS, PROFILES
from erp_peer.data.load import Plan
from erp_peer.store.wire import LabelStyle


class Settings(Struct, frozen=True):
    """One running stand-in."""

    dsn: str
    host: str
    port: int
    profile: str
    seed: int
    user: str
    password: str
    control_token: str
    label_style: LabelStyle
    hint_url: str
    hint_secret: str
    simulate: bool
    speed: float
    rate: float
    realistic: bool
    sessions: int
    session_wait_s: float
    skip_us_per_row: float


def plans(profile: str, seed: int, today: dt.date) -> list[Plan]:
    """One infobase per demo tenant; the second manufacturer is always the small one."""
    first, *others = MANUFACTURERS
    small = min(PROFILES.values(), key=lambda p: p.products)
    return [
        Plan(first.ib, profile, seed, today),
        *(Plan(other.ib, small.name, seed + place, today) for place, other in enumerate(others, start=1)),
    ]
