"""Asks an infobase once whether it is there, whose it is and whether it lets us in."""

from typing import Literal

from app.erp.wire.calling import Address
from app.erp.wire.client import ErpClient
from app.erp.wire.failures import ChannelError, ErpError, SchemaError
from app.erp.wire.odata.transport import Transport

Wish = Literal["auto", "h", "o"]
Finding = Literal["ok", "away", "refused", "not_found", "wrong_tenant", "not_ours"]


async def knock(address: Address, wish: Wish = "auto") -> tuple[Finding, str]:
    """Give a verdict over the interface that is wanted, and what the other side said.

    A base without the portal's extension is looked at over OData, which has no tenant to compare.
    """
    if wish == "o":
        return await _knock_odata(address)
    found, said = await _knock_service(address)
    if wish == "auto" and found in {"not_found", "not_ours"}:
        plain, told = await _knock_odata(address)
        return (plain, told) if plain == "ok" else (found, said)
    return found, said


async def _knock_odata(address: Address) -> tuple[Finding, str]:
    async with Transport(address) as transport:
        try:
            await transport.ask_once("")
        except ErpError as error:
            return _verdict(error), str(error)[:200]
    return "ok", "OData"


async def _knock_service(address: Address) -> tuple[Finding, str]:
    """One call without a retry, in seconds; redirections are not followed."""
    async with ErpClient(address) as client:
        try:
            answer = await client.ping()
        except ErpError as error:
            return _verdict(error), str(error)[:200]
    if answer.tenant != address.tenant:
        return "wrong_tenant", answer.tenant[:200]
    return "ok", f"{answer.as_of_batch}"


def _verdict(error: ErpError) -> Finding:
    said = str(error)
    if error.code == "tenant_mismatch":
        return "wrong_tenant"
    if error.code == "unknown_infobase" or "HTTP 404" in said:
        return "not_found"
    if "HTTP 401" in said or "HTTP 403" in said:
        return "refused"
    if isinstance(error, SchemaError) or (isinstance(error, ChannelError) and "text/html" in said):
        return "not_ours"
    return "away"
