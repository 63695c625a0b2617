"""Who is let in, and what each infobase shows."""

import httpx
import msgspec

from tests.erp_peer.portal import ErrorAnswer, Portal

HTML = "text/html; charset=utf-8"


def test_only_the_right_ones_are_let_in(portal: Portal) -> None:
    url = f"{portal.url}/erp/hs/portal/v1/ping"
    user, tenant = ("Портал".encode(), b"karavan-erp"), {"X-Portal-Tenant": "alatau"}
    for auth in (None, (b"", b""), ("Портал".encode(), b"wrong"), ("Портал".encode("cp1251"), b"karavan-erp")):
        response = httpx.get(url, auth=auth, headers=tenant)
        assert (response.status_code, response.headers["content-type"]) == (401, HTML)
        assert response.headers["www-authenticate"].startswith("Basic ")
    for headers, address, status, code in (
        ({}, url, 400, "tenant_missing"),
        ({"X-Portal-Tenant": "hantengri"}, url, 403, "tenant_mismatch"),
        (tenant, url.replace("/erp/", "/erp9/"), 404, "unknown_infobase"),
    ):
        response = httpx.get(address, auth=user, headers=headers)
        assert (response.status_code, msgspec.json.decode(response.content, type=ErrorAnswer).error.code) == (
            status,
            code,
        )
    assert httpx.get(url, auth=user, headers=tenant | {"X-Request-Id": "abc"}).headers["x-request-id"] == "abc"
    for token in ({}, {"X-Control-Token": "wrong"}):
        assert httpx.get(f"{portal.url}/_control/state", headers=token).status_code == 404


def test_infobases_do_not_see_each_other(portal: Portal) -> None:
    with Portal(portal.url, "erp2") as other:
        assert {row["Ref_Key"] for row in portal.rows("partners")}.isdisjoint(
            row["Ref_Key"] for row in other.rows("partners")
        )
        logins = [row["Логин"] for p in (portal, other) for row in p.rows("users")]
        assert len(set(logins)) == len(logins)
        product = portal.rows("products")[0]["Ref_Key"]
        assert other.http.get(f"/objects/Catalog_Номенклатура/{product}").status_code == 404
