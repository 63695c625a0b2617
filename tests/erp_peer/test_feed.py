"""Change batches: bounded, given again until acknowledged, nothing lost."""

import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from tests.erp_peer.portal import ErrorAnswer, Portal
from tests.erp_peer.shop import Shop

PARTNERS = "Catalog_Партнеры"


def touch(portal: Portal, ref: str) -> str:
    """Write a partner without changing it; returns the new label."""
    return portal.edit(edit="touch", set=PARTNERS, ref=ref).touched[0]["label"]


def test_a_batch_is_given_again_until_it_is_acknowledged(portal: Portal, node: str) -> None:
    refs = [row["Ref_Key"] for row in portal.rows("partners")[:5]]
    for ref in refs:
        touch(portal, ref)
    first = portal.changes(node, limit=3)
    assert [entry.ref for entry in first.entries] == refs[:3]
    assert [entry.idx for entry in first.entries] == [1, 2, 3]
    assert first.more
    again = portal.changes(node, limit=500)
    assert (again.batch, [e.ref for e in again.entries]) == (first.batch, refs[:3])
    assert first.batch is not None
    assert portal.ack(node, first.batch)
    second = portal.changes(node)
    assert [entry.ref for entry in second.entries] == refs[3:]
    assert not second.more
    assert second.batch is not None
    assert second.batch > first.batch


def test_an_object_written_after_the_cut_comes_again(portal: Portal, node: str) -> None:
    ref = portal.rows("partners")[0]["Ref_Key"]
    label = touch(portal, ref)
    batch = portal.changes(node)
    assert [(e.ref, e.label) for e in batch.entries] == [(ref, label)]
    fresh = touch(portal, ref)
    repeated = portal.changes(node)
    # Same place, fresher contents: whoever skips the repeat gets the write with the next batch.
    assert [(e.idx, e.ref, e.label) for e in repeated.entries] == [(1, ref, fresh)]
    assert repeated.batch == batch.batch
    assert repeated.as_of_batch > batch.as_of_batch
    assert repeated.more
    assert repeated.batch is not None
    portal.ack(node, repeated.batch)
    assert [(e.ref, e.label) for e in portal.drain(node)] == [(ref, fresh)]


def test_several_writes_of_one_object_are_one_entry(portal: Portal, node: str) -> None:
    ref = portal.rows("partners")[0]["Ref_Key"]
    labels = [touch(portal, ref) for _ in range(3)]
    assert len(set(labels)) == 3
    assert [(e.ref, e.label) for e in portal.drain(node)] == [(ref, labels[-1])]


def test_acknowledging_is_idempotent_and_never_ahead(portal: Portal, node: str) -> None:
    touch(portal, portal.rows("partners")[0]["Ref_Key"])
    batch = portal.changes(node).batch
    assert batch is not None
    ahead = portal.post("/changes/ack", {"node": node, "batch": batch + 1}, ErrorAnswer, 409)
    assert ahead.error.code == "future_batch"
    assert portal.changes(node).batch == batch
    assert portal.ack(node, batch)
    assert not portal.ack(node, batch)
    assert not portal.ack(node, batch - 1)
    unknown = portal.post("/changes/ack", {"node": uuid4().hex, "batch": 1}, ErrorAnswer, 409)
    assert unknown.error.code == "future_batch"


def test_nodes_do_not_take_from_each_other(portal: Portal, node: str) -> None:
    other = f"o{uuid4().hex[:8]}"
    portal.changes(other)
    ref = portal.rows("partners")[0]["Ref_Key"]
    touch(portal, ref)
    assert [e.ref for e in portal.drain(node)] == [ref]
    assert [e.ref for e in portal.drain(other)] == [ref]
    assert portal.drain(node) == []


def test_a_waiting_call_returns_soon_after_the_write(portal: Portal, node: str) -> None:
    ref = portal.rows("partners")[0]["Ref_Key"]
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(portal.changes, node, 500, 30)
        time.sleep(0.5)
        assert not waiting.done()
        began = time.monotonic()
        touch(portal, ref)
        assert [e.ref for e in waiting.result(10).entries] == [ref]
        assert time.monotonic() - began < 5


def test_an_empty_wait_ends_with_nothing_to_acknowledge(portal: Portal, node: str) -> None:
    began = time.monotonic()
    batch = portal.changes(node, wait=0.5)
    assert (batch.batch, batch.entries, batch.more) == (None, [], False)
    assert 0.4 < time.monotonic() - began < 10


def test_two_calls_of_one_node_get_the_same_batch(portal: Portal, node: str) -> None:
    for row in portal.rows("partners")[:10]:
        touch(portal, row["Ref_Key"])
    with ThreadPoolExecutor(6) as pool:
        batches = [job.result() for job in [pool.submit(portal.changes, node, 4) for _ in range(6)]]
    assert {batch.batch for batch in batches} == {batches[0].batch}
    assert len({tuple(e.ref for e in batch.entries) for batch in batches}) == 1
    assert len(batches[0].entries) == 4


def test_an_order_is_in_a_figure_exactly_when_its_posting_is_not_newer(shop: Shop, node: str) -> None:
    portal, item = shop.portal, shop.items[0]
    before = portal.available(item["Ref_Key"], shop.warehouse["Ref_Key"])
    done = portal.run(shop.order(shop.line(item)))[0]
    after = portal.available(item["Ref_Key"], shop.warehouse["Ref_Key"])
    assert before.as_of_batch < done.posted_batch <= after.as_of_batch
    assert done.ref not in before.items[0].orders
    assert done.ref in after.items[0].orders
    batch = portal.changes(node)
    assert done.posted_batch <= batch.as_of_batch
    assert {e.set for e in batch.entries} == {
        "AccumulationRegister_ЗапасыИПотребности",
        "AccumulationRegister_РасчетыСКлиентамиПоСрокам",
        "Document_ЗаказКлиента",
    }


def test_a_snapshot_tells_the_clock_that_divides_it_from_later_batches(portal: Portal, node: str) -> None:
    ref = portal.rows("partners")[0]["Ref_Key"]
    label = touch(portal, ref)
    cut = portal.changes(node)
    response = portal.http.get("/snapshot/partners")
    snapshot = int(response.headers["X-Snapshot-Batch"])
    assert cut.batch is not None
    assert cut.batch <= snapshot
    assert label in response.text
    touch(portal, ref)
    portal.ack(node, cut.batch)
    later = portal.changes(node).batch
    assert later is not None
    assert later > snapshot
