"""Files of contracts, invoices and claims for whoever may see what they hang on, as bytes no browser runs."""

from hashlib import sha256
from pathlib import Path
from typing import Final, cast
from uuid import UUID

import pytest

from app.documents.store import FileStore
from app.kernel.ids import new_id
from tests.orders.papers import write_papers
from tests.orders.shop import BUYER, COLLEAGUE, CONTRACT, HEAD, LOGISTICIAN, MANAGER, STRANGER, TENANT, Shop
from tests.orders.site import Site, body_of
from tests.orders.steps import submitted

SCAN: Final = b"%PDF-1.4 " + bytes(range(256)) * 2_000  # more than one piece
INVOICE: Final = "SELECT md5('invoice')::uuid"


async def attach(shop: Shop, folder: Path, kind: str, owner: UUID, *, name: str = "Счёт & акт.pdf", **row: str) -> UUID:
    """A file that has arrived."""
    file_id = new_id()
    digest = FileStore(folder / "files").put(TENANT, SCAN)
    await shop.change(
        """INSERT INTO attachments (tenant_id, id, owner_kind, owner_id, name, media_type, size, sha256, created_at,
               stored_at, src_version, src_label) VALUES (1, $1, $2, $3, $4, $5, $6, $7, now(), now(), 1, 'a')""",
        *(file_id, kind, owner, name, row.get("media_type", "application/pdf"), len(SCAN), digest),
    )
    return file_id


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The data folder of the site."""
    return tmp_path


async def test_a_file_comes_whole_and_is_only_to_be_saved(site: Site, folder: Path) -> None:
    file_id = await attach(site.shop, folder, "contract", CONTRACT)
    buyer = await site.enter(BUYER)
    answer = await buyer.get(f"/api/v1/files/{file_id}")
    assert answer.status_code == 200
    assert answer.content == SCAN
    assert answer.headers["etag"] == f'"{sha256(SCAN).hexdigest()}"'
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == (
        "attachment; filename*=UTF-8''%D0%A1%D1%87%D1%91%D1%82%20%26%20%D0%B0%D0%BA%D1%82.pdf"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/xhtml+xml"])
async def test_what_a_browser_might_run_has_no_kind(site: Site, folder: Path, kind: str) -> None:
    file_id = await attach(site.shop, folder, "contract", CONTRACT, media_type=kind)
    buyer = await site.enter(BUYER)
    answer = await buyer.get(f"/api/v1/files/{file_id}")
    assert answer.headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("a\r\nSet-Cookie: x=1", "a__Set-Cookie%3A%20x%3D1"),
        ('a"; filename=b.exe', "a%22%3B%20filename%3Db.exe"),
        ("../../a\\b", ".._.._a_b"),
        ("invoice\u202efdp.exe", "invoice_fdp.exe"),
    ],
    ids=["header", "parameter", "folder", "turned"],
)
async def test_a_name_neither_adds_a_header_nor_deceives(site: Site, folder: Path, name: str, saved: str) -> None:
    file_id = await attach(site.shop, folder, "contract", CONTRACT, name=name)
    buyer = await site.enter(BUYER)
    answer = await buyer.get(f"/api/v1/files/{file_id}")
    assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{saved}"
    assert "set-cookie" not in answer.headers


async def test_a_part_is_never_given_and_a_known_digest_opens_nothing(site: Site, folder: Path) -> None:
    file_id = await attach(site.shop, folder, "contract", CONTRACT)
    known = f'"{sha256(SCAN).hexdigest()}"'
    buyer, stranger = await site.enter(BUYER), await site.enter(STRANGER)
    for sent in ({"Range": "bytes=0-0,0-0,-1"}, {"Range": "bytes=5-", "If-Range": known}, {"Range": "nonsense"}):
        answer = await buyer.get(f"/api/v1/files/{file_id}", headers=sent)
        assert (answer.status_code, len(answer.content)) == (200, len(SCAN))
        assert "content-range" not in answer.headers
    answer = await stranger.get(f"/api/v1/files/{file_id}", headers={"If-None-Match": known})
    assert answer.status_code == 404
    assert "etag" not in answer.headers


async def test_hidden_missing_and_not_arrived_are_the_same(site: Site, folder: Path) -> None:
    hidden = await attach(site.shop, folder, "contract", CONTRACT)
    coming = await attach(site.shop, folder, "contract", CONTRACT)
    ended = await attach(site.shop, folder, "contract", CONTRACT)
    nobodys = await attach(site.shop, folder, "contract", new_id())
    await site.shop.change("UPDATE attachments SET stored_at = NULL WHERE id = $1", coming)
    await site.shop.change("UPDATE attachments SET deleted_at = now() WHERE id = $1", ended)
    stranger, buyer = await site.enter(STRANGER), await site.enter(BUYER)
    answers = [
        await browser.get(f"/api/v1/files/{file_id}")
        for browser, file_id in (
            *((stranger, hidden), (buyer, coming), (buyer, ended), (buyer, nobodys), (buyer, new_id())),
        )
    ]
    bodies = [{**body_of(one), "request_id": ""} for one in answers]
    assert [one.status_code for one in answers] == [404] * 5
    assert bodies == [bodies[0]] * 5


async def test_an_invoice_is_for_whoever_sees_its_order_and_the_price(site: Site, folder: Path) -> None:
    order_id = await submitted(site.shop)
    await write_papers(site.shop, order_id)
    invoice = cast("UUID", (await site.shop.look(INVOICE))[0][0])
    file_id = await attach(site.shop, folder, "invoice", invoice)
    seen: dict[str, int] = {}
    for actor in (BUYER, HEAD, MANAGER, COLLEAGUE, LOGISTICIAN, STRANGER):
        browser = await site.enter(actor)
        seen[actor.name] = (await browser.get(f"/api/v1/files/{file_id}")).status_code
    wanted = {BUYER.name: 200, HEAD.name: 200, MANAGER.name: 200}
    assert seen == wanted | {COLLEAGUE.name: 404, LOGISTICIAN.name: 404, STRANGER.name: 404}


async def test_a_claim_follows_its_order_or_else_its_contract(site: Site, folder: Path) -> None:
    order_id = await submitted(site.shop)
    files: list[UUID] = []
    for number, order in enumerate((order_id, None)):
        claim = new_id()
        await site.shop.change(
            """INSERT INTO claims (tenant_id, id, number, subject, filed_at, partner_id, contract_id, order_id, kind,
                   amount, currency, state, src_version, src_label)
               SELECT 1, $1, $2, 'Short', now(), partner_id, id, $3, 'quantity', 1, 'KZT', 'registered', 1, 'a'
               FROM contracts WHERE id = $4""",
            *(claim, f"C-{number}", order, CONTRACT),
        )
        files.append(await attach(site.shop, folder, "claim", claim))
    for actor, wanted in ((BUYER, [200, 200]), (COLLEAGUE, [404, 200]), (STRANGER, [404, 404])):
        browser = await site.enter(actor)
        assert [(await browser.get(f"/api/v1/files/{one}")).status_code for one in files] == wanted, actor.name


async def test_the_papers_of_an_order_lead_to_files_that_have_arrived(site: Site, folder: Path) -> None:
    order_id = await submitted(site.shop)
    await write_papers(site.shop, order_id)
    invoice = cast("UUID", (await site.shop.look(INVOICE))[0][0])
    file_id = await attach(site.shop, folder, "invoice", invoice)
    coming = await attach(site.shop, folder, "invoice", invoice, name="Later.pdf")
    await site.shop.change("UPDATE attachments SET stored_at = NULL WHERE id = $1", coming)
    buyer = await site.enter(BUYER)
    [told] = cast("list[dict[str, object]]", body_of(await buyer.get(f"/api/v1/orders/{order_id}/papers"))["invoices"])
    assert told["files"] == [{"id": str(file_id), "name": "Счёт & акт.pdf", "size": len(SCAN)}]
    page = await buyer.get(f"/orders/{order_id}")
    assert f'<a href="/api/v1/files/{file_id}" download>Счёт &amp; акт.pdf</a>' in page.text
    assert "Later.pdf" not in page.text


async def test_a_content_that_was_lost_is_not_there(site: Site, folder: Path) -> None:
    file_id = await attach(site.shop, folder, "contract", CONTRACT)
    FileStore(folder / "files").remove(TENANT, sha256(SCAN).hexdigest())
    buyer = await site.enter(BUYER)
    assert (await buyer.get(f"/api/v1/files/{file_id}")).status_code == 404
