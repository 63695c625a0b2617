"""The matrix as people use it, with plain links and forms; and the same as scripts do."""

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from typing import Final, cast
from uuid import UUID

import httpx
import msgspec
import pytest
from litestar.types import ASGIApp

from app.access.actors import Actor
from app.orders.models import NOBODY
from tests.access.browsers import Browser, open_portal, settings_for
from tests.orders.shop import (
    ADMIN,
    ALPHA,
    BETA,
    BETA_CONTRACT,
    BUYER,
    COLLEAGUE,
    CONTRACT,
    HEAD,
    LINE_OF_GOODS,
    Shop,
    serve,
)
from tests.orders.steps import make_draft
from tests.rights.desks import SECOND_ADMIN, may
from tests.support.databases import fresh_database

LIMITS: Final = {"subject": "r:distributor_manager", "permission": "limit:view"}
_CELL: Final = re.compile(r'<a class="cell ([a-z ]+)" id="[^"]+" href="([^"]+)" aria-label="([^"]+)"')
_DRAFT: Final = re.compile(r'action="/access/drafts/([0-9a-f-]{36})/[a-z-]+"')
_VERSION: Final = re.compile(r'<input type="hidden" name="version" value="([0-9]+)">')


@pytest.fixture
async def opened(
    pg_server_url: str, shop_template: str, redis_url: str, tmp_path: Path
) -> AsyncIterator[tuple[Shop, ASGIApp]]:
    """The shop, and the portal on it."""
    with fresh_database(pg_server_url, shop_template) as database:
        async with open_portal(settings_for(database, redis_url, tmp_path)) as (portal, app):
            await portal.redis.flushdb()
            shop = serve(database)
            yield shop, app
            await shop.close()


async def enter(app: ASGIApp, actor: Actor) -> Browser:
    """Sign somebody in."""
    browser = Browser(app)
    assert (await browser.sign_in(actor.email)).status_code == 200
    return browser


def cells(answer: httpx.Response) -> dict[str, str]:
    """Every cell by its label, up to the colon; its classes."""
    return {str(found[3]).split(":")[0]: str(found[1]) for found in _CELL.finditer(answer.text)}


def carried(answer: httpx.Response) -> dict[str, str]:
    """The draft and the version that the forms of the page carry."""
    draft, version = _DRAFT.search(answer.text), _VERSION.search(answer.text)
    assert draft is not None
    assert version is not None
    return {"draft": draft[1], "version": version[1]}


def said(answer: httpx.Response) -> dict[str, object]:
    """Read a JSON answer."""
    assert answer.status_code < 300, answer.text
    return msgspec.json.decode(answer.content, type=dict[str, object])


async def test_a_cell_is_changed_previewed_published_and_taken_back(opened: tuple[Shop, ASGIApp]) -> None:
    shop, app = opened
    admin = await enter(app, ADMIN)
    before = await admin.get("/access")
    label = "See limits and debt, Manager of a distributor"
    assert cells(before)[label] == "no"
    changed = await admin.post("/access/cells", data={**LIMITS, "do": "own:org", "back": "/access"})
    assert (changed.status_code, changed.headers["location"]) == (303, "/access#cell")
    page = await admin.get("/access")
    assert cells(page)[label] == "own changed written"
    assert [name for name, classes in cells(page).items() if "changed" in classes] == [label]
    assert "<s>No</s>" in page.text
    assert "<b>Own · " in page.text
    draft = carried(page)
    counts = await admin.get(f"/access/drafts/{draft['draft']}/preview", headers={"HX-Request": "true"})
    assert "2 people gain" in counts.text
    assert "<html" not in counts.text
    people = await admin.get(f"/access/drafts/{draft['draft']}/preview/people?direction=gained&permission=limit:view")
    assert BUYER.name in people.text
    objects = await admin.get(
        f"/access/drafts/{draft['draft']}/preview/objects?direction=gained&permission=limit:view"
        f"&membership={BUYER.membership_id}"
    )
    assert "KZ-1 · Alpha" in objects.text
    assert not await may(shop, BUYER, "limit", "view", ALPHA)
    path = f"/access/drafts/{draft['draft']}/publish"
    done = await admin.post(path, data={"version": draft["version"], "reason": "Asked for"})
    assert done.status_code == 303
    assert await may(shop, BUYER, "limit", "view", ALPHA)
    assert "changed" not in cells(await admin.get("/access"))[label]
    history = await admin.get("/access/versions")
    assert "Asked for" in history.text
    assert "Manager of a distributor" in (await admin.get("/access/versions/2")).text
    back = await admin.post("/access/versions/1/revert")
    draft = carried(await admin.get(back.headers["location"]))
    await admin.post(f"/access/drafts/{draft['draft']}/publish", data={"version": draft["version"], "reason": "Back"})
    assert not await may(shop, BUYER, "limit", "view", ALPHA)


