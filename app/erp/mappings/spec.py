"""How a stream of the ERP lands in a table of the portal: data, not code.

A mapping names the columns it reads, the table it feeds and one SQL expression for each target column.
Expressions see the staged row as ``s``, the tenant as ``$1`` and whatever ``joins`` adds. Rows pass from
bytes to table inside PostgreSQL: nothing here ever looks at a single cell.
"""

import hashlib
from collections.abc import Mapping

import msgspec
from msgspec import Struct

EMPTY_LINK = "'00000000-0000-0000-0000-000000000000'::uuid"
EMPTY_DATE = "'0001-01-01'::date"

HEAD: Mapping[str, str] = {"Ref_Key": "uuid", "DataVersion": "text", "DeletionMark": "boolean"}


class Target(Struct, frozen=True):
    """One table fed by a stream.

    ``source`` replaces the plain read of the staged rows where a choice between rows is needed; it must yield
    every key and value, ``src_version`` and ``is_gone``. Whatever is computed from a row to come is seen as
    ``i``, a row that stands as ``t``.
    ``gone`` says what becomes of a row that ended: ``mark`` (deleted_at), ``delete``, ``keep``, or a SET clause
    for rows a complete snapshot no longer has (``$2`` is the snapshot's version there).
    """

    table: str
    keys: Mapping[str, str]
    values: Mapping[str, str]
    joins: str = ""
    where: str = "true"
    is_gone: str = 's."DeletionMark"'
    source: str = ""
    # The same rows whether their document was written just now or not, for comparing and healing; and the condition on
    # a row of the table that its document does not have.
    whole: str = ""
    stray: str = ""
    extra: Mapping[str, str] = {}  # further columns of i, for the expressions below
    label: str = "src_label"  # equal labels mean equal rows; empty: rows are compared value by value
    is_versioned: bool = True
    gone: str = "mark"
    # Written with a change, but no reason for one.
    stamps: Mapping[str, str] = msgspec.field(default_factory=lambda: {"synced_at": "now()"})
    on_insert: Mapping[str, str] = {}  # given once; wins over a stamp of the same name
    guard: str = "true"  # further condition for an update
    fresher: str = "true"  # the same, but of no weight when the ERP was restored from a backup
    always: str = "false"  # makes an update of equal values all the same
    ours: str = "true"  # which rows of the table a complete snapshot speaks for


class StreamMap(Struct, frozen=True):
    """One stream of surface H and everything that follows from it.

    ``after`` statements run once the targets are done; they see the stage as ``erp_stage_<name>`` and take
    the tenant as ``$1``.
    """

    name: str
    set_name: str
    columns: Mapping[str, str]  # wire name -> SQL type; the three of HEAD are always there
    targets: tuple[Target, ...]
    before: tuple[str, ...] = ()  # entries of the feed only: adds to the stage what the rules below compare
    after: tuple[str, ...] = ()

    @property
    def stage(self) -> str:
        """Name of the temporary table."""
        return f"erp_stage_{self.name}"

    @property
    def fingerprint(self) -> str:
        """Changes when the mapping does, so that rows loaded through an older one are compared anew."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:16]


def stray_rows(own: str, key: str, stage: str, ids: str, *, of: str = "true") -> str:
    """Condition on a row ``t`` of a document: it hangs on none, or on a staged one (``h``) that has no such row.

    ``ids`` gives the ids of the rows of a staged document ``s``.
    """
    return (
        f"NOT EXISTS (SELECT FROM {own} h WHERE h.tenant_id = $1 AND h.id = t.{key})"
        f""" OR EXISTS (SELECT FROM {stage} s JOIN {own} h ON h.tenant_id = $1 AND h.id = s."Ref_Key" AND ({of})"""
        f""" WHERE s."Ref_Key" = t.{key} AND t.id <> ALL (ARRAY({ids})))"""
    )


def link(column: str) -> str:
    """A reference, NULL where the ERP has none."""
    return f'nullif(s."{column}", {EMPTY_LINK})'


def day(column: str) -> str:
    """A date, NULL where the ERP has the empty one or none that a calendar knows."""
    return f'CASE WHEN s."{column}" > {EMPTY_DATE} AND isfinite(s."{column}") THEN s."{column}" END'


def text(column: str, longest: int = 300) -> str:
    """One line of plain text: normalised, without controls, bounded."""
    return f'erp_text(s."{column}", {longest})'


def lines(column: str, longest: int = 8000) -> str:
    """Plain text that may have several lines."""
    return f'erp_lines(s."{column}", {longest})'


def raw(column: str) -> str:
    """The staged value as it is."""
    return f's."{column}"'


def _listed(column: str, array: str) -> str:
    """Most lists are empty, and to unfold one costs more than all other columns of a row."""
    return f"CASE WHEN s.\"{column}\" = '[]' THEN '{{}}' ELSE {array} END"


def texts(column: str, longest: int = 100) -> str:
    """A JSON array of texts as text[]; anything else in it is left out."""
    return _listed(
        column,
        f'ARRAY(SELECT erp_text(e.v, {longest}) FROM jsonb_array_elements_text(s."{column}")'
        " WITH ORDINALITY e(v, n) WHERE e.v <> '' ORDER BY e.n)",
    )


def links(column: str) -> str:
    """A JSON array of references as uuid[]."""
    return _listed(
        column,
        f'ARRAY(SELECT e.v::uuid FROM jsonb_array_elements_text(s."{column}") WITH ORDINALITY e(v, n)'
        " WHERE e.v ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' ORDER BY e.n)",
    )


def numbers(column: str) -> str:
    """A JSON array of decimal strings as numeric[]."""
    return _listed(
        column,
        f'ARRAY(SELECT e.v::numeric FROM jsonb_array_elements_text(s."{column}") WITH ORDINALITY e(v, n)'
        " WHERE e.v ~ '^[0-9]{1,9}([.][0-9]{1,3})?$' ORDER BY e.n)",
    )


def names(longest: int = 300) -> dict[str, str]:
    """``name_ru``, ``name_kk``, ``name_en``; a language the ERP does not have falls back to Russian."""
    russian = text("Description", longest)
    return {
        "name_ru": russian,
        "name_kk": f"coalesce(nullif({text('Description_kk', longest)}, ''), {russian})",
        "name_en": f"coalesce(nullif({text('Description_en', longest)}, ''), {russian})",
    }


NAME_COLUMNS: Mapping[str, str] = {"Description": "text", "Description_kk": "text", "Description_en": "text"}


def choice(column: str, pairs: Mapping[str, str], otherwise: str) -> str:
    """Translate the ERP's word into ours."""
    cases = " ".join(f"WHEN '{theirs}' THEN '{ours}'" for theirs, ours in pairs.items())
    return f"CASE s.\"{column}\" {cases} ELSE '{otherwise}' END"
