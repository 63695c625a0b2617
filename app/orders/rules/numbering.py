"""Numbers of orders that tell nobody how many there are.

A client who sees P-2026-000123 in March and P-2026-000245 in April knows how much all the others ordered. So the
growing counter of a tenant and year is not shown: what is shown is its place in a shuffling of all numbers of seven
digits, which looks random to whoever has not its key. It is a shuffling, so no two counters give one number, and
nothing has to be looked up or tried again.

The shuffling is a Feistel network over 24 bits; a result with more than seven digits goes through it once more, until
it fits (cycle walking), which keeps it one-to-one.
"""

from hashlib import blake2b
from typing import Final

DIGITS: Final = 7
SIZE: Final = 10**DIGITS
_HALF: Final = 1 << 12  # 24 bits hold every number of seven digits, and little more
_ROUNDS: Final = 8


def shuffle(counter: int, key: bytes) -> int:
    """Give the number from 0 to ``SIZE`` - 1 that stands for a counter in the same range.

    Raises:
        ValueError: the counter has run out of the range; no tenant has ten million orders a year.
    """
    if not 0 <= counter < SIZE:
        message = f"{counter} is beyond {DIGITS} digits"
        raise ValueError(message)
    number = _encipher(counter, key)
    while number >= SIZE:
        number = _encipher(number, key)
    return number


def order_number(prefix: str, year: int, counter: int, key: bytes) -> str:
    """Write the number of an order, e.g. ``P-2026-4829131``."""
    return f"{prefix}-{year}-{shuffle(counter, key):0{DIGITS}}"


def _encipher(value: int, key: bytes) -> int:
    left, right = divmod(value, _HALF)
    for turn in range(_ROUNDS):
        left, right = right, left ^ _mix(turn, right, key)
    return left * _HALF + right


def _mix(turn: int, half: int, key: bytes) -> int:
    digest = blake2b(turn.to_bytes(1, "big") + half.to_bytes(2, "big"), digest_size=2, key=key).digest()
    return int.from_bytes(digest, "big") % _HALF
