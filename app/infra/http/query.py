"""Query parameters: which an address takes, and what to say of those it does not (CONTRACT, section 3).

A script that misspells a filter must not get everything instead, so the API names whatever it does not
know. A page ignores it: links to pages pass through letters and programs that add marks of their own.
A value sent twice where one belongs is refused by both: nobody knows which of the two was meant.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final, cast
from urllib.parse import parse_qsl

from litestar import Litestar
from litestar.routes import HTTPRoute
from litestar.types import HTTPScope
from msgspec import Struct

from app.infra.http.routes import is_for_scripts
from app.kernel.errors import InvalidInputError, Problem

_OPT: Final = "query"
_NAMED: Final = 20  # naming a few is a help; echoing a thousand would be work for an attacker
_LONGEST_NAME: Final = 64


class Query(Struct, frozen=True):
    """The parameters of one route: ``single`` take one value, ``several`` any number."""

    single: frozenset[str] = frozenset()
    several: frozenset[str] = frozenset()


def note_queries(application: Litestar) -> None:
    """Let every route remember which parameters its handler takes."""
    for route in application.routes:
        if isinstance(route, HTTPRoute):
            for handler, model in route.route_handler_map.values():
                fields = model.expected_query_params
                several = frozenset(one.field_alias for one in fields if one.is_sequence)
                handler.opt[_OPT] = Query(frozenset(one.field_alias for one in fields) - several, several)


def query_of(opt: Mapping[str, object]) -> Query:
    """Read what :func:`note_queries` has written."""
    return cast("Query", opt.get(_OPT, Query()))


def check_query(query: Query, scope: HTTPScope) -> None:
    """Refuse what the address does not take.

    Raises:
        InvalidInputError: every parameter that is unknown to the API, or came twice.
    """
    sent = Counter(name for name, _ in parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    problems = list(_problems(query, sent, is_strict=is_for_scripts(scope["path"])))
    if problems:
        raise InvalidInputError(problems[:_NAMED])


def _problems(query: Query, sent: Mapping[str, int], *, is_strict: bool) -> Iterator[Problem]:
    for name, times in sent.items():
        if name in query.single:
            if times > 1:
                yield Problem("sent_twice", name)
        elif is_strict and name not in query.several:
            yield Problem("unknown_field", name[:_LONGEST_NAME])
