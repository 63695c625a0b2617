"""Contents of attached files between us and 1C:ERP, in both directions, exactly once in effect.

Intents wait in lanes of their own. What has arrived of a file stays in its draft whatever happens, and what the ERP has
of one it says itself, so neither direction begins anew after a crash or a cut. A content is told of only after its
digest was compared here, or there.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Struct

from app.documents.events import FileGet, FilePut
from app.documents.queries.leaving import note_refused, note_sent, owner_waits
from app.documents.queries.wanting import is_wanted, note_arrived, share_store
from app.documents.store import Draft, DraftTakenError, FileStore
from app.erp.channel import Channel
from app.erp.loading import Side
from app.erp.outcomes import plain
from app.erp.ports import ErpPort
from app.erp.wire.failures import ErpError, SchemaError, TransientError
from app.erp.wire.files import Parcel
from app.erp.wire.steps import LeaseLostError
from app.infra.db.transaction import Transaction, open_tenant_transaction
from app.infra.outbox_claims import Claimed, finish, mark_step
from app.infra.waypoints import pass_by

MOST_BYTES: Final = 25 * 1024 * 1024
_PIECE: Final = 256 * 1024
_ONE_CALL_S: Final = 30.0  # of reading; what came by then stays, and the next call goes on
_RENEW_S: Final = 4.0
_SETS: Final[Mapping[str, str]] = {
    "contract": "Catalog_ДоговорыКонтрагентов",
    "claim": "Catalog_Претензии",
    "invoice": "Document_СчетНаОплатуКлиенту",
}


class Trip(Struct):
    """One intent under way; ``brought``: bytes moved, so that a cut line does not count against the file."""

    claimed: Claimed
    brought: int = 0
    renewed: float = 0.0


class FileCarrier:
    """What both directions of one tenant's files need."""

    def __init__(self, side: Side, channel: Channel, store: FileStore) -> None:
        """Carry files between a store and an ERP."""
        self._side = side
        self._channel = channel
        self._store = store

    async def fetch(self, trip: Trip) -> None:
        """Bring a content here.

        Raises:
            ErpError: it did not come, or not whole; SchemaError: it never will.
        """
        file = msgspec.json.decode(trip.claimed.body, type=FileGet)
        async with open_tenant_transaction(self._side.engine, self._side.tenant_id, read_only=True) as transaction:
            if not await is_wanted(transaction, file.id, file.sha256, file.size):
                file = None
        if file is not None:
            pass_by("file.fetching")
            if not 0 < file.size <= MOST_BYTES:
                message = f"a file of {file.size} bytes is not taken"
                raise SchemaError(message)
            if not await asyncio.to_thread(self._store.has, self._side.tenant_id, file.sha256, file.size):
                await self._bring(trip, file)
        async with open_tenant_transaction(self._side.engine, self._side.tenant_id) as transaction:
            if not await finish(transaction, trip.claimed):
                return
            if file is not None:
                await self._note_arrived(transaction, file)
            pass_by("file.recording")
        pass_by("file.recorded")

    async def _note_arrived(self, transaction: Transaction, file: FileGet) -> None:
        await share_store(transaction)
        if not await asyncio.to_thread(self._store.has, self._side.tenant_id, file.sha256, file.size):
            message = "the content was taken away meanwhile"
            raise TransientError(message)
        await note_arrived(transaction, file.id, file.sha256)

    async def _bring(self, trip: Trip, file: FileGet) -> None:
        try:
            with self._store.draft(self._side.tenant_id, file.id, file.sha256) as draft:
                if draft.size > file.size:
                    draft.restart()
                while draft.size < file.size:
                    await self._channel.call(lambda port: self._read_on(port, trip, file, draft))
                pass_by("file.whole")
                if not await asyncio.to_thread(self._store.keep, self._side.tenant_id, draft, file.sha256):
                    message = "what came has another digest than the one promised"
                    raise DigestError(message)
                pass_by("file.kept")
        except DraftTakenError as error:
            message = "somebody else is writing this file"
            raise TransientError(message) from error

    async def _read_on(self, port: ErpPort, trip: Trip, file: FileGet, draft: Draft) -> None:
        try:
            async with (
                asyncio.timeout(_ONE_CALL_S),
                port.content(file.id, draft.size, file.sha256) as content,
            ):
                if content.first != draft.size:
                    draft.restart()
                async for chunk in content.chunks:
                    await asyncio.to_thread(draft.append, chunk[: file.size - draft.size])
                    trip.brought += len(chunk)
                    pass_by("file.arriving")
                    await self._renew(trip)
        except TimeoutError as error:
            message = "the content comes too slowly"
            raise TransientError(message) from error
        if draft.size < file.size:
            message = f"only {draft.size} of {file.size} bytes came"
            raise TransientError(message)

    async def send(self, trip: Trip) -> None:
        """Bring a content to the ERP.

        Raises:
            ErpError: it did not get there; SchemaError: the ERP will not have it.
        """
        file = msgspec.json.decode(trip.claimed.body, type=FilePut)
        await self._insist_on_owner(file)
        owner = f"{_SETS[file.owner_kind]}/{file.owner_id}"
        parcel = Parcel(file.id, owner, file.name, file.media_type, file.size, file.sha256)
        progress = await self._channel.call(lambda port: port.put_content(parcel, None, b""))
        while not progress.complete:
            first = progress.received
            piece = await self._read_piece(parcel, first)
            pass_by("file.sending")
            progress = await self._channel.call(lambda port, at=first, it=piece: port.put_content(parcel, at, it))
            pass_by("file.answered")
            if not progress.complete and progress.received <= first:
                message = f"the ERP stays at {first} of {file.size} bytes"
                raise TransientError(message)
            trip.brought += len(piece)
            await self._renew(trip)
        async with open_tenant_transaction(self._side.engine, self._side.tenant_id) as transaction:
            if await finish(transaction, trip.claimed):
                await note_sent(transaction, file.id)
            pass_by("file.recording")
        pass_by("file.recorded")

    async def _insist_on_owner(self, file: FilePut) -> None:
        async with open_tenant_transaction(self._side.engine, self._side.tenant_id, read_only=True) as transaction:
            if await owner_waits(transaction, file.after):
                message = "what the file hangs on has not left yet"
                raise OwnerWaitsError(message)

    async def _read_piece(self, parcel: Parcel, first: int) -> bytes:
        try:
            piece = await asyncio.to_thread(self._store.read, self._side.tenant_id, parcel.sha256, first, _PIECE)
        except FileNotFoundError:
            piece = b""
        if not piece:
            message = f"the content {parcel.sha256} is not here"
            raise SchemaError(message)
        return piece

    async def _renew(self, trip: Trip) -> None:
        now = time.monotonic()
        if now - trip.renewed < _RENEW_S:
            return
        trip.renewed = now
        async with open_tenant_transaction(self._side.engine, self._side.tenant_id) as transaction:
            if not await mark_step(transaction, trip.claimed, trip.claimed.step):
                message = f"{trip.claimed.id}: the lease was lost on the way"
                raise LeaseLostError(message)


class DigestError(TransientError):
    """All bytes came and are not the ones promised: nothing of them counts."""


class OwnerWaitsError(TransientError):
    """What a file hangs on is still on its way; says nothing about the file."""


async def note_buried(transaction: Transaction, claimed: Claimed, error: ErpError) -> None:
    """Tell whoever sent a file that it was given up."""
    if claimed.kind == "file.put":
        file = msgspec.json.decode(claimed.body, type=FilePut)
        await note_refused(transaction, file.id, plain(str(error), 300))
