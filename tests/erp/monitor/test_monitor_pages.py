"""An administrator steers the exchange: everything with a reason, from the version seen, in the audit trail."""

from typing import Final, cast
from uuid import UUID

import httpx
import msgspec
import pytest

from tests.orders.shop import ADMIN, BUYER, Shop
from tests.orders.site import Site, body_of, codes_of, texts
from tests.settings.desk import tag, told, trail

API: Final = "/api/v1/erp"
MESSAGE: Final = UUID(int=0x3E5)
CONFLICT: Final = UUID(int=0xC0F)
ALERT: Final = UUID(int=0xA1E)
WHY: Final = {"reason": "Склад пересчитан"}


async def give_up(shop: Shop) -> None:
    """A message the ERP did not take, with one kept attempt."""
    await shop.change(
        "INSERT INTO outbox (tenant_id, id, lane, aggregate, kind, body, stage, attempt, error_class, error_text,"
        " done_at) VALUES (1, $1, 'erp', 'order:00000000-0000-4000-8000-00000000dead', 'order.put',"
        " '{\"number\": \"P-7\", \"comment\": \"тихо\"}', 'dead', 11, 'schema', 'Поле не найдено', now())",
        MESSAGE,
    )
    await shop.change(
        "INSERT INTO erp_letters (tenant_id, id, intent_id, attempt, failure, request, response)"
        " VALUES (1, gen_random_uuid(), $1, 12, 'schema', '{\"Номер\": \"P-7\"}', 'HTTP 400 bad_field')",
        MESSAGE,
    )


async def stages(shop: Shop) -> list[tuple[object, ...]]:
    rows = await shop.look("SELECT stage, coalesce(error_class, '') FROM outbox WHERE lane = 'erp' ORDER BY seq")
    return [tuple(row) for row in rows]


async def test_a_message_is_shown_with_every_attempt_and_tried_again(site: Site) -> None:
    await give_up(site.shop)
    admin = await site.enter(ADMIN)
    page = texts(await admin.get(f"/erp/messages/{MESSAGE}"))
    assert "HTTP 400 bad_field" in page
    assert "P-7" in page
    done = await admin.post(f"/erp/messages/{MESSAGE}/retry", data=WHY)
    assert done.status_code == 303, texts(done)
    assert await stages(site.shop) == [("sent", "schema")]
    kept = told(await admin.get(f"{API}/messages/{MESSAGE}"))
    assert [one["deed"] for one in _list(kept, "deeds")] == ["retry"]
    assert len(_list(kept, "letters")) == 1, "what was before stays visible"
    [deed] = await trail(site.shop, "exchange.retry")
    assert deed == {"before": {"stage": "dead", "attempt": 12, "failure": "schema"}, "after": {"stage": "sent"}}


def _list(value: dict[str, object], name: str) -> list[dict[str, object]]:
    return msgspec.convert(value[name], list[dict[str, object]])


async def test_the_attempt_that_ended_a_message_is_one_of_its_attempts(site: Site) -> None:
    await give_up(site.shop)
    admin = await site.enter(ADMIN)
    assert told(await admin.get(f"{API}/messages/{MESSAGE}"))["attempts"] == 12
    [lane] = _list(told(await admin.get(API)), "lanes")
    assert (lane["stage"], lane["attempts"]) == ("dead", 12)


@pytest.mark.parametrize(
    ("failure", "said", "unsaid"),
    [
        ("bad_field", "1C did not take it: bad_field", "the one this message was made from"),
        ("conflict", "1C has another version than the one this message was made from", "What 1C answered"),
    ],
)
async def test_an_attempt_says_why_it_failed_in_words(site: Site, failure: str, said: str, unsaid: str) -> None:
    await give_up(site.shop)
    await site.shop.change("UPDATE erp_letters SET failure = $1", failure)
    admin = await site.enter(ADMIN)
    words = texts(await admin.get(f"/erp/messages/{MESSAGE}"))
    assert said in words
    assert unsaid not in words


async def test_a_new_version_has_an_id_of_its_own_and_the_same_body(site: Site) -> None:
    await give_up(site.shop)
    admin = await site.enter(ADMIN)
    answer = await admin.post(f"{API}/messages/{MESSAGE}/renew", json=WHY)
    assert answer.status_code == 200, answer.text
    assert await stages(site.shop) == [("done", "renewed"), ("new", "")]
    [row] = await site.shop.look("SELECT id::text AS id, body->>'comment' AS comment FROM outbox WHERE stage = 'new'")
    successor, comment = cast("tuple[str, str]", tuple(cast("list[object]", row)))
    assert (successor != str(MESSAGE), comment) == (True, "тихо")
    assert _list(body_of(answer), "deeds")[0]["successor_id"] == successor


