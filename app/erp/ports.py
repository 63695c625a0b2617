"""What the exchange needs of an ERP, whichever of its two surfaces answers (ERP-EXCHANGE, decision 2).

Loading, feed and sender know this alone. Surface H (``wire.client``) and plain OData (``wire.odata``) satisfy it; what
one of them cannot give it says in words instead of giving nothing.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Literal, Protocol
from uuid import UUID

from app.erp.mappings.spec import StreamMap
from app.erp.wire.files import Content, Parcel, Progress
from app.erp.wire.messages import Batch, Command, Found, Free, Mark, Ping, Refusal, Results, Snapshot, Stale
from app.erp.wire.steps import Steps

Surface = Literal["h", "o"]
Place = tuple[UUID, UUID]  # product, warehouse
Labels = Mapping[str, Mapping[UUID, str]]  # set -> reference -> label


class ErpPort(Protocol):
    """One tenant's ERP. Every call gives a decoded answer or raises an ``ErpError``; nothing here is retried."""

    @property
    def surface(self) -> Surface:
        """Which surface this is."""
        ...

    @property
    def node(self) -> str:
        """The name under which our place in its changes is kept."""
        ...

    @property
    def commands_at_once(self) -> int:
        """How many intents go into one call."""
        ...

    @property
    def sweep_every_s(self) -> float | None:
        """How often all labels must be compared because changes may be told in part; None: never."""
        ...

    @property
    def states_every_s(self) -> float | None:
        """How often open orders must be asked how they stand; None: that is told with them."""
        ...

    def mapping_of(self, stream: StreamMap) -> str:
        """Fingerprint of everything a row of this stream goes through on its way."""
        ...

    def poll_s(self, stream: str, /) -> float | None:
        """How old a stream may become before it is read whole again; None: its changes are told."""
        ...

    def resume(self, mark: Mark) -> None:
        """Take up where an earlier process stopped; called before anything is read."""
        ...

    async def refusals(self) -> Mapping[str, Refusal]:
        """Streams that cannot be read here, each with its reason."""
        ...

    async def ping(self) -> Ping:
        """Ask whether the ERP is there."""
        ...

    async def changes(self, *, limit: int, wait_s: int) -> Batch:
        """Wait up to ``wait_s`` for what changed; what is not acknowledged comes again."""
        ...

    async def states(self, known: Mapping[UUID, str], /) -> Batch:
        """Ask how at most ``STATES_AT_ONCE`` orders stand; those that stand otherwise than known come as entries."""
        ...

    def hurry(self) -> None:
        """Do not wait any longer than must be: something is said to have changed."""
        ...

    async def acknowledge(self, batch: int) -> None:
        """Say that a batch is safely ours; saying it again is harmless."""
        ...

    async def command(self, commands: Sequence[Command], read_s: float, steps: Steps, /) -> Results:
        """Carry out intents, each in a transaction of its own."""
        ...

    async def find_order(self, ref: UUID) -> Found | None:
        """Read an order by its reference; None if the ERP has none."""
        ...

    def snapshot(self, stream: str, cursor: str) -> AbstractAsyncContextManager[Snapshot]:
        """Open a full load in COPY text, after the row ``cursor`` if it is not empty."""
        ...

    def labels(self, stream: StreamMap) -> AsyncIterator[tuple[str, str]]:
        """Read reference and label of every object of a stream."""
        ...

    async def stale(self, labels: Labels) -> Stale:
        """Ask which of these labels are no longer true."""
        ...

    async def available(self, places: Sequence[Place]) -> Sequence[Free]:
        """Ask what is free right now, and which orders are inside the figure."""
        ...

    def content(self, file_id: UUID, first: int, sha256: str, /) -> AbstractAsyncContextManager[Content]:
        """Open exactly this content of an attached file, from a byte on or from the beginning."""
        ...

    async def put_content(self, parcel: Parcel, first: int | None, piece: bytes, /) -> Progress:
        """Hand over bytes of a new file from ``first`` on; without ``first`` ask how far it is."""
        ...
