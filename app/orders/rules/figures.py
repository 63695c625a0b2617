"""Numbers as params of a problem: exact, without trailing zeros; wording writes them as the reader does."""

from decimal import Decimal


def plain(value: Decimal) -> str:
    """Write a number with a point and no exponent: 12, 0.5, 1000."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
