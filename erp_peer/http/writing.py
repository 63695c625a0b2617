"""`/commands`: the only way in for business facts."""

from litestar import Response, post
from litestar.status_codes import HTTP_409_CONFLICT, HTTP_413_REQUEST_ENTITY_TOO_LARGE
from msgspec import Struct

from erp_peer.commands.dispatch import IdReuseError
from erp_peer.commands.shapes import Command
from erp_peer.feed.batches import read_tick
from erp_peer.http.answers import AnyRequest, PeerError, decode, to_json
from erp_peer.http.reading import MAX_COMMANDS
from erp_peer.peer import Infobase, Peer


class CommandsBody(Struct, forbid_unknown_fields=True):
    """Body of `/commands`."""

    commands: list[Command]


@post("/commands", status_code=200)
async def commands(peer: Peer, base: Infobase, request: AnyRequest) -> Response[bytes]:
    """Do commands in order, each by itself, each at most once."""
    batch = decode(await request.body(), CommandsBody).commands
    if len(batch) > MAX_COMMANDS:
        raise PeerError(HTTP_413_REQUEST_ENTITY_TOO_LARGE, "too_large", f"Не более {MAX_COMMANDS} команд.")
    try:
        results = await base.commands.run(batch, peer.clock.now())
    except IdReuseError as error:
        message = "Идентификатор команды уже использован с другим содержанием."
        raise PeerError(HTTP_409_CONFLICT, "id_reuse", message, error.command_id) from error
    async with peer.pool.acquire() as conn:
        tick = await read_tick(conn, base.ib)
    return to_json({"results": results, "as_of_batch": tick})
