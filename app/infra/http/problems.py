"""Problem documents (RFC 9457), the shape of every error of the API."""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct

from app.infra.http.failures import Failure
from app.infra.http.words import Wording
from app.infra.i18n.wording import N_, gettext

MEDIA_TYPE: Final = "application/problem+json"
_TITLES: Final[dict[int, str]] = {
    400: N_("The data needs correcting"),
    401: N_("Sign in first"),
    403: N_("Not allowed"),
    404: N_("Not found"),
    405: N_("Not possible here"),
    409: N_("Please try again"),
    412: N_("Changed meanwhile"),
    413: N_("Too large"),
    415: N_("Unknown form of data"),
    422: N_("This cannot be done"),
    426: N_("Not possible here"),
    429: N_("Too many attempts"),
    500: N_("Something went wrong"),
    503: N_("Away for a moment"),
}


class FieldProblem(Struct, frozen=True):
    """One thing wrong with one field; ``field`` is empty for the whole object."""

    field: str
    code: str
    message: str


class ProblemDocument(Struct, frozen=True):
    """What every failed call of the API answers; ``code`` is stable, texts follow the caller's language."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    errors: Sequence[FieldProblem]


def title(status: int, locale: str) -> str:
    """Name a status for a person."""
    return gettext(locale, _TITLES.get(status, _TITLES[500 if status >= 500 else 400]))  # noqa: PLR2004


def problem_document(failure: Failure, wording: Wording, locale: str, request_id: str) -> ProblemDocument:
    """Word a failure."""
    return ProblemDocument(
        type=f"urn:karavan:problem:{failure.code}",
        title=title(failure.status, locale),
        status=failure.status,
        code=failure.code,
        detail=wording.text(locale, failure.code, failure.params),
        request_id=request_id,
        errors=[FieldProblem(one.field, one.code, wording.problem(locale, one)) for one in failure.problems],
    )


def encode_problem(document: ProblemDocument) -> bytes:
    """Write the document as JSON."""
    return msgspec.json.encode(document)
