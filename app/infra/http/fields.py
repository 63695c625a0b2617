"""Kinds of fields for input structs; the decoder enforces what the annotation says.

``extra`` of a text may say ``multiline``; of a Decimal: ``scale``, ``minimum`` and ``maximum``.
"""

from decimal import Decimal
from typing import Annotated

from msgspec import Meta

Line = Annotated[str, Meta(max_length=200)]
Code = Annotated[str, Meta(max_length=64)]
Note = Annotated[str, Meta(max_length=2000, extra={"multiline": True})]
LongText = Annotated[str, Meta(max_length=20_000, extra={"multiline": True})]
Quantity = Annotated[
    Decimal,
    Meta(
        description="Decimal string, more than zero, at most 3 decimals",
        extra={"scale": 3, "minimum": "0.001", "maximum": "999999999999"},
    ),
]
Amount = Annotated[
    Decimal,
    Meta(
        description="Decimal string, zero or more, at most 2 decimals",
        extra={"scale": 2, "minimum": "0", "maximum": "9999999999999999"},
    ),
]
