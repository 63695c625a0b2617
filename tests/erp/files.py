"""One tenant's files between the portal and the stand-in, as tests carry them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from app.documents.events import FILE_PUT, FilePut, aggregate
from app.documents.queries.wanting import want_missing
from app.documents.store import FileStore
from app.erp.channel import Channel
from app.erp.files import FileCarrier
from app.erp.loading import Side
from app.erp.mappings.service import FILES
from app.erp.porter import Lane, Porter, ways_of
from app.infra import outbox
from app.infra.db.transaction import open_tenant_transaction
from app.kernel.ids import new_id
from tests.erp.staged import arrive, ref


class Hall:
    """Where files of one tenant are carried; nothing is carried by itself."""

    def __init__(self, side: Side, channel: Channel, folder: Path) -> None:
        self.side = side
        self.folder = folder
        self.store = FileStore(folder)
        fetching, sending = ways_of(FileCarrier(side, channel, self.store))
        self._porters: dict[Lane, Porter] = {
            "fetch": Porter(side, channel, fetching, "porter"),
            "send": Porter(side, channel, sending, "porter"),
        }

    async def step(self, lane: Lane) -> bool:
        """Carry once."""
        return await self._porters[lane].step()

    async def drain(self, lane: Lane) -> None:
        """Carry until nothing is left that may go now."""
        while await self.step(lane):
            pass

    async def hurry(self) -> None:
        """Let whatever waits for later go now, as if the wait were over and leases had run out."""
        async with open_tenant_transaction(self.side.engine, self.side.tenant_id) as transaction:
            await transaction.driver.execute(
                "UPDATE outbox SET not_before = now(), locked_until = NULL WHERE lane IN ('fetch', 'send')"
            )

    async def persist(self, lane: Lane, rounds: int = 40) -> None:
        """Carry and try again until nothing waits any more."""
        for _round in range(rounds):
            await self.drain(lane)
            if not await self.waiting(lane):
                return
            await asyncio.sleep(0.06)  # the breaker of these tests looks again every 50 ms
            await self.hurry()
        message = f"{lane}: still waiting after {rounds} rounds"
        raise AssertionError(message)

    async def waiting(self, lane: Lane) -> int:
        """Count what has not arrived and was not given up."""
        async with open_tenant_transaction(self.side.engine, self.side.tenant_id) as transaction:
            found = await transaction.driver.fetchval(
                "SELECT count(*) FROM outbox WHERE tenant_id = $1 AND lane = $2 AND stage IN ('new', 'sent')",
                *(self.side.tenant_id, lane),
            )
        return int(str(found))

    async def forget_wishes(self) -> None:
        """Leave only what a test asks for itself."""
        async with open_tenant_transaction(self.side.engine, self.side.tenant_id) as transaction:
            await transaction.driver.execute("UPDATE attachments SET stored_at = now() WHERE stored_at IS NULL")
            await transaction.driver.execute("DELETE FROM outbox WHERE lane IN ('fetch', 'send')")

    async def want(self, file_id: UUID, sha256: str, size: int, owner: UUID | None = None) -> None:
        """Let the register of files say that there is one."""
        row = {
            "Ref_Key": str(file_id),
            "ВладелецФайла_Type": "Catalog_ДоговорыКонтрагентов",
            "ВладелецФайла_Key": str(owner or ref("owner")),
            "Description": "Скан.pdf",
            "ТипСодержимого": "application/pdf",
            "Размер": str(size),
            "ХешСумма": sha256,
            "DataVersion": sha256[:12],
        }
        async with open_tenant_transaction(self.side.engine, self.side.tenant_id) as transaction:
            highest = await transaction.driver.fetchval("SELECT coalesce(max(src_version), 0) FROM attachments")
        await arrive(self.side, FILES, (int(str(highest)) >> 20) + 1, row)

    async def want_again(self) -> int:
        """Ask for whatever is missing."""
        async with open_tenant_transaction(self.side.engine, self.side.tenant_id) as transaction:
            return await want_missing(transaction)

    async def give(self, content: bytes, owner: UUID, *, after: str = "", media_type: str = "application/pdf") -> UUID:
        """Send a file as a room of the portal would."""
        file_id = new_id()
        sha256 = self.store.put(self.side.tenant_id, content)
        file = FilePut(file_id, "contract", owner, "Акт & фото.pdf", media_type, len(content), sha256, after)
        async with open_tenant_transaction(self.side.engine, self.side.tenant_id) as transaction:
            await transaction.driver.execute(
                """INSERT INTO outgoing_files (tenant_id, id, owner_kind, owner_id, name, media_type, size, sha256,
                       author_id) VALUES ($1, $2, 'contract', $3, $4, $5, $6, $7, gen_random_uuid())""",
                *(self.side.tenant_id, file_id, owner, file.name, media_type, len(content), sha256),
            )
            await outbox.enqueue(transaction, "send", aggregate(file_id), FILE_PUT, file)
        return file_id


@asynccontextmanager
async def empty_hall(side: Side, channel: Channel, folder: Path) -> AsyncIterator[Hall]:
    """A hall in which nothing waits."""
    hall = Hall(side, channel, folder)
    await hall.forget_wishes()
    yield hall