async def test_a_slice_and_an_exception_have_addresses_of_their_own(opened: tuple[Shop, ASGIApp]) -> None:
    _, app = opened
    admin = await enter(app, ADMIN)
    here = {"slice": "lin", "item": str(LINE_OF_GOODS)}
    await admin.post("/access/cells", data={"subject": "r:buyer", "permission": "offer:view", "do": "blocked", **here})
    narrowed = cells(await admin.get("/access?columns=groups&slice=lin&item=" + str(LINE_OF_GOODS)))
    assert narrowed["See the catalogue, Buyers"] == "blocked changed written"
    # Without the slice the line is one condition among others.
    assert cells(await admin.get("/access?columns=groups"))["See the catalogue, Buyers"] == "some changed written"
    found = await admin.get("/access?find=Person 2")
    assert f"subject=u%3A{COLLEAGUE.user_id}" in found.text
    one = await admin.get(f"/access?subject=u:{COLLEAGUE.user_id}&of=u:{COLLEAGUE.user_id}&cell=limit:view")
    assert len({label.split(", ")[-1] for label in cells(one)}) == 1
    assert "Nothing allows this." in one.text


async def test_a_condition_is_added_and_removed_by_plain_forms(opened: tuple[Shop, ASGIApp]) -> None:
    _, app = opened
    admin = await enter(app, ADMIN)
    add = {**LIMITS, "do": "add", "effect": "allow", "ctr": str(CONTRACT), "until": "2030-01-01"}
    assert (await admin.post("/access/cells", data=add)).status_code == 303
    page = await admin.get("/access?of=r:distributor_manager&cell=limit:view")
    assert "KZ-1 · Alpha" in page.text
    line = re.search(r'name="do" value="(line:[^"]+)"', page.text)
    assert line is not None
    again = await admin.post("/access/cells", data={**LIMITS, **carried(page), "do": line[1]})
    assert again.status_code == 303
    assert "changed" not in cells(await admin.get("/access"))["See limits and debt, Manager of a distributor"]


async def test_a_form_that_cannot_be_taken_comes_back_with_what_was_typed(opened: tuple[Shop, ASGIApp]) -> None:
    _, app = opened
    admin = await enter(app, ADMIN)
    dates = {"since": "2031-01-01", "until": "2030-01-01"}
    wrong = await admin.post("/access/cells", data={**LIMITS, "do": "add", "effect": "deny", "ctr": "@own", **dates})
    assert wrong.status_code == 422
    assert "<title>Error: " in wrong.text
    assert 'value="2031-01-01"' in wrong.text
    assert '<option value="deny" selected>' in wrong.text
    assert '<option value="@own" selected>' in wrong.text
    await admin.post("/access/cells", data={**LIMITS, "do": "own:org"})
    draft = carried(await admin.get("/access"))
    late = await admin.post(
        f"/access/drafts/{draft['draft']}/publish",
        data={"version": draft["version"], "reason": "As agreed", "on": "2020-01-01"},
    )
    assert late.status_code == 422
    assert ">As agreed</textarea>" in late.text.replace("\n", "")
    assert 'value="2020-01-01"' in late.text
    assert re.search(r'<a href="#([^"]+)">Choose a moment', late.text), "the summary leads to the day"


async def test_two_people_on_one_draft_are_shown_both_versions(opened: tuple[Shop, ASGIApp]) -> None:
    _, app = opened
    admin, other = await enter(app, ADMIN), await enter(app, SECOND_ADMIN)
    await admin.post("/access/cells", data={**LIMITS, "do": "own:org"})
    draft = carried(await admin.get("/access"))
    theirs = await other.post("/access/cells", data={**LIMITS, **draft, "do": "blocked"})
    assert theirs.status_code == 303
    mine = await admin.post("/access/cells", data={**LIMITS, **draft, "do": "own:ctr"})
    assert mine.status_code == 412
    assert "Somebody else changed this draft meanwhile" in mine.text
    assert "Blocked" in mine.text


