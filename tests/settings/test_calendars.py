"""Working calendars: as we ship them until somebody changes one; then deadlines follow the change."""

from datetime import UTC, date, datetime
from typing import Final, cast

from app.calendars.queries import read_calendar, read_home_calendar
from app.orders.services.drafts import usual_ship_date
from tests.orders.shop import ADMIN, BUYER
from tests.orders.site import Json, Site, codes_of, texts
from tests.settings.desk import API, tag, told, trail, version_of

HOURS: Final[Json] = {"zone": "Asia/Almaty", "opens": "09:00", "closes": "18:00"}
CALENDAR: Final[Json] = {**HOURS, "weekdays": [1, 2, 3, 4, 5], "days": []}
FORM: Final[Json] = {**HOURS, "weekdays": ["1", "2", "3", "4", "5"], "version": "0"}


async def test_every_country_begins_with_what_we_ship(site: Site) -> None:
    admin = await site.enter(ADMIN)
    every = told(await admin.get(f"{API}/calendars"))
    items = cast("list[dict[str, object]]", every["items"])
    assert [(one["country"], one["version"]) for one in items] == [
        (code, 0) for code in ("KZ", "KG", "TJ", "CN", "UZ", "MN", "TM")
    ]
    page = await admin.get("/settings/calendars/UZ")
    assert "as we ship it" in texts(page)
    assert 'value="01.09"' in page.text
    home = await admin.get("/settings/calendars")
    assert home.headers["location"] == "/settings/calendars/KZ"


async def test_a_changed_calendar_is_kept_whole_and_written_down(site: Site) -> None:
    admin = await site.enter(ADMIN)
    rows = {
        "days[0].date": "16.12", "days[0].kind": "off", "days[0].name_ru": "День Независимости",
        "days[1].date": "", "days[1].kind": "off", "days[1].name_ru": "",
        "days[2].date": "14.03.2026", "days[2].kind": "on", "days[2].name_ru": "Перенос",
    }  # fmt: skip
    done = await admin.post("/settings/calendars/KZ", data={**FORM, **rows, "weekdays": ["1", "2", "6"]})
    assert done.status_code == 303, texts(done)
    now = told(await admin.get(f"{API}/calendars/KZ"))
    assert (now["version"], now["weekdays"], now["pause_from"]) == (1, [1, 2, 6], None)
    days = cast("list[dict[str, object]]", now["days"])
    assert [(one["month"], one["day"], one["year"], one["is_working"]) for one in days] == [
        (12, 16, None, False),
        (3, 14, 2026, True),
    ]
    assert "changed by you" in texts(await admin.get("/settings/calendars/KZ"))
    (kept,) = await trail(site.shop, "calendar.changed")
    assert cast("dict[str, object]", kept["after"])["weekdays"] == [1, 2, 6]
    assert "2026-03-14 + Перенос" in cast("list[str]", cast("dict[str, object]", kept["after"])["days"])


async def test_two_administrators_do_not_overwrite_each_other(site: Site) -> None:
    admin = await site.enter(ADMIN)
    assert (await admin.put(f"{API}/calendars/KZ", json=CALENDAR, headers=tag(0))).status_code == 200
    late = await admin.post("/settings/calendars/KZ", data={**FORM, "weekdays": ["1"], "opens": "08:00"})
    assert late.status_code == 412
    words = texts(late)
    assert "Working days Mon, Tue, Wed, Thu, Fri Mon" in words
    assert "Work begins 09:00 08:00" in words
    assert 'value="08:00"' in late.text
    again = await admin.post(
        "/settings/calendars/KZ", data={**FORM, "weekdays": ["1"], "opens": "08:00", "version": version_of(late)}
    )
    assert again.status_code == 303
    stale = await admin.put(f"{API}/calendars/KZ", json=CALENDAR, headers=tag(1))
    assert (stale.status_code, stale.headers["etag"]) == (412, '"2"')


async def test_every_mistake_comes_back_at_once_in_its_row(site: Site) -> None:
    admin = await site.enter(ADMIN)
    rows = {
        "days[0].date": "", "days[0].kind": "off",
        "days[1].date": "31.04", "days[1].kind": "off", "days[1].name_ru": "Нет такого",
        "days[2].date": "когда-то", "days[2].kind": "off", "days[2].name_ru": "И такого",
    }  # fmt: skip
    wrong = {**FORM, **rows, "weekdays": [], "closes": "08:00"}
    answer = await admin.post("/settings/calendars/KZ", data=wrong)
    assert answer.status_code == 422
    for name in ("f-weekdays-error", "f-closes-error", "f-days-1-date-error", "f-days-2-date-error"):
        assert f'id="{name}"' in answer.text, name
    assert "когда-то" in answer.text
    unread = await admin.post("/settings/calendars/KZ", data={**wrong, "opens": "half past"})
    assert unread.status_code == 422
    assert "Write the time as 14:05." in texts(unread)
    assert "когда-то" in unread.text
    assert await site.shop.look("SELECT FROM calendars") == []


async def test_scripts_are_told_the_same(site: Site) -> None:
    admin = await site.enter(ADMIN)
    bad = {**CALENDAR, "pause_from": "13:00", "days": [{"month": 4, "day": 31, "name_ru": "x"}]}
    answer = await admin.put(f"{API}/calendars/KZ", json=bad, headers=tag(0))
    assert (answer.status_code, codes_of(answer)) == (
        422,
        [("pause_to", "pause_half"), ("days[0].date", "no_such_day")],
    )
    assert (await admin.get(f"{API}/calendars/FR")).status_code == 404
    assert (await admin.get("/settings/calendars/FR")).status_code == 404
    assert (await admin.put(f"{API}/calendars/FR", json=CALENDAR, headers=tag(0))).status_code == 404


async def test_the_day_a_draft_proposes_follows_the_calendar(site: Site) -> None:
    friday = datetime(2026, 3, 13, 6, tzinfo=UTC)
    async with site.shop.desk(BUYER, now=friday) as desk:
        assert await usual_ship_date(desk) == date(2026, 3, 18)
    admin = await site.enter(ADMIN)
    days = [
        {"month": 3, "day": 16, "year": 2026, "name_ru": "Перенос"},
        {"month": 3, "day": 14, "year": 2026, "name_ru": "Рабочая суббота", "is_working": True},
        {"month": 3, "day": 18, "name_ru": "День завода"},
    ]
    told(await admin.put(f"{API}/calendars/KZ", json={**CALENDAR, "days": days}, headers=tag(0)))
    async with site.shop.desk(BUYER, now=friday) as desk:
        assert await usual_ship_date(desk) == date(2026, 3, 19)


async def test_a_country_nobody_described_works_like_the_first_one(site: Site) -> None:
    async with site.shop.desk(BUYER) as desk:
        assert (await read_home_calendar(desk.transaction)).country == "KZ"
        assert (await read_calendar(desk.transaction, "FR")).country == "KZ"
