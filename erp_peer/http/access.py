"""Who may call: Basic authentication in UTF-8 and the tenant's header; the token of the control surface."""

import base64
import binascii
import hmac
from collections.abc import Callable
from ipaddress import ip_address

from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.exceptions import NotAuthorizedException
from litestar.handlers import BaseRouteHandler
from litestar.status_codes import HTTP_400_BAD_REQUEST, HTTP_403_FORBIDDEN, HTTP_404_NOT_FOUND

from erp_peer.http.answers import PeerError
from erp_peer.peer import Peer

AnyConnection = ASGIConnection[BaseRouteHandler, object, object, State]
Guard = Callable[[AnyConnection, BaseRouteHandler], None]


# Guards are functions around the peer, not methods: the framework copies what it is given, and a copied
# method would copy the peer with its connections.


def user_guard(peer: Peer) -> Guard:
    """A guard for surface O: the portal's user, on an infobase there is."""
    expected = f"{peer.settings.user}:{peer.settings.password}".encode()

    def guard(connection: AnyConnection, _: BaseRouteHandler) -> None:
        if not hmac.compare_digest(_basic(connection.headers.get("authorization", "")), expected):
            raise NotAuthorizedException
        if _infobase(connection) not in peer.infobases:
            raise PeerError(HTTP_404_NOT_FOUND, "unknown_infobase", "Информационная база не найдена.")

    return guard


def portal_guard(peer: Peer) -> Guard:
    """A guard for surface H: the same user, speaking for the infobase's own tenant."""
    check_user = user_guard(peer)

    def guard(connection: AnyConnection, handler: BaseRouteHandler) -> None:
        check_user(connection, handler)
        base = peer.infobases[_infobase(connection)]
        tenant = connection.headers.get("x-portal-tenant")
        if not tenant:
            raise PeerError(HTTP_400_BAD_REQUEST, "tenant_missing", "Нет заголовка X-Portal-Tenant.")
        if tenant != base.tenant:
            raise PeerError(HTTP_403_FORBIDDEN, "tenant_mismatch", "Заголовок X-Portal-Tenant называет другую базу.")

    return guard


def control_guard(peer: Peer) -> Guard:
    """A guard for the control surface: this machine and the token; to others it does not exist."""
    token = peer.settings.control_token.encode()

    def guard(connection: AnyConnection, _: BaseRouteHandler) -> None:
        client = connection.client
        given = connection.headers.get("x-control-token", "").encode()
        is_near = client is not None and ip_address(client.host).is_loopback
        if not token or not is_near or not hmac.compare_digest(given, token):
            raise PeerError(HTTP_404_NOT_FOUND, "not_found", "Not Found")

    return guard


def _infobase(connection: AnyConnection) -> str:
    """The infobase named by the path: its first part."""
    return connection.url.path.split("/")[1]


def _basic(header: str) -> bytes:
    """User and password as sent; empty when the header is none."""
    kind, _, text = header.partition(" ")
    if kind.lower() != "basic":
        return b""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
