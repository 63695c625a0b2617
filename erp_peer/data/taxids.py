"""Tax numbers that pass the checks of their country, and rail station codes; all invented."""

from collections.abc import Sequence
from random import Random

_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_UNUSABLE = 10


def bin_check(digits: Sequence[int]) -> int | None:
    """Check digit of a Kazakh BIN over its first 11 digits; None when the number is unusable."""
    for weights in (range(1, 12), (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)):
        check = sum(d * w for d, w in zip(digits, weights, strict=True)) % 11
        if check != _UNUSABLE:
            return check
    return None


def kz_bin(rng: Random) -> str:
    """BIN: year, month, resident legal entity, head office, serial, check."""
    while True:
        stem = f"{rng.randrange(4, 26):02d}{rng.randrange(1, 13):02d}40{rng.randrange(100_000):05d}"
        check = bin_check([int(c) for c in stem])
        if check is not None:
            return f"{stem}{check}"


def cn_uscc(rng: Random) -> str:
    """Unified social credit code, 18 characters with its check character."""
    stem = "91" + f"{rng.randrange(620_000, 659_999)}" + "".join(rng.choice(_USCC) for _ in range(9))
    total = sum(_USCC.index(c) * w for c, w in zip(stem, _USCC_WEIGHTS, strict=True))
    return stem + _USCC[-total % 31]


def tax_id(country: str, rng: Random) -> tuple[str, str]:
    """Number and the name of its kind."""
    if country == "KZ":
        return kz_bin(rng), "БИН"
    if country == "CN":
        return cn_uscc(rng), "USCC"
    lengths = {"KG": (14, "ИНН"), "UZ": (9, "STIR"), "TJ": (9, "ИНН"), "MN": (7, "РД"), "TM": (12, "ИНН")}
    length, kind = lengths[country]
    return "".join(rng.choice("123456789") for _ in range(length)), kind


def kz_iban(rng: Random) -> str:
    """Account number of an invented bank (code 999) with its ISO 7064 check digits."""
    body = f"999KZT{rng.randrange(10**10):010d}"
    digits = "".join(str(int(c, 36)) for c in body + "KZ00")
    return f"KZ{98 - int(digits) % 97:02d}{body}"


def station_code(rng: Random) -> str:
    """Six digits: five and a check digit (weights 1..5, then 3..7 when the rest is 10)."""
    stem = f"{rng.randrange(66_000, 71_000)}"
    for shift in (1, 3):
        check = sum(int(d) * (place + shift) for place, d in enumerate(stem)) % 11
        if check != _UNUSABLE:
            return f"{stem}{check}"
    return f"{stem}0"
