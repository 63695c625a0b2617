"""JSON logs, one line an event, without secrets and without personal data, whoever writes them.

Names of fields decide what is hidden whole; in texts what looks like a credential, a person or the data
of a row is hidden wherever it stands. Values of variables in a traceback are never written.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Final, cast

import structlog
from structlog.typing import Processor

HIDDEN: Final = "[hidden]"
_SECRET_NAMES: Final = re.compile(
    "pass|secret|token|cookie|authorization|otp|csrf|credential|iin|bin$|tax_id|email|phone|login", re.IGNORECASE
)
_SECRET_TEXTS: Final = (
    # a session cookie or a token for scripts
    (re.compile(r"\b[0-9]{1,10}\.[cs]\.[A-Za-z0-9_-]{20,}"), HIDDEN),
    (re.compile(r"\b(Basic|Bearer) [A-Za-z0-9+/=._-]{8,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"(://[^/\s:@]*):[^/\s]+@"), rf"\1:{HIDDEN}@"),
    # what PostgreSQL adds to a refusal: the values of the row
    (re.compile(r"(DETAIL|CONTEXT):.*"), rf"\1: {HIDDEN}"),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), HIDDEN),
    (re.compile(r"(?<![\w.-])[0-9]{12}(?![\w-]|\.[0-9])"), HIDDEN),  # IIN, BIN
    (re.compile(r"\+[0-9][0-9 ()-]{8,16}[0-9]\b"), HIDDEN),
)


def set_up_logs(level: int = logging.INFO) -> None:
    """Write all logs of this process, the libraries' too, as JSON lines to standard error."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Processor] = [
        structlog.processors.format_exc_info,
        redact,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    theirs = logging.StreamHandler(sys.stderr)
    theirs.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[theirs])


def redact(_logger: object, _method: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
    """Hide what is secret by its name, and what looks secret wherever it stands."""
    for name, value in event.items():
        event[name] = HIDDEN if _SECRET_NAMES.search(name) else clean_value(value)
    return event


def clean_value(value: object) -> object:
    """Hide secrets inside a value; what is neither text nor a collection stays."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, Mapping):
        named = cast("Mapping[object, object]", value)
        return {
            str(name): HIDDEN if _SECRET_NAMES.search(str(name)) else clean_value(inner)
            for name, inner in named.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [clean_value(inner) for inner in cast("Sequence[object]", value)]
    return value


def clean_text(text: str) -> str:
    """Hide secrets inside a text."""
    for pattern, instead in _SECRET_TEXTS:
        text = pattern.sub(instead, text)
    return text
