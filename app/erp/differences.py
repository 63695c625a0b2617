"""SQL that turns staged rows into table rows by writing differences only (ERP-EXCHANGE, section 6).

A blanket upsert rewrites every row of a reload; a join first costs half of a bare COPY when nothing changed.
Every statement takes the tenant as ``$1``.
"""

from collections.abc import Iterable

from msgspec import Struct

from app.erp.mappings.spec import StreamMap, Target


class Statements(Struct, frozen=True):
    """What brings one target up to date; an empty text means there is nothing to do.

    ``count``, ``absent``, ``remove_absent`` and ``lock`` are for complete snapshots only; the last three take the
    snapshot's version as ``$2``. ``lock`` takes the rows that a sifted snapshot changes or ends, in order of their key.
    """

    update: str
    delete: str
    insert: str
    count: str
    absent: str
    remove_absent: str
    lock: str
    source: str  # the rows to come
    stray: str  # takes away rows their documents do not have; only with force


def statements_for(stream: StreamMap, target: Target, *, force: bool, is_sifted: bool = False) -> Statements:
    """Write the statements of one target.

    ``force`` compares values instead of labels and ignores versions: for rows that went through an older
    mapping, and for an ERP that was restored from a backup and counts from an earlier number again.
    ``is_sifted`` says that ``sift`` has left only rows that differ.
    """
    source = f"SELECT * FROM {_sieve(target)}" if is_sifted else _source(stream, target, force=force)
    return Statements(
        update=_update(target, source, force=force),
        delete=_delete(target, source, force=force),
        insert=_insert(target, source),
        count=f"SELECT count(*) FROM {target.table} t WHERE {_speaks_for(target)}",
        absent=_absent(stream, target, "SELECT count(*) FROM {table} t WHERE {condition}"),
        remove_absent=_remove_absent(stream, target),
        lock=_lock(stream, target),
        source=source,
        stray=f"DELETE FROM {target.table} t WHERE t.tenant_id = $1 AND ({target.stray})" if target.stray else "",
    )


def sift(stream: StreamMap, target: Target, tenant_id: int, *, force: bool) -> tuple[str, str]:
    """Write the statements that keep, of a whole snapshot, the rows that differ: in one pass over both.

    The first makes a temporary table, the second analyses it. CREATE TABLE takes no parameters, so the tenant's
    number stands in the text.
    """
    # What ended before anybody kept it is nothing to write.
    is_new = "NOT i.is_gone" if target.gone == "delete" else "true"
    differs = f"CASE WHEN t.tenant_id IS NULL THEN {is_new} ELSE {' OR '.join(_reasons(target, force=force))} END"
    source = _source(stream, target, force=force)
    made = (
        f"CREATE TEMP TABLE {_sieve(target)} ON COMMIT DROP AS SELECT i.* FROM ({source}) i"
        f" LEFT JOIN {target.table} t ON {_same_row(target)} WHERE {differs}"
    )
    return made.replace("$1", str(tenant_id)), f"ANALYZE {_sieve(target)}"


def _sieve(target: Target) -> str:
    return f"erp_sieve_{target.table}"


def _source(stream: StreamMap, target: Target, *, force: bool) -> str:
    if target.source:
        return target.whole if force and target.whole else target.source
    columns = [f"{expression} AS {name}" for name, expression in _selected(target)]
    return f"SELECT {', '.join(columns)} FROM {stream.stage} s {target.joins} WHERE {target.where}"


def _selected(target: Target) -> Iterable[tuple[str, str]]:
    yield from target.keys.items()
    yield from target.values.items()
    yield from target.extra.items()
    if target.label:
        yield target.label, 's."DataVersion"'
    yield "src_version", "s.version"
    yield "is_gone", target.is_gone


def _update(target: Target, source: str, *, force: bool) -> str:
    if not target.values:
        return ""
    written = {name: f"i.{name}" for name in target.values} | dict(target.stamps) | _bookkeeping(target)
    if target.gone == "mark":
        written["deleted_at"] = "CASE WHEN i.is_gone THEN coalesce(t.deleted_at, now()) END"
    assignments = ", ".join(f"{name} = {value}" for name, value in written.items())
    alive = "NOT i.is_gone" if target.gone == "delete" else "true"
    reasons = " OR ".join(_reasons(target, force=force))
    return (
        f"UPDATE {target.table} t SET {assignments} FROM ({source}) i WHERE {_same_row(target)}"
        f" AND {_newer(target, force=force)} AND ({target.guard}) AND {alive} AND ({reasons})"
    )


