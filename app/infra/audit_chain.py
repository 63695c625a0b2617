"""Looking the sealed trail over: every row and block is hashed anew and compared, and the first fault is named."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final, cast

import asyncpg
from msgspec import Struct

from app.infra.audit_copy import Line
from app.infra.audit_seals import LINE, Seal, block_head, read_seal
from app.infra.db.transaction import Row

_SEALS: Final = "SELECT * FROM audit_seals WHERE tenant_id = $1 ORDER BY n"
_ROWS: Final = f"""
    SELECT r.stamp, {LINE} AS line FROM audit_records r WHERE r.tenant_id = $1 ORDER BY r.stamp, r.id
"""  # noqa: S608 - constants
_AT_ONCE: Final = 2_000


class Fault(Struct, frozen=True):
    """The first block that is not what it was, and what is wrong with it."""

    block: int
    words: str


class Verdict(Struct, frozen=True):
    """What a look at one tenant's trail found."""

    blocks: int
    rows: int  # sealed
    unsealed: int
    fault: Fault | None = None
    copied_from: int = 0  # the first block the file outside the database knows; 0: none


async def look_over(connection: asyncpg.Connection, tenant_id: int, copied: Sequence[Line]) -> Verdict:
    """Look one tenant's trail over. ``copied`` is read before the database is, which only grows meanwhile.

    The connection must be inside a transaction of one snapshot whose context is the tenant.
    """
    rows = await connection.fetch(_SEALS, tenant_id)
    seals = [read_seal(cast("Row", row)) for row in rows]
    walk = _Walk(tenant_id, seals)
    async for row in connection.cursor(_ROWS, tenant_id, prefetch=_AT_ONCE):
        walk.take(cast("int", row["stamp"]), cast("str", row["line"]))
    walk.finish()
    fault = min(
        (one for one in (walk.fault, compare(seals, copied)) if one is not None),
        key=lambda one: one.block,
        default=None,
    )
    return Verdict(len(seals), walk.rows - walk.left, walk.left, fault, copied[0].n if copied else 0)


def compare(seals: Sequence[Seal], copied: Sequence[Line]) -> Fault | None:
    """Find the first block that the file knows otherwise."""
    known = {one.n: one.hash for one in seals}
    for line in copied:
        if line.n not in known:
            return Fault(line.n, "is in the copy outside the database, and no longer in the database")
        if known[line.n] != line.hash:
            return Fault(line.n, "differs from its copy outside the database")
    return None


class _Walk:
    """Goes through rows in sealed order, block by block; stops judging at the first fault."""

    def __init__(self, tenant_id: int, seals: Sequence[Seal]) -> None:
        self.fault: Fault | None = None
        self.rows = 0
        self.left = 0  # behind the last block
        self._tenant_id = tenant_id
        self._seals = seals
        self._place = 0
        self._seen = 0  # rows of the present block
        self._hash = sha256()
        self._begin()

    def take(self, stamp: int, line: str) -> None:
        self.rows += 1
        while self._place < len(self._seals) and stamp >= self._seals[self._place].upto:
            self._close()
        if self._place == len(self._seals):
            self.left += 1
            return
        self._seen += 1
        self._hash.update(b"\n")
        self._hash.update(line.encode())

    def finish(self) -> None:
        while self._place < len(self._seals):
            self._close()

    def _close(self) -> None:
        seal = self._seals[self._place]
        if self.fault is None and (words := self._judge(seal)):
            self.fault = Fault(self._expected if seal.n != self._expected else seal.n, words)
        self._place += 1
        self._begin()

    def _judge(self, seal: Seal) -> str:
        if seal.n != self._expected:
            return "is missing"
        if self._seen != seal.rows:
            return f"was sealed with {seal.rows} rows and has {self._seen}"
        return "" if self._hash.digest() == seal.hash else "is not what was sealed: a row or the block was changed"

    @property
    def _expected(self) -> int:
        return self._place + 1

    def _begin(self) -> None:
        self._seen = 0
        if self._place < len(self._seals):
            before = self._seals[self._place - 1] if self._place else None
            head = block_head(
                self._tenant_id,
                self._seals[self._place],
                0 if before is None else before.upto,
                b"" if before is None else before.hash,
            )
            self._hash = sha256(head)
