"""Failures a person or a script can act on.

Rooms raise these; the HTTP edge turns them into a page or a problem document, once, in one place.
``code`` is stable English for scripts. What a person reads is the wording registered under that code.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct


class Problem(Struct, frozen=True):
    """One thing wrong with what was sent.

    ``field`` is the path a form or a script uses (``lines[2].quantity``), empty for the whole object.
    ``params`` fill the wording and are already formatted for people where they are numbers.
    """

    code: str
    field: str = ""
    params: Mapping[str, str] = {}


class KaravanError(Exception):
    """Base of every expected failure; ``code`` picks the wording, ``params`` fill it."""

    code: str = "internal"

    def __init__(self, code: str = "", **params: str) -> None:
        """Name the failure; without ``code`` the class's own code stands."""
        super().__init__(code or self.code)
        self.code = code or self.code
        self.params: Mapping[str, str] = params


class InvalidInputError(KaravanError):
    """What was sent cannot be understood or breaks a rule of form (400)."""

    code = "invalid_input"

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Carry every problem at once, in the order of the form."""
        super().__init__()
        self.problems: tuple[Problem, ...] = tuple(problems)


class RejectedError(InvalidInputError):
    """The input is well formed, but a business rule forbids it (422)."""

    code = "rejected"


class NotSignedInError(KaravanError):
    """No session, or one that has ended (401; pages go to sign-in)."""

    code = "not_signed_in"


class NotAllowedError(KaravanError):
    """The actor may see the object but not do this to it (403)."""

    code = "not_allowed"


class NotFoundError(KaravanError):
    """No such object within the actor's rights; says the same whether or not it exists (404)."""

    code = "not_found"


class ChangedMeanwhileError(KaravanError):
    """The object moved on since it was read (412); ``current`` is its version now."""

    code = "changed_meanwhile"

    def __init__(self, current: int) -> None:
        """Say which version stands now, so that both can be shown."""
        super().__init__(current=str(current))
        self.current = current


class BusyError(KaravanError):
    """A lock or a queue was full; nothing happened and trying again is safe (409)."""

    code = "busy"


class KeyReusedError(KaravanError):
    """The idempotency key came before with another body (422)."""

    code = "idempotency_key_reused"


class TooManyRequestsError(KaravanError):
    """A rate limit was reached (429); ``retry_after_s`` is whole seconds."""

    code = "too_many_requests"

    def __init__(self, retry_after_s: int) -> None:
        """Say how long to wait."""
        super().__init__(seconds=str(retry_after_s))
        self.retry_after_s = retry_after_s


class UnavailableError(KaravanError):
    """A part the request needs is away (503); nothing was lost."""

    code = "unavailable"
