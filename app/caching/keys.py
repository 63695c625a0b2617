"""Names of what is kept. Nobody writes one: tenant, scope and shape of the value are bound before a page asks.

    {t7}:<shape>:<family>:<scope>:<id>       a value
    {t7}:f:<realm>:<tag>[:<object>]          a floor
    {t7}:beat:<realm>                        the exchange is alive

The braces keep what belongs together on one node. ``realm`` names the database and the run of Redis: after a restore
of the one and a restart of the other everything begins anew, whatever was lost.
Scope and id are hashes: what anybody typed never becomes part of a name, and no two questions share one.
"""

import re
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

_ENCODER: Final = msgspec.msgpack.Encoder()
_ADDRESS: Final = re.compile(" at 0x[0-9a-f]+")  # of a function that makes a default: another one in each process
_HASH: Final = 16
_FENCE: Final = 8


class Name(Struct, frozen=True):
    """A key, and what its value must say of itself."""

    key: str
    fence: bytes


class Fence(Struct, frozen=True):
    """The bounds of one tenant in one database."""

    tenant_id: int
    realm: str

    def name(self, family: str, shape: str, scope: Sequence[object], parts: Sequence[object]) -> Name:
        """Name a value. ``scope`` says what the reader may see and in which words, ``parts`` which object it is."""
        seen, asked = _digest(scope), _digest(parts)
        key = f"{{t{self.tenant_id}}}:{shape}{self.realm}:{family}:{seen}:{asked}"
        return Name(key, blake2b(key.encode(), digest_size=_FENCE, person=b"karavan.fence").digest())

    def floor(self, tag: str, one: UUID | None = None) -> str:
        """Name the floor of a collection, or of one object in it."""
        name = f"{{t{self.tenant_id}}}:f:{self.realm}:{tag}"
        return name if one is None else f"{name}:{one.hex}"

    @property
    def beat(self) -> str:
        """Name the sign of life of the exchange."""
        return f"{{t{self.tenant_id}}}:beat:{self.realm}"


def shape_of(kind: object) -> str:
    """Name the shape of a type: a value written by another release of it is never found."""
    told = _ADDRESS.sub("", repr(msgspec.inspect.type_info(kind)))
    return blake2b(told.encode(), digest_size=4).hexdigest()


def _digest(parts: Sequence[object]) -> str:
    # Packed with their lengths and types: ("a", "bc") and ("ab", "c") are two questions.
    return blake2b(_ENCODER.encode(parts), digest_size=_HASH).hexdigest()