def _reasons(target: Target, *, force: bool) -> list[str]:
    """Why a row that stands may have to be written."""
    reasons = [target.always]
    if target.label and not force:
        reasons.append(f"t.{target.label} <> i.{target.label}")
    elif target.values:
        reasons.append(_differs(target.values))
    if force and target.is_versioned:
        # A clock that went back must not leave rows behind that refuse whatever comes next.
        reasons.append("t.src_version > i.src_version")
    if target.gone == "mark":
        reasons.append("(t.deleted_at IS NOT NULL) <> i.is_gone")
    if target.gone == "delete":
        reasons.append("i.is_gone")
    return reasons


def _delete(target: Target, source: str, *, force: bool) -> str:
    if target.gone != "delete":
        return ""
    return (
        f"DELETE FROM {target.table} t USING ({source}) i"
        f" WHERE {_same_row(target)} AND {_newer(target, force=force)} AND i.is_gone"
    )


def _insert(target: Target, source: str) -> str:
    names = {name: f"i.{name}" for name in (*target.keys, *target.values)}
    written = names | dict(target.stamps) | dict(target.on_insert) | _bookkeeping(target)
    if target.gone == "mark":
        written["deleted_at"] = "CASE WHEN i.is_gone THEN now() END"
    alive = "NOT i.is_gone" if target.gone == "delete" else "true"
    return (
        f"INSERT INTO {target.table} (tenant_id, {', '.join(written)})"
        f" SELECT $1, {', '.join(written.values())} FROM ({source}) i"
        f" WHERE {alive} AND NOT EXISTS (SELECT FROM {target.table} t WHERE {_same_row(target)})"
        " ON CONFLICT DO NOTHING"
    )


def _absent(stream: StreamMap, target: Target, shape: str) -> str:
    if target.gone == "keep":
        return ""
    older = "AND t.src_version <= $2" if target.is_versioned else ""
    found = " AND ".join(f"t.{name} = {expression}" for name, expression in target.keys.items())
    here = f"EXISTS (SELECT FROM {stream.stage} s WHERE {target.where} AND {found})"
    return shape.format(table=target.table, condition=f"{_speaks_for(target)} {older} AND NOT {here}")


def _remove_absent(stream: StreamMap, target: Target) -> str:
    match target.gone:
        case "mark":
            shape = "UPDATE {table} t SET deleted_at = now(), src_version = $2 WHERE {condition}"
        case "delete":
            shape = "DELETE FROM {table} t WHERE {condition}"
        case clause:
            shape = f"UPDATE {{table}} t SET {clause}, src_version = $2 WHERE {{condition}}"
    return _absent(stream, target, shape)


def _lock(stream: StreamMap, target: Target) -> str:
    # Without rows that can end there is still a second parameter to be named.
    absent = _absent(stream, target, "{condition}") or "$2::bigint IS NULL"
    changed = f"EXISTS (SELECT FROM {_sieve(target)} i WHERE {_same_row(target)})"
    order = ", ".join(f"t.{name}" for name in target.keys)
    condition = f"t.tenant_id = $1 AND ({changed} OR ({absent}))"
    return f"SELECT FROM {target.table} t WHERE {condition} ORDER BY {order} FOR UPDATE OF t"


def _speaks_for(target: Target) -> str:
    alive = "t.deleted_at IS NULL" if target.gone == "mark" else "true"
    return f"t.tenant_id = $1 AND {alive} AND ({target.ours})"


def _same_row(target: Target) -> str:
    return " AND ".join(["t.tenant_id = $1", *(f"t.{name} = i.{name}" for name in target.keys)])


def _newer(target: Target, *, force: bool) -> str:
    if force:
        return "true"
    return f"t.src_version <= i.src_version AND ({target.fresher})" if target.is_versioned else target.fresher


def _differs(values: Iterable[str]) -> str:
    mine = ", ".join(f"t.{name}" for name in values)
    theirs = ", ".join(f"i.{name}" for name in values)
    return f"({mine}) IS DISTINCT FROM ({theirs})"


def _bookkeeping(target: Target) -> dict[str, str]:
    written: dict[str, str] = {}
    if target.label:
        written[target.label] = f"i.{target.label}"
    if target.is_versioned:
        written["src_version"] = "i.src_version"
    return written
