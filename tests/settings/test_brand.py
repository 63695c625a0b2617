"""The brand: everybody sees it at once, two administrators do not overwrite each other, a bad file changes nothing."""

import base64
import re

import pytest

from app.kernel.colours import stylesheet
from tests.access.browsers import Browser
from tests.orders.shop import ADMIN, BUYER, TENANT
from tests.orders.site import Site, codes_of, texts
from tests.settings.desk import API, BRAND, tag, told, trail, version_of
from tests.settings.pictures import png

_STYLES = re.compile(r'<link rel="stylesheet" href="(/brand/[^"]+)">')
_LOGO = re.compile(r'<img class="logo" src="(/brand/[^"]+)" alt="">')
FORM = {"name_ru": "Алатау", "has_accent": "true", "accent": "#c8102e"}


async def test_a_new_brand_is_on_the_next_page_of_everybody_and_on_the_sign_in_page(site: Site) -> None:
    admin, buyer, street = await site.enter(ADMIN), await site.enter(BUYER), Browser(site.app)
    page = await admin.get("/settings/brand")
    assert not _STYLES.search(page.text)
    saved = await admin.post("/settings/brand", data={**FORM, "name_en": "Alatau Oils", "version": version_of(page)})
    assert (saved.status_code, saved.headers["location"]) == (303, "/settings/brand")
    for answer in (await buyer.get("/home"), await street.get("/en/alatau/sign-in"), await street.get("/en/alatau")):
        assert "Alatau Oils" in answer.text
        found = _STYLES.search(answer.text)
        assert found is not None
        styles = await street.get(found[1])
        assert styles.text == stylesheet("#c8102e")
        assert styles.headers["content-type"].startswith("text/css")
        assert styles.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "Алатау" in (await street.get("/kk/alatau")).text
    assert await trail(site.shop, "brand.changed") == [
        {
            "before": {"accent": "", "name_en": "", "name_ru": "Alatau"},
            "after": {"accent": "#c8102e", "name_en": "Alatau Oils", "name_ru": "Алатау"},
        }
    ]


async def test_a_pale_colour_is_shown_with_its_computation_and_looking_saves_nothing(site: Site) -> None:
    admin = await site.enter(ADMIN)
    page = await admin.get("/settings/brand")
    looked = await admin.post(
        "/settings/brand", data={**FORM, "accent": "#F2C200", "do": "check", "version": version_of(page)}
    )
    assert looked.status_code == 200
    words = texts(looked)
    assert "Not saved yet" in words
    assert "#f2c200 1.49 : 1 hard to read" in words
    assert "made darker" in words
    again = await admin.get("/settings/brand")
    assert version_of(again) == version_of(page)
    assert await trail(site.shop, "brand.changed") == []


async def test_without_a_colour_of_its_own_the_portals_stays(site: Site) -> None:
    admin = await site.enter(ADMIN)
    assert told(await admin.put(f"{API}/brand", json=BRAND, headers=tag(1)))["accent"] == "#c8102e"
    plain = await admin.post("/settings/brand", data={"name_ru": "Алатау", "accent": "#c8102e", "version": "2"})
    assert plain.status_code == 303
    assert not _STYLES.search((await admin.get("/home")).text)
    assert told(await admin.get(f"{API}/brand"))["styles_href"] == ""


async def test_who_saves_from_an_older_version_sees_both_and_decides(site: Site) -> None:
    admin = await site.enter(ADMIN)
    old = version_of(await admin.get("/settings/brand"))
    await admin.post("/settings/brand", data={**FORM, "name_ru": "Первый", "version": old})
    late = await admin.post("/settings/brand", data={**FORM, "name_ru": "Второй", "version": old})
    assert late.status_code == 412
    words = texts(late)
    assert "Two versions" in words
    assert "Name in Russian Первый Второй" in words
    assert 'value="Второй"' in late.text
    again = await admin.post("/settings/brand", data={**FORM, "name_ru": "Второй", "version": version_of(late)})
    assert again.status_code == 303
    assert told(await admin.get(f"{API}/brand"))["name_ru"] == "Второй"


async def test_scripts_name_the_version_they_change(site: Site) -> None:
    admin = await site.enter(ADMIN)
    assert (await admin.put(f"{API}/brand", json=BRAND)).status_code == 428
    stale = await admin.put(f"{API}/brand", json=BRAND, headers=tag(7))
    assert (stale.status_code, stale.headers["etag"]) == (412, '"1"')
    done = await admin.put(f"{API}/brand", json=BRAND, headers=tag(1))
    assert (done.status_code, done.headers["etag"]) == (200, '"2"')