async def test_a_cell_two_people_published_shows_both_and_is_settled(opened: tuple[Shop, ASGIApp]) -> None:
    _, app = opened
    admin, other = await enter(app, ADMIN), await enter(app, SECOND_ADMIN)
    for browser, do in ((admin, "own:org"), (other, "blocked")):
        await browser.post("/access/cells", data={**LIMITS, "do": do})
    drafts = [carried(await browser.get("/access")) for browser in (admin, other)]
    answers = [
        await browser.post(
            f"/access/drafts/{draft['draft']}/publish", data={"version": draft["version"], "reason": "x"}
        )
        for browser, draft in zip((other, admin), reversed(drafts), strict=True)
    ]
    assert [one.status_code for one in answers] == [303, 412]
    assert "Yours: Own" in answers[1].text
    assert "Now in force: Blocked" in answers[1].text
    settled = await admin.post(
        f"/access/drafts/{drafts[0]['draft']}/settle", data={"version": drafts[0]["version"], "keep": "mine"}
    )
    assert settled.status_code == 303
    now = carried(await admin.get("/access"))
    done = await admin.post(f"/access/drafts/{now['draft']}/publish", data={"version": now["version"], "reason": "x"})
    assert done.status_code == 303
    assert cells(await admin.get("/access"))["See limits and debt, Manager of a distributor"].startswith("own")


async def test_a_refusal_stands_beside_the_draft_and_nothing_moves(opened: tuple[Shop, ASGIApp]) -> None:
    _, app = opened
    admin = await enter(app, ADMIN)
    await admin.post("/access/cells", data={"subject": "r:admin", "permission": "access:edit", "do": "blocked"})
    draft = carried(await admin.get("/access"))
    refused = await admin.post(
        f"/access/drafts/{draft['draft']}/publish", data={"version": draft["version"], "reason": "x"}
    )
    assert refused.status_code == 422
    assert "Nobody would be left who can change rights" in refused.text


async def test_growth_across_regions_is_approved_by_another_person_in_the_browser(
    opened: tuple[Shop, ASGIApp],
) -> None:
    _, app = opened
    admin, other = await enter(app, ADMIN), await enter(app, SECOND_ADMIN)
    await admin.post("/access/cells", data={"subject": "r:manager_full", "permission": "plan:view", "do": "all"})
    draft = carried(page := await admin.get("/access"))
    assert "a second person must approve" in page.text
    await admin.post(f"/access/drafts/{draft['draft']}/publish", data={"version": draft["version"], "reason": "x"})
    waiting = await admin.get("/access")
    assert "Approve and publish" not in waiting.text
    theirs = await other.get(f"/access?draft={draft['draft']}")
    assert "Approve and publish" in theirs.text
    version = carried(theirs)["version"]
    done = await other.post(f"/access/drafts/{draft['draft']}/approve", data={"version": version})
    assert done.status_code == 303
    assert SECOND_ADMIN.name in (await other.get("/access/versions")).text


async def test_where_nobody_else_could_approve_the_page_says_so_and_leads_out(
    opened: tuple[Shop, ASGIApp],
) -> None:
    """An administrator alone is told who is missing, and the draft waits for them."""
    shop, app = opened
    admin = await enter(app, ADMIN)
    await admin.post("/access/cells", data={"subject": "r:manager_full", "permission": "plan:view", "do": "all"})
    draft = carried(await admin.get("/access"))
    page, outlook = f"/access?draft={draft['draft']}", f"/api/v1/access/drafts/{draft['draft']}/outlook"
    alone = "There is nobody yet who could approve."
    assert alone not in (await admin.get(page)).text
    assert said(await admin.get(outlook))["has_second"] is True
    await shop.change("UPDATE users SET disabled_at = now() WHERE id = $1", SECOND_ADMIN.user_id)
    told = (await admin.get(page)).text
    assert alone in told
    assert 'href="/users/invitations/new?role=admin"' in told
    assert (said(await admin.get(outlook))["needs_second"], said(await admin.get(outlook))["has_second"]) == (
        True,
        False,
    )
    form = (await admin.get("/users/invitations/new?role=admin")).text
    assert '<option value="admin" selected' in form
    # Sent all the same, it waits and still says whom it waits for.
    form_data = {"version": draft["version"], "reason": "x"}
    assert (await admin.post(f"/access/drafts/{draft['draft']}/publish", data=form_data)).status_code == 303
    assert alone in (await admin.get(page)).text
    await shop.change("UPDATE users SET disabled_at = NULL WHERE id = $1", SECOND_ADMIN.user_id)
    assert alone not in (await admin.get(page)).text