async def test_a_skipped_message_is_never_sent(site: Site) -> None:
    await give_up(site.shop)
    admin = await site.enter(ADMIN)
    assert (await admin.post(f"{API}/messages/{MESSAGE}/skip", json=WHY)).status_code == 200
    assert await stages(site.shop) == [("done", "skipped")]
    again = await admin.post(f"{API}/messages/{MESSAGE}/retry", json=WHY)
    assert again.status_code == 412, "it was decided already"


@pytest.mark.parametrize("deed", ["retry", "renew", "skip"])
async def test_nothing_is_decided_without_a_reason(site: Site, deed: str) -> None:
    await give_up(site.shop)
    admin = await site.enter(ADMIN)
    answer = await admin.post(f"{API}/messages/{MESSAGE}/{deed}", json={"reason": "  "})
    assert (answer.status_code, codes_of(answer)) == (422, [("reason", "erp_reason_missing")])
    assert await stages(site.shop) == [("dead", "schema")]


async def test_a_pause_is_told_to_everybody_and_ends_from_the_version_seen(site: Site) -> None:
    admin, buyer = await site.enter(ADMIN), await site.enter(BUYER)
    done = await admin.put(f"{API}/channels/in", json={**WHY, "paused": True}, headers=tag(1))
    assert done.status_code == 200, done.text
    [row] = await site.shop.look("SELECT paused_at IS NOT NULL AS p, held_at IS NULL AS h FROM erp_freshness")
    assert (row["p"], row["h"]) == (True, True)
    assert "Склад пересчитан" in texts(await admin.get("/erp"))
    stale = await admin.put(f"{API}/channels/in", json={**WHY, "paused": False}, headers=tag(1))
    assert stale.status_code == 412
    back = await admin.put(f"{API}/channels/in", json={**WHY, "paused": False}, headers=tag(2))
    assert back.status_code == 200
    assert len(await trail(site.shop, "exchange.paused")) == 1
    assert len(await trail(site.shop, "exchange.resumed")) == 1
    assert (await buyer.get("/erp")).status_code == 403


async def conflict(shop: Shop) -> None:
    await give_up(shop)
    await shop.change(
        "INSERT INTO erp_conflicts (tenant_id, id, intent_id, kind, ref, name, base, ours, theirs, label) VALUES (1,"
        " $1, $2, 'order.put', $2, 'АЛ00-000001', '{\"Комментарий\": \"было\"}', '{\"Комментарий\": \"наше\"}',"
        " '{\"Комментарий\": \"их\"}', 'AAAB')",
        *(CONFLICT, MESSAGE),
    )


async def test_three_versions_stand_beside_each_other(site: Site) -> None:
    await conflict(site.shop)
    admin = await site.enter(ADMIN)
    page = texts(await admin.get(f"/erp/conflicts/{CONFLICT}"))
    assert "Комментарий" in page
    assert page.index("было") < page.index("наше") < page.index("их")


async def test_our_version_is_sent_over_the_one_that_was_seen(site: Site) -> None:
    await conflict(site.shop)
    admin = await site.enter(ADMIN)
    answer = await admin.post(f"{API}/conflicts/{CONFLICT}/choose", json={**WHY, "choice": "ours"}, headers=tag(1))
    assert answer.status_code == 200, answer.text
    [row] = await site.shop.look("SELECT body->>'erp_label' AS label FROM outbox WHERE stage = 'new'")
    assert row["label"] == "AAAB"
    again = await admin.post(f"{API}/conflicts/{CONFLICT}/choose", json={**WHY, "choice": "theirs"}, headers=tag(1))
    assert again.status_code == 412


async def test_their_version_stands_and_nothing_is_sent(site: Site) -> None:
    await conflict(site.shop)
    admin = await site.enter(ADMIN)
    done = await admin.post(f"/erp/conflicts/{CONFLICT}", data={**WHY, "choice": "theirs", "version": "1"})
    assert done.status_code == 303, texts(done)
    assert await stages(site.shop) == [("done", "skipped")]
    [row] = await site.shop.look("SELECT choice, settled_at FROM erp_conflicts")
    assert (row["choice"], row["settled_at"]) == ("theirs", None), "the worker hands the order over"


async def test_whoever_takes_an_alert_is_named(site: Site) -> None:
    await site.shop.change("INSERT INTO erp_alerts (tenant_id, id, kind) VALUES (1, $1, 'heartbeat')", ALERT)
    admin = await site.enter(ADMIN)
    assert (await admin.post(f"{API}/alerts/{ALERT}/seen", headers=tag(1))).status_code == 204
    assert ADMIN.name in texts(await admin.get("/erp"))
    assert (await admin.post(f"{API}/alerts/{ALERT}/seen", headers=tag(1))).status_code == 412