async def test_every_problem_comes_back_at_once_and_nothing_typed_is_lost(site: Site) -> None:
    admin = await site.enter(ADMIN)
    wrong = {"name_ru": "", "name_en": "x" * 81, "tagline_kk": "бір жол", "has_accent": "true", "accent": "red"}
    answer = await admin.post("/settings/brand", data={**wrong, "version": "1"})
    assert answer.status_code == 422
    for field in ("name_ru", "name_en", "accent"):
        assert f'id="f-{field}-error"' in answer.text, field
    assert "бір жол" in answer.text
    assert "x" * 81 in answer.text
    assert "<title>Error: " in answer.text


async def test_a_logo_is_written_anew_and_served_to_anybody_for_ever(site: Site) -> None:
    admin, street = await site.enter(ADMIN), Browser(site.app)
    version = version_of(await admin.get("/settings/brand"))
    hidden = b"<script>alert(1)</script>"
    sent = await admin.post(
        "/settings/brand/logo", data={"version": version}, files={"png": ("logo.png", png() + hidden, "image/png")}
    )
    assert sent.status_code == 303, sent.text
    found = _LOGO.search((await street.get("/en/alatau/sign-in")).text)
    assert found is not None
    logo = await street.get(found[1])
    assert (logo.status_code, logo.headers["content-type"]) == (200, "image/png")
    assert logo.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in logo.headers["cache-control"]
    assert hidden not in logo.content
    assert [one["after"] for one in await trail(site.shop, "logo.changed")] == [{"logo": found[1].split("/")[3]}]
    gone = await admin.post(
        "/settings/brand/logo/remove", data={"version": version_of(await admin.get("/settings/brand"))}
    )
    assert gone.status_code == 303
    assert not _LOGO.search((await street.get("/en/alatau/sign-in")).text)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "Choose a file first."),
        (b"<svg onload='x()'/>", "Save the logo as PNG."),
        (png(20, 20), "The picture is 20 by 20 pixels."),
        (png()[:-9], "The picture is damaged."),
        (png() + b"\x00" * 600_000, "The file is larger than 512 KB."),
    ],
)
async def test_a_file_that_is_no_logo_is_refused_in_words_and_changes_nothing(
    site: Site, body: bytes, words: str
) -> None:
    admin = await site.enter(ADMIN)
    answer = await admin.post(
        "/settings/brand/logo", data={"version": "1"}, files={"png": ("logo.png", body, "image/png")}
    )
    assert answer.status_code == 422
    assert words in texts(answer)
    assert told(await admin.get(f"{API}/brand"))["version"] == 1


async def test_scripts_send_a_logo_as_text_and_take_it_away_with_nothing(site: Site) -> None:
    admin = await site.enter(ADMIN)
    body = {"png": base64.b64encode(png()).decode()}
    done = told(await admin.put(f"{API}/brand/logo", json=body, headers=tag(1)))
    assert str(done["logo_href"]).startswith("/brand/alatau/")
    bad = await admin.put(f"{API}/brand/logo", json={"png": "no base64!"}, headers=tag(2))
    assert (bad.status_code, codes_of(bad)) == (400, [("png", "text_malformed")])
    assert told(await admin.put(f"{API}/brand/logo", json={"png": ""}, headers=tag(2)))["logo_href"] == ""


@pytest.mark.parametrize(
    "path",
    [
        "/brand/alatau/0000000000000000/brand.css",
        "/brand/alatau/0000000000000000/logo.png",
        "/brand/nobody/0000000000000000/brand.css",
        "/brand/alatau/0000000000000000/other.txt",
    ],
)
async def test_an_address_nobody_gave_out_is_nothing(site: Site, path: str) -> None:
    assert (await Browser(site.app).get(path)).status_code == 404


async def test_only_the_administrator_settles_anything(site: Site) -> None:
    buyer = await site.enter(BUYER)
    assert (await buyer.get("/settings")).status_code == 403
    assert (await buyer.put(f"{API}/brand", json=BRAND, headers=tag(1))).status_code == 403
    rows = await site.shop.look("SELECT brand_version FROM tenants WHERE id = $1", TENANT)
    assert [row["brand_version"] for row in rows] == [1]
