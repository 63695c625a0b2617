"""The column tables of docs/erp-surface-h.md, printed by `erp_peer columns`."""

from erp_peer.streams import STREAMS
from erp_peer.streams.spec import HEAD, Field, Stream


def field_row(number: int, field: Field) -> str:
    """One table row: position, 1C name, kind, note."""
    kind = f"{field.kind}?" if field.is_optional else str(field.kind)
    return f"| {number} | `{field.wire}` | {kind} | {field.note} |"


def stream_section(stream: Stream) -> str:
    """Heading, note and column table of one stream."""
    rows = [field_row(n, field) for n, field in enumerate((*HEAD, *stream.fields), start=1)]
    head = f"### {stream.name} — `{stream.set_name}`\n{stream.note}\n"
    return "\n".join([head, "| # | column | kind | note |", "|---|---|---|---|", *rows, ""])


def sections() -> str:
    """Every stream in load order."""
    return "\n".join(stream_section(stream) for stream in STREAMS)
