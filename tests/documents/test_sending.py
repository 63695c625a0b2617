"""A file that leaves for the ERP: only whoever sees what it hangs on sends it, and its message goes with it."""

from hashlib import sha256
from typing import Final
from uuid import UUID

import pytest

from app.access.actors import Actor
from app.documents.events import FilePut, OwnerKind
from app.documents.owners import Asking, Owners
from app.documents.services.shelf import Shelf
from app.documents.store import FileStore
from app.kernel.errors import NotFoundError
from app.kernel.ids import new_id
from app.orders.owners import OWNERS as OF_ORDERS
from app.partners.owners import OWNERS as OF_PARTNERS
from tests.orders.shop import BUYER, CONTRACT, FORWARDER, STRANGER, TENANT, Shop

SCAN: Final = b"%PDF-1.4 scan"


@pytest.fixture
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """A shelf with the scan on it."""
    store = FileStore(tmp_path_factory.mktemp("files"))
    store.put(TENANT, SCAN)
    return Shelf(store, Owners([*OF_ORDERS, *OF_PARTNERS]))


def scan(kind: OwnerKind = "contract", owner: UUID = CONTRACT) -> FilePut:
    """The scan, to be attached to something."""
    return FilePut(new_id(), kind, owner, "Акт.pdf", "application/pdf", len(SCAN), sha256(SCAN).hexdigest(), "")


async def send(shelf: Shelf, shop: Shop, actor: Actor, file: FilePut) -> None:
    """Send it as somebody."""
    async with shop.desk(actor) as desk:
        await shelf.send(Asking(desk.transaction, desk.policy, desk.actor), file)


async def test_the_file_and_its_message_leave_together(shop: Shop, shelf: Shelf) -> None:
    file = scan()
    await send(shelf, shop, BUYER, file)
    [row] = await shop.look("SELECT state, author_id FROM outgoing_files WHERE id = $1", file.id)
    assert (row["state"], row["author_id"]) == ("waiting", BUYER.user_id)
    [message] = await shop.look("SELECT kind FROM outbox WHERE lane = 'send'")
    assert message["kind"] == "file.put"


@pytest.mark.parametrize("actor", [STRANGER, FORWARDER], ids=["stranger", "forwarder"])
async def test_nothing_is_attached_to_what_one_does_not_see(shop: Shop, shelf: Shelf, actor: Actor) -> None:
    with pytest.raises(NotFoundError):
        await send(shelf, shop, actor, scan())
    assert await shop.look("SELECT FROM outgoing_files UNION ALL SELECT FROM outbox WHERE lane = 'send'") == []


@pytest.mark.parametrize("kind", ["contract", "claim", "invoice"])
async def test_nothing_is_attached_to_what_does_not_exist(shop: Shop, shelf: Shelf, kind: OwnerKind) -> None:
    with pytest.raises(NotFoundError):
        await send(shelf, shop, BUYER, scan(kind, UUID(int=77)))
