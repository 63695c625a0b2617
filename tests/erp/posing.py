"""The stand-in as another family of ERP would look: names are translated on the line, both ways."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import quote, unquote

from tests.erp.doctored import doctored

# Name in the other family -> name in the stand-in.
_CLAIMS: Final = {"Catalog_ПретензииКлиентов": "Catalog_Претензии"}
_STOCK: Final = {
    "AccumulationRegister_СвободныеОстатки": "AccumulationRegister_ЗапасыИПотребности",
    "ВРезервеСоСклада": "РезервироватьНаСкладе",
}
NAMES: Final[Mapping[str, Mapping[str, str]]] = {"bas": _CLAIMS, "ut11": {**_CLAIMS, **_STOCK}}
_PLACE: Final = re.compile(r"Склад_Key eq guid'([^']*)'")
_BALANCE: Final = "AccumulationRegister_СвободныеОстатки_Balance"


@asynccontextmanager
async def posing(url: str, family: str) -> AsyncIterator[str]:
    """Serve the stand-in under the names of another family."""
    names = NAMES[family]
    is_older = family == "ut11"

    def answer(path: str, body: bytes) -> bytes:
        if not body or not body.startswith((b"{", b"<")):
            return body
        text = _renamed(body.decode(), {theirs: ours for ours, theirs in names.items()})
        return (_older(unquote(path), text) if is_older else text).encode()

    def ask(target: str, body: bytes) -> tuple[str, bytes]:
        text = _renamed(unquote(target), names)
        if is_older:
            text = _PLACE.sub(r"Склад eq cast(guid'\1','Catalog_Склады')", text)
        return quote(text, safe="-._~()'=,/$?&:"), _renamed(body.decode(), names).encode()

    async with doctored(url, answer, ask) as line:
        yield line


def _renamed(text: str, names: Mapping[str, str]) -> str:
    for old, new in names.items():
        text = (
            re.sub(rf"(?<!\w){re.escape(old)}(?![а-яё])", new, text)
            if old.startswith("Catalog")
            else text.replace(old, new)
        )
    return text


def _older(path: str, text: str) -> str:
    """The older register: a warehouse is of one type, no dimension of orders, one figure more."""
    if path.endswith("metadata"):
        start = text.index(f'<ComplexType Name="{_BALANCE}">')
        end = text.index("</ComplexType>", start)
        own = re.sub(r'<Property Name="(Склад|Заказ)_Type"[^>]*/>|<Property Name="Заказ"[^>]*/>', "", text[start:end])
        own = own.replace('Name="Склад" Type="Edm.String"', 'Name="Склад_Key" Type="Edm.Guid"')
        own += '<Property Name="ВРезервеПодЗаказBalance" Type="Edm.Double" Nullable="true"/>'
        return text[:start] + own + text[end:]
    return text.replace('"Склад":', '"Склад_Key":') if "/Balance" in path else text
