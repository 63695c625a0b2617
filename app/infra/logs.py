"""JSON logs, one line an event, without anything secret.

Names of fields decide what is hidden; values of variables in a traceback are never written.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Final, cast

import structlog

_SECRET_NAMES: Final = re.compile(
    "pass|secret|token|cookie|authorization|otp|csrf|credential|iin|bin$|tax_id", re.IGNORECASE
)
# A session cookie or a bearer token, wherever it stands in a text.
_CREDENTIAL: Final = re.compile(r"\b[0-9]{1,10}\.[cs]\.[A-Za-z0-9_-]{20,}")
_URL_PASSWORD: Final = re.compile(r"(://[^/\s:@]*):[^/\s@]+@")
HIDDEN: Final = "[hidden]"


def set_up_logs(stream: int = logging.INFO) -> None:
    """Write all logs of this process as JSON lines to standard error."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(stream),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")


def redact(_logger: object, _method: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
    """Hide what is secret by its name, and credentials wherever they stand."""
    for name, value in event.items():
        if _SECRET_NAMES.search(name):
            event[name] = HIDDEN
        else:
            event[name] = clean_value(value)
    return event


def clean_value(value: object) -> object:
    """Hide secrets inside a value."""
    if isinstance(value, str):
        return _URL_PASSWORD.sub(rf"\1:{HIDDEN}@", _CREDENTIAL.sub(HIDDEN, value))
    if isinstance(value, Mapping):
        named = cast("Mapping[object, object]", value)
        return {
            str(name): HIDDEN if _SECRET_NAMES.search(str(name)) else clean_value(inner)
            for name, inner in named.items()
        }
    if isinstance(value, list | tuple):
        return [clean_value(inner) for inner in cast("Sequence[object]", value)]
    return value
