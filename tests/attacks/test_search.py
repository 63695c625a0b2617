"""The search over everything finds products by any of their words, and nobody else's."""

from tests.access.browsers import Browser
from tests.attacks.field import Field
from tests.attacks.mirror import twin
from tests.orders.shop import BETA_ONLY, BLOCKED, DRUM, PAIL, UNPRICED

WORDS = ("AL-5W40-020", "al5w40020", "AL-5W4", "OLD-1", "old1", "Товар 1", "Тауар 1", "goods 1")


async def found(browser: Browser, text: str) -> str:
    answer = await browser.get("/search", params={"q": text})
    assert answer.status_code == 200, text
    return answer.text


async def test_a_product_is_found_by_its_name_in_any_language_its_code_and_its_former_code(field: Field) -> None:
    for text in WORDS:
        page = await found(field.browsers["buyer"], text)
        assert f'href="/catalog/{PAIL}"' in page, text
        assert f'href="/catalog/{DRUM}"' not in page, text
    assert "/catalog/" not in await found(field.browsers["buyer"], "АЛЬ-НЕТ")


async def test_nobody_finds_what_is_not_offered_to_them(field: Field) -> None:
    buyer, stranger = field.browsers["buyer"], field.browsers["stranger"]
    assert f"/catalog/{BETA_ONLY}" in await found(stranger, "AL-BETA")
    for text in ("AL-BETA", "OLD-5", "Товар 5", "AL-BLOCKED", "AL-FREE", "AL-"):
        page = await found(buyer, text)
        assert [one for one in (BETA_ONLY, BLOCKED, UNPRICED) if str(one) in page] == [], text
    assert f"/catalog/{PAIL}" not in await found(stranger, "AL-5W40-020")
    assert "/catalog/" not in await found(field.browsers["forwarder"], "AL-5W40-020")


async def test_another_tenant_s_goods_are_not_found(field: Field) -> None:
    for text in WORDS:
        mine, theirs = await found(field.browsers["buyer"], text), await found(field.abroad, text)
        assert f"/catalog/{twin(PAIL)}" in theirs, text
        assert f"/catalog/{PAIL}" not in theirs, text
        assert f"/catalog/{twin(PAIL)}" not in mine, text
