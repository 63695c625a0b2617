"""Files for people: what one may have is read piece by piece, and each piece only while it may be had."""

import asyncio
from typing import Final
from uuid import UUID

from msgspec import Struct

from app.access.actors import Actor
from app.access.downloads import CutOffError, Download
from app.documents import events
from app.documents.events import FilePut
from app.documents.owners import Asking, Owners
from app.documents.queries.reading import FileRow, add_outgoing, find_file
from app.documents.store import FileStore
from app.infra import outbox
from app.infra.db.transaction import Transaction
from app.kernel.errors import NotFoundError

_PIECE: Final = 256 * 1024


class Shelf(Struct, frozen=True):
    """Where files are kept, and who knows their owners."""

    store: FileStore
    owners: Owners

    async def find(self, asking: Asking, file_id: UUID) -> FileRow:
        """Find a file that has arrived.

        Raises:
            NotFoundError: there is none, it has not arrived, or it is not the actor's to see.
        """
        visible = await asking.policy.decision(asking.transaction, asking.actor, "document", "view")
        file = await find_file(asking.transaction, visible, file_id)
        if file is None or not await self.owners.may_see(asking, file.owner_kind, file.owner_id):
            raise NotFoundError
        return file

    async def open(self, asking: Asking, file_id: UUID) -> tuple[FileRow, Download]:
        """Find a file and the pieces of its content.

        Raises:
            NotFoundError: as for ``find``.
        """
        file = await self.find(asking, file_id)
        if not await asyncio.to_thread(self.store.has, asking.transaction.tenant_id, file.sha256, file.size):
            raise NotFoundError
        return file, Download("document:view", _Pieces(self, asking, file))

    async def send(self, asking: Asking, file: FilePut) -> None:
        """Send a file whose content is kept here to the ERP, which will attach it to its owner.

        Raises:
            NotFoundError: there is no such owner, or it is not the actor's to see.
        """
        visible = await asking.policy.decision(asking.transaction, asking.actor, "document", "view")
        if not await self.owners.may_see(asking, file.owner_kind, file.owner_id) or not await add_outgoing(
            asking.transaction, visible, file, asking.actor.user_id
        ):
            raise NotFoundError
        await outbox.enqueue(asking.transaction, "send", events.aggregate(file.id), events.FILE_PUT, file)


class _Pieces:
    """A content on its way to a person; the right to it is asked for anew before each piece."""

    def __init__(self, shelf: Shelf, asking: Asking, file: FileRow) -> None:
        self._shelf = shelf
        self._policy = asking.policy
        self._file = file
        self._place = 0

    async def next(self, transaction: Transaction, actor: Actor) -> bytes | None:
        asking = Asking(transaction, self._policy, actor)
        try:
            await self._shelf.find(asking, self._file.id)
        except NotFoundError:
            raise CutOffError from None
        sha256 = self._file.sha256
        piece = await asyncio.to_thread(self._shelf.store.read, transaction.tenant_id, sha256, self._place, _PIECE)
        self._place += len(piece)
        return piece or None