async def test_a_head_sees_the_own_people_and_nobody_else(opened: tuple[Shop, ASGIApp]) -> None:
    shop, app = opened
    head = await enter(app, HEAD)
    page = await head.get("/access")
    columns = {label.rsplit(", ", 1)[-1] for label in cells(page)}
    assert columns == {"Alpha", *(f"Person {number}" for number in (1, 2, 3, 4))}
    here = {"subject": f"m:{COLLEAGUE.membership_id}", "permission": "limit:view"}
    assert (await head.post("/access/cells", data={**here, "do": "own:org"})).status_code == 303
    draft = carried(await head.get("/access"))
    done = await head.post(
        f"/access/drafts/{draft['draft']}/publish", data={"version": draft["version"], "reason": "x"}
    )
    assert done.status_code == 303
    assert await may(shop, COLLEAGUE, "limit", "view", ALPHA)
    refused = await head.post("/access/cells", data={**here, "do": "all"})
    assert refused.status_code == 422
    assert "only what you may do yourself" in refused.text
    stranger = await head.get(f"/access?subject=o:{BETA}&of=o:{BETA}&cell=limit:view")
    assert str(BETA) not in "".join(label for label in cells(stranger))


async def test_a_head_is_not_told_which_other_clients_rules_name(opened: tuple[Shop, ASGIApp]) -> None:
    shop, app = opened
    await shop.change(
        "INSERT INTO access_rules (tenant_id, id, subject, resource, action, effect, org)"
        " VALUES (1, $1, 'r:buyer', 'plan', 'view', 'deny', $2)",
        *(UUID(int=0xABC), str(BETA)),
    )
    head = await enter(app, HEAD)
    rules = said(await head.get("/api/v1/access/rules?limit=200"))
    assert str(BETA) not in str(rules)
    assert str(BETA) not in (await head.get("/access?of=o:" + str(ALPHA) + "&cell=plan:view")).text
    assert (await head.get(f"/api/v1/access/rules/{UUID(int=0xABC)}")).status_code == 404
    assert (await (await enter(app, ADMIN)).get(f"/api/v1/access/rules/{UUID(int=0xABC)}")).status_code == 200


async def test_scripts_do_the_same(opened: tuple[Shop, ASGIApp]) -> None:
    shop, app = opened
    admin = await enter(app, ADMIN)
    begun = await admin.post("/api/v1/access/drafts", json={"title": "Autumn"})
    draft = f"/api/v1/access/drafts/{said(begun)['id']}"
    assert (await admin.put(f"{draft}/cells", json=LIMITS)).status_code == 428
    cell = {**LIMITS, "allows": [{"org": "@own"}]}
    first = await admin.put(f"{draft}/cells", json=cell, headers={"If-Match": begun.headers["etag"]})
    assert (said(first)["level"], said(first)["is_changed"]) == ("own", True)
    stale = await admin.put(f"{draft}/cells", json=cell, headers={"If-Match": begun.headers["etag"]})
    assert stale.status_code == 412
    column = said(await admin.get(f"{draft}/cells?subject=r:distributor_manager"))
    changed = [one for one in cast("list[dict[str, object]]", column["items"]) if one["is_changed"]]
    assert [one["permission"] for one in changed] == ["limit:view"]
    assert said(await admin.get(f"{draft}/changes"))["total"] == 1
    assert said(await admin.get(f"{draft}/outlook"))["needs_second"] is False
    preview = said(await admin.get(draft.replace("/drafts/", "/preview/")))
    assert preview["people_gaining"] == 2
    tag = (await admin.get(draft)).headers["etag"]
    done = said(await admin.post(f"{draft}/publish", json={"reason": "Asked for"}, headers={"If-Match": tag}))
    assert (done["state"], done["published"]) == ("published", 2)
    assert await may(shop, BUYER, "limit", "view", ALPHA)
    versions = said(await admin.get("/api/v1/access/versions"))
    assert [one["version"] for one in cast("list[dict[str, object]]", versions["items"])] == [2]
    before, after = [said(await admin.get(f"/api/v1/access/versions/{n}/rules"))["total"] for n in (1, 2)]
    assert cast("int", after) - cast("int", before) == 1
    undo = said(await admin.post("/api/v1/access/drafts/revert", json={"version": 1}))
    assert undo["changes"] == 1


