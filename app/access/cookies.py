"""The session cookie: ``__Host-`` where there is TLS, a plain name on a developer's loopback."""

from litestar.datastructures import Cookie
from litestar.types import Scope

from app.access.sessions import Credential, read_credential
from app.infra.http.page import cookie_of


class SessionCookies:
    """Reads and writes the cookie of one installation."""

    def __init__(self, *, is_secure: bool) -> None:
        """Choose the name: a ``__Host-`` cookie cannot be planted by another host or over plain HTTP."""
        self.is_secure = is_secure
        self.name = "__Host-karavan_session" if is_secure else "karavan_session"
        self.look = "__Host-karavan_look" if is_secure else "karavan_look"

    def read(self, scope: Scope) -> Credential | None:
        """Find the credential a request carries, if it has the form of one."""
        text = cookie_of(scope, self.name)
        return read_credential(text, is_bearer=False) if text else None

    def read_look(self, scope: Scope) -> Credential | None:
        """Find the secret of a look through another person's eyes, if the browser carries one."""
        text = cookie_of(scope, self.look)
        return read_credential(text, is_bearer=False) if text else None

    def write_look(self, credential: str) -> Cookie:
        """Give the browser the secret of a look."""
        return Cookie(key=self.look, value=credential, path="/", httponly=True, secure=self.is_secure, samesite="lax")

    def clear_look(self) -> Cookie:
        """Take the secret of a look away."""
        gone = self.write_look("")
        gone.max_age = 0
        return gone

    def write(self, credential: str) -> Cookie:
        """Give the browser its credential; it forgets it when it closes."""
        return Cookie(key=self.name, value=credential, path="/", httponly=True, secure=self.is_secure, samesite="lax")

    def clear(self) -> Cookie:
        """Take the credential away."""
        gone = self.write("")
        gone.max_age = 0
        return gone
