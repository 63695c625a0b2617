"""Small things that pages and API of access share."""

from typing import Final

from litestar import Request
from litestar.datastructures import State

from app.access.cookies import SessionCookies
from app.access.services.profile import Client
from app.access.services.signing import Origin
from app.access.sessions import Credential
from app.access.visitors import visitor_of
from app.infra.db.engine import Class
from app.infra.http.visit import visit_of
from app.kernel.errors import NotSignedInError

# What a route says of itself where a token has no business: it is worth less than its owner, and stays so.
BY_SESSION: Final = {"by_session": True}


def origin_of(request: Request[object, object, State], cookies: SessionCookies) -> Origin:
    """Tell where a sign-in comes from."""
    return Origin(
        address=visit_of(request.scope).address,
        agent=request.headers.get("user-agent", ""),
        old=cookies.read(request.scope),
    )


def client_of(request: Request[object, object, State]) -> Client:
    """Tell which program a person uses."""
    return Client(request.headers.get("user-agent", ""), visit_of(request.scope).address)


def credential_of(request: Request[object, object, State]) -> Credential:
    """Tell by which session or token somebody came.

    Raises:
        NotSignedInError: by none.
    """
    credential = visitor_of(request.scope).credential
    if credential is None:
        raise NotSignedInError
    return credential


def kind_of(request: Request[object, object, State]) -> Class:
    """Tell which class of session this request runs under.

    Raises:
        NotSignedInError: it runs under none.
    """
    return credential_of(request).kind