async def test_a_stream_is_loaded_anew_and_says_so(site: Site) -> None:
    await site.shop.change(
        "INSERT INTO erp_streams (tenant_id, node, stream, state, mapping) VALUES (1, 'portal', 'prices', 'live', 'x')"
    )
    admin = await site.enter(ADMIN)
    answer: httpx.Response = await admin.post(f"{API}/streams/prices/reload", json=WHY)
    assert answer.status_code == 202, answer.text
    [row] = await site.shop.look("SELECT state, mapping FROM erp_streams")
    assert tuple(row) == ("new", "")
    assert (await admin.post(f"{API}/streams/changes/reload", json=WHY)).status_code == 404


async def test_a_partial_request_gets_what_moves_and_no_frame(site: Site) -> None:
    admin = await site.enter(ADMIN)
    answer = await admin.get("/erp", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert 'id="exchange"' in answer.text
    assert "<html" not in answer.text
    assert "<svg" in answer.text


RUN: Final = UUID(int=0xC03)


async def compared(shop: Shop) -> None:
    """A comparison that found one healed and one open difference."""
    await shop.change(
        "INSERT INTO erp_reconciliations (tenant_id, id, depth, state, objects, found, healed, ended_at)"
        " VALUES (1, $1, 'labels', 'done', 900, 2, 1, now())",
        RUN,
    )
    for number, how in enumerate(("read_again", "")):
        await shop.change(
            "INSERT INTO erp_differences (tenant_id, id, run_id, stream, ref, name, kind, ours, theirs, since,"
            " healed_at, how) VALUES (1, $1, $2, 'partners', $1, '=cmd|x', 'label', 'a', 'b', now(),"
            " CASE WHEN $3::text <> '' THEN now() END, $3::text)",
            *(UUID(int=number + 1), RUN, how),
        )


async def test_a_report_says_what_where_since_when_and_healed_how(site: Site) -> None:
    await compared(site.shop)
    admin = await site.enter(ADMIN)
    page = texts(await admin.get(f"/erp/comparisons/{RUN}"))
    assert "Clients" in page
    assert "Read anew" in page
    listed = msgspec.convert(told(await admin.get(f"{API}/comparisons/{RUN}/differences"))["items"], list[object])
    assert len(listed) == 2


async def test_figures_of_a_report_are_named_and_the_rest_stays_as_it_is(site: Site) -> None:
    await compared(site.shop)
    await site.shop.change("UPDATE erp_differences SET ours = 'vat 7.5, 1.quantity 4, tax_code K, name price net'")
    admin = await site.enter(ADMIN)
    words = texts(await admin.get(f"/erp/comparisons/{RUN}"))
    assert "VAT 7.5, 1. quantity 4, tax_code K, name price net" in words


async def test_a_comparison_that_runs_says_that_it_is_not_over(site: Site) -> None:
    await compared(site.shop)
    await site.shop.change("UPDATE erp_reconciliations SET state = 'running', found = 0, healed = 0, ended_at = NULL")
    admin = await site.enter(ADMIN)
    assert "The comparison is still running" in texts(await admin.get(f"/erp/comparisons/{RUN}"))
    await site.shop.change("DELETE FROM erp_differences")
    assert "Both sides agree" not in texts(await admin.get(f"/erp/comparisons/{RUN}"))


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_the_report_is_a_file_too_and_nothing_in_it_is_a_formula(site: Site, form: str) -> None:
    await compared(site.shop)
    admin = await site.enter(ADMIN)
    answer = await admin.post(f"{API}/comparisons/{RUN}/export", json={"format": form})
    assert answer.status_code == 200, answer.text
    if form == "csv":
        assert "'=cmd|x" in answer.content.decode("utf-8-sig")
    else:
        assert answer.content.startswith(b"PK")
    assert len(await trail(site.shop, "exchange.differences_exported")) == 1


async def test_a_comparison_is_asked_for_once(site: Site) -> None:
    admin = await site.enter(ADMIN)
    assert (await admin.post(f"{API}/comparisons", json={"depth": "values"})).status_code == 202
    assert (await admin.post(f"{API}/comparisons", json={"depth": "labels"})).status_code == 409
    [row] = await site.shop.look("SELECT depth, state, asked_by FROM erp_reconciliations")
    assert tuple(cast("list[object]", row)) == ("values", "asked", ADMIN.user_id)


async def test_the_schedule_changes_from_the_version_seen(site: Site) -> None:
    admin = await site.enter(ADMIN)
    path, wish = f"{API}/comparisons/schedule", {"every_m": 30, "heal_most": 5}
    assert told(await admin.get(path))["every_m"] == 120
    assert told(await admin.put(path, json=wish, headers=tag(1)))["every_m"] == 30
    assert (await admin.put(path, json=wish, headers=tag(1))).status_code == 412
    assert (await admin.put(path, json={**wish, "every_m": 5}, headers=tag(2))).status_code in {400, 422}
    assert len(await trail(site.shop, "exchange.regulated")) == 1
