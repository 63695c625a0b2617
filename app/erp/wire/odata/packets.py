"""The exchange plan: a node of our own, packets of what changed, and the word that they arrived (protocol, section 9).

A message number is never used twice: what the ERP writes between two looks at one number would be confirmed unseen. So
each look takes the next number, and what was not confirmed before comes with it.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import UNSET, Raw, Struct, UnsetType, field

from app.erp.families import Family
from app.erp.wire.failures import SchemaError
from app.erp.wire.odata.failures import EXISTS
from app.erp.wire.odata.transport import ROOT, Transport, object_path
from app.erp.wire.odata.values import decode, split_page

_READ_S: Final = 60.0


class Node(Struct, frozen=True):
    """Our node as the ERP has it; numbers come as strings."""

    ref: str = field(name="Ref_Key")
    sent: str = field(name="SentNo", default="0")


class _Nodes(Struct):
    value: list[Node]


class Record(Struct):
    """One object of a packet, as far as it must be known to be sorted; the rest is read by its stream."""

    type_name: str = field(name="odata.type", default="")
    ref: str = field(name="Ref_Key", default="")
    label: str | UnsetType = field(name="DataVersion", default=UNSET)
    records: list[Raw] | UnsetType = field(name="RecordSet", default=UNSET)

    @property
    def set(self) -> str:
        """The set it belongs to."""
        return self.type_name.partition(".")[2]


class Plan:
    """Our side of the exchange plan."""

    def __init__(self, transport: Transport, family: Family) -> None:
        """Ask nothing yet."""
        self._transport = transport
        self._family = family

    async def node(self) -> Node:
        """Find our node, or make it: from then on every change is registered for it."""
        if found := await self.find():
            return found
        body = {"Code": self._family.node, "Description": "Портал B2B"}
        try:
            await self._transport.write("POST", self._family.plan, body=body)
        except SchemaError as error:
            if error.code != EXISTS:
                raise
        if found := await self.find():
            return found
        message = f"{self._family.plan} does not keep a node called {self._family.node}"
        raise SchemaError(message)

    async def take(self, node: Node, number: int) -> list[tuple[Record, Raw]]:
        """Take everything that changed, under a number that was never used before."""
        content = await self._call("SelectChanges", node, number)
        return [(decode(raw, Record), raw) for raw in split_page(content)]

    async def confirm(self, node: Node, number: int) -> None:
        """Say that everything up to a number is ours; what changed since has no number yet and stays."""
        await self._call("NotifyChangesReceived", node, number)

    async def find(self) -> Node | None:
        """Find our node; None if nobody made it yet."""
        code = self._family.node.replace("'", "''")
        query = {"$filter": f"Code eq '{code}' and ThisNode eq false", "$select": "Ref_Key,SentNo"}
        found = decode(await self._transport.read(self._family.plan, query), _Nodes).value
        return found[0] if found else None

    async def _call(self, method: str, node: Node, number: int) -> bytes:
        address = self._transport.address
        point = f"{address.base}/{address.infobase}/{ROOT}/{object_path(self._family.plan, node.ref)}"
        query: Mapping[str, str] = {"DataExchangePoint": f"'{point}'", "MessageNo": str(number)}
        return await self._transport.write("POST", method, query=query, read_s=_READ_S)
