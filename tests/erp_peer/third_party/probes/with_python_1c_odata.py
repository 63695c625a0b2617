"""python-1c-odata (aiohttp): every reading and writing call, in each of its three formats."""

import asyncio
import sys
from typing import Any

from python_1c_odata import AccumulationRegister, Catalog, Document, F, Infobase, InformationRegister, PostingMode, guid

ROOT = sys.argv[1]
MODE = PostingMode.POST
MISSING = "00000000-0000-0000-0000-000000000000"


def rows(found: Any) -> list[Any]:
    """Rows of an answer, whichever shape the client gives it."""
    return found["value"] if isinstance(found, dict) else getattr(found, "value", found)


async def refused(call: Any, text: str) -> None:
    """The client has an exception for it, which names the status or the code."""
    try:
        await call
    except Exception as error:
        assert text in repr(error) + str(error), repr(error)
    else:
        raise AssertionError(text)


async def reading(base: Infobase) -> str:
    goods = Catalog(base, "Номенклатура")
    page = await goods.query(
        top=3,
        select=["Ref_Key", "Description", "DataVersion"],
        odata_filter=F("DeletionMark") == False,  # noqa: E712 - so its filters are written
        inlinecount=True,
    )
    assert len(page.value) == 3
    assert int(page.count) > 3
    rows = [row async for row in goods.iterate(page_size=50)]
    assert len(rows) == await goods.count() >= int(page.count)
    item = await goods.get(page.value[0]["Ref_Key"])
    assert item["Description"] == page.value[0]["Description"]
    await refused(goods.get(MISSING), "404")
    shown = await goods.query(top=1, select="*", presentations=True)
    assert any(name.endswith("____Presentation") for name in shown.value[0])
    return page.value[0]["Ref_Key"]


async def registers(base: Infobase, item: str) -> None:
    prices = InformationRegister(base, "ЦеныНоменклатуры")
    found = await prices.slice_last(period="2030-01-01T00:00:00", condition=F("Номенклатура_Key") == guid(item))
    assert rows(found)
    balances = await AccumulationRegister(base, "ЗапасыИПотребности").balance()
    assert len(rows(balances)) > 100


async def writing(base: Infobase) -> None:
    partners = Catalog(base, "Партнеры")
    made = await partners.create({"Description": "Создан чужой программой"})
    label = made["DataVersion"]
    edited = await partners.edit(made["Ref_Key"], {"НаименованиеПолное": "Новое"}, if_match=label)
    assert edited["НаименованиеПолное"] == "Новое"
    await refused(partners.edit(made["Ref_Key"], {"НаименованиеПолное": "Ещё"}, if_match=label), "412")


async def posting(base: Infobase) -> None:
    orders = Document(base, "ЗаказКлиента")
    large = await orders.query(top=1, odata_filter=F("Товары").any(F("Количество") > 10))
    assert large.value[0]["Number"]
    posted = await orders.query(odata_filter=(F("Posted") == True) & (F("Статус") == "КОбеспечению"))  # noqa: E712
    reasons = []
    for order in posted.value:
        try:
            await orders.post(order["Ref_Key"], MODE)
            await orders.unpost(order["Ref_Key"])
            await orders.post(order["Ref_Key"], MODE)
        except Exception as error:
            reasons.append(repr(error))
        else:
            return
    raise AssertionError(reasons)


async def main() -> None:
    for form in ("json", "atom", "auto"):
        async with Infobase(ROOT, "erp", "Портал", "karavan-erp", format=form) as base:
            item = await reading(base)
            await registers(base, item)
            await writing(base)
            await posting(base)
            assert await base.metadata() is not None


asyncio.run(main())