async def test_one_user_is_checked_by_links_and_a_plain_form(opened: tuple[Shop, ASGIApp]) -> None:
    _, app = opened
    admin = await enter(app, ADMIN)
    found = await admin.get("/access/check?who=Person 1&permission=contract:view")
    here = f"/access/check?person={BUYER.membership_id}&amp;permission=contract%3Aview"
    assert here in found.text
    chosen = await admin.get(f"/access/check?person={BUYER.membership_id}&permission=contract:view&find=KZ-1")
    assert f"{here}&amp;item={CONTRACT}" in chosen.text
    told = await admin.get(f"/access/check?person={BUYER.membership_id}&permission=contract:view&item={CONTRACT}")
    for words in ("A rule allows it, and none forbids it.", "own organisation", "Buyers", "KZ-1 · Alpha"):
        assert words in told.text, words
    cell = "/access?columns=groups&amp;of=r%3Abuyer&amp;cell=contract%3Aview#cell"
    assert cell in told.text
    assert "See contracts" in (await admin.get("/access?columns=groups&of=r:buyer&cell=contract:view")).text


async def test_who_made_an_order_and_for_which_branch_is_told_by_name(opened: tuple[Shop, ASGIApp]) -> None:
    shop, app = opened
    admin = await enter(app, ADMIN)
    order = await make_draft(shop)
    path = f"/access/check?person={BUYER.membership_id}&permission=order:view&item={order}"
    region = (await shop.look("SELECT id, name_en FROM regions ORDER BY id LIMIT 1"))[0]
    await shop.change("UPDATE orders SET branch = $2 WHERE id = $1", order, str(cast("UUID", region["id"])))
    mine = await admin.get(path)
    assert f"<dt>Made by</dt><dd>{BUYER.name} " in mine.text
    assert f"<dt>Branch</dt><dd>{region['name_en']}</dd>" in mine.text
    await shop.change("UPDATE orders SET author_id = $2 WHERE id = $1", order, NOBODY)
    assert "<dt>Made by</dt><dd>1C:ERP</dd>" in (await admin.get(path)).text


async def test_what_would_grant_it_goes_into_a_draft_with_one_press(opened: tuple[Shop, ASGIApp]) -> None:
    _, app = opened
    admin = await enter(app, ADMIN)
    told = await admin.get(f"/access/check?person={BUYER.membership_id}&permission=contract:view&item={BETA_CONTRACT}")
    assert "Client organisation: only the person&#39;s own, and here it is Beta" in told.text
    form = re.search(r'<form method="post" action="/access/cells">(.*?)</form>', told.text, re.DOTALL)
    assert form is not None
    fields = {one[1]: unescape(one[2]) for one in re.finditer(r'name="([a-z]+)" value="([^"]*)"', form[1])}
    put = await admin.post("/access/cells", data=fields)
    assert put.status_code == 303
    page = await admin.get(put.headers["location"])
    assert cells(page)[f"See contracts, {BUYER.name}"] == "some changed written"


async def test_a_script_is_told_the_same(opened: tuple[Shop, ASGIApp]) -> None:
    _, app = opened
    admin, head = await enter(app, ADMIN), await enter(app, HEAD)
    path = f"/api/v1/access/explain?permission=contract:view&user={BUYER.membership_id}&object="
    told = said(await admin.get(path + str(BETA_CONTRACT)))
    (finding,) = cast("list[dict[str, object]]", told["findings"])
    (near,) = cast("list[dict[str, object]]", finding["nearest"])
    assert (told["allowed"], near["fails"]) == (False, [{"dimension": "org", "wanted": [str(ALPHA)]}])
    assert cast("list[dict[str, object]]", finding["remedies"])[0]["subject"] == f"m:{BUYER.membership_id}"
    assert said(await head.get(path + str(CONTRACT)))["allowed"] is True
    missing = "00000000-0000-0000-0000-00000000dead"
    answers = [await head.get(path + about) for about in (str(BETA_CONTRACT), missing)]
    assert [one.status_code for one in answers] == [404, 404]
    bodies = [one.text.replace(one.headers["x-request-id"], "") for one in answers]
    assert bodies[0] == bodies[1]
    assert (await admin.get("/api/v1/access/explain?permission=contract:view")).status_code == 422
    assert (await admin.get(path.replace("contract:view", "contract:sell") + missing)).status_code == 404
    assert (await (await enter(app, BUYER)).get(path + str(CONTRACT))).status_code == 403
