"""The request class of every handler: JSON bodies become input structs by our own rules."""

from typing import cast

from litestar import Request
from litestar.datastructures import State
from msgspec import Struct

from app.infra.http.decoding import decode, decode_json
from app.infra.http.failures import EdgeError
from app.infra.http.scalars import JSON

_JSON_TYPES = ("application/json", "")


class EdgeRequest(Request[object, object, State]):
    """Decodes ``data`` of a handler strictly: unknown fields, NaN, invisible text and depth are all told at once."""

    async def json(self) -> object:
        """Read the body as the struct the handler asks for, once.

        Raises:
            InvalidInputError: with every problem.
            EdgeError: the body is not JSON by its own account (415).
        """
        if self.content_type[0] not in _JSON_TYPES:
            raise EdgeError(415, "unsupported_media_type")
        state = self._connection_state
        wanted = _struct_of(self)
        if isinstance(state.json, Struct):
            return state.json
        raw = decode_json(await self.body())
        state.json = raw if wanted is None else decode(raw, wanted, JSON)
        return cast("object", state.json)


def _struct_of(request: EdgeRequest) -> type[Struct] | None:
    field = request.route_handler.parsed_fn_signature.parameters.get("data")
    kind = cast("object", None if field is None else field.annotation)
    return kind if isinstance(kind, type) and issubclass(kind, Struct) else None
