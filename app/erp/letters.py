"""What the worker keeps of attempts that failed: the masked message, the answer, and conflicts with three sides."""

from collections.abc import Mapping
from typing import Final, cast

import msgspec

from app.erp.intents import UnknownIntentError, to_command
from app.erp.masking import LONGEST_RESPONSE, masked, masked_json, masked_text
from app.erp.outcomes import order_of
from app.erp.queries import conflicts, dead
from app.erp.queries.conflicts import Sides
from app.erp.wire.messages import Command, Found
from app.infra.db.transaction import Transaction
from app.infra.outbox_claims import Claimed, bury

_GONE: Final[Mapping[str, object]] = {}


async def keep(transaction: Transaction, claimed: Claimed, failure: str, said: str, answer: bytes = b"") -> None:
    """Keep one failed attempt, in the transaction that says what becomes of the intent.

    ``answer`` is what came back over the wire; where nothing did, what was ``said`` about it is kept.
    """
    response = masked_json(answer, LONGEST_RESPONSE) if answer else masked_text(said, LONGEST_RESPONSE)
    await dead.add_letter(transaction, claimed.id, claimed.attempt + 1, failure, (_request(claimed), response))


async def note_conflict(transaction: Transaction, claimed: Claimed, command: Command, found: Found | None) -> None:
    """Set what we want, what stands there and what both last had beside each other, for a person to choose."""
    # The class says it all; the page has words for it in every language.
    if not await bury(transaction, claimed, "conflict", ""):
        return
    ours = _fields(command.data)
    theirs = _GONE if found is None else _fields(found.data)
    base = await conflicts.last_agreed(transaction, claimed.aggregate, claimed.id)
    sides = Sides(
        base=None if base is None else _text(_common(_agreed(claimed, base), ours)),
        ours=_text(ours),
        theirs=_text(_common(theirs, ours)),
        label="" if found is None else found.label,
    )
    name = str(theirs.get("Number") or ours.get("НомерПоДаннымКлиента") or order_of(claimed))
    await conflicts.add_conflict(transaction, (claimed.id, claimed.kind, command.ref, name.strip()), sides)
    await keep(transaction, claimed, "conflict", "", b"" if found is None else bytes(found.data))


def _request(claimed: Claimed) -> str:
    try:
        command = to_command(claimed)
    except UnknownIntentError:
        return masked_json(claimed.body)
    whole = {"id": command.id, "type": command.type, "ref": command.ref, "data": command.data}
    return masked_json(msgspec.json.encode(whole))


def _agreed(claimed: Claimed, body: bytes) -> Mapping[str, object]:
    try:
        return _fields(to_command(msgspec.structs.replace(claimed, body=body)).data)
    except UnknownIntentError:
        return _GONE


def _fields(data: msgspec.Raw) -> Mapping[str, object]:
    return cast("Mapping[str, object]", masked(cast("object", msgspec.json.decode(data))))


def _common(side: Mapping[str, object], ours: Mapping[str, object]) -> dict[str, object]:
    """Keep the fields that we would write; of lines too."""
    return {name: _alike(side.get(name), wanted) for name, wanted in ours.items() if name in side}


def _alike(value: object, wanted: object) -> object:
    if not isinstance(value, list):
        return value
    if not (isinstance(wanted, list) and wanted):
        return cast("list[object]", value)
    names = cast("list[object]", wanted)[0]
    if not isinstance(names, Mapping):
        return cast("list[object]", value)
    known = cast("Mapping[str, object]", names)
    lines = cast("list[Mapping[str, object]]", value)
    return [{name: line[name] for name in known if name in line} for line in lines]


def _text(value: Mapping[str, object]) -> str:
    return msgspec.json.encode(value).decode()
