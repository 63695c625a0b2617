"""Snapshots, single objects and labels: one text everywhere."""

from io import BytesIO
from urllib.parse import quote, unquote
from uuid import uuid4

import asyncpg
import msgspec
import pytest
from msgspec import Struct

from erp_peer.streams import STREAMS
from erp_peer.streams.spec import HEAD, Kind
from tests.erp_peer.portal import ErrorAnswer, Portal, command
from tests.erp_peer.shop import Shop

# Written out: processes that share the tests must find them under the same names.
NOBODYS = "0b0d1e50-0000-4000-8000-000000000000"

Value = str | list[str | dict[str, str]] | None


class Line(Struct, frozen=True):
    """One NDJSON line."""

    set: str
    ref: str
    label: str
    deleted: bool
    data: dict[str, Value]


class Found(Struct, frozen=True):
    """An answer of `/objects`."""

    set: str
    ref: str
    label: str
    as_of_batch: int
    data: dict[str, Value]


class Versions(Struct, frozen=True):
    """An answer of `/versions`."""

    stale: dict[str, dict[str, str]]
    gone: list[dict[str, str]]


@pytest.mark.parametrize("name", [stream.name for stream in STREAMS])
def test_tsv_and_json_carry_the_same_texts(portal: Portal, name: str) -> None:
    rows = portal.rows(name)
    lines = portal.http.get(f"/snapshot/{name}?format=ndjson").content.splitlines()
    assert len(lines) == len(rows)
    own = next(s for s in STREAMS if s.name == name)
    json_columns = {field.wire for field in own.fields if field.kind is Kind.JSON}
    for row, text in zip(rows, lines, strict=True):
        line = msgspec.json.decode(text, type=Line)
        assert (line.set, line.ref, line.label) == (own.set_name, row["Ref_Key"], row["DataVersion"])
        assert row["DeletionMark"] == ("true" if line.deleted else "false")
        assert list(line.data) == [field.wire for field in (*HEAD, *own.fields)]
        for column, value in line.data.items():
            if column in json_columns:
                assert msgspec.json.decode(row[column], type=list[str | dict[str, str]]) == value
            else:
                assert row[column] == ("\\N" if value is None else value), column


def test_an_answer_goes_on_after_a_cursor(portal: Portal) -> None:
    rows = portal.rows("characteristics")
    assert [row["Ref_Key"] for row in rows] == sorted(row["Ref_Key"] for row in rows)
    response = portal.http.get(f"/snapshot/characteristics?cursor={rows[99]['Ref_Key']}")
    assert response.headers["X-Snapshot-Rows"] == str(len(rows) - 100)
    assert [line.split("\t")[0] for line in response.text.splitlines()] == [row["Ref_Key"] for row in rows[100:]]


async def test_tsv_goes_into_copy_as_it_is(portal: Portal, pg_server_url: str) -> None:
    response = portal.http.get("/snapshot/products")
    columns = [unquote(name) for name in response.headers["X-Snapshot-Columns"].split(",")]
    typed = ", ".join(
        f'"{name}" {"uuid" if name == "Ref_Key" else "boolean" if name == "DeletionMark" else "text"}'
        for name in columns
    )
    conn = await asyncpg.connect(pg_server_url)
    try:
        await conn.execute(f"CREATE TEMP TABLE taken ({typed})")
        status = await conn.copy_to_table("taken", source=BytesIO(response.content))
        assert status == f"COPY {response.headers['X-Snapshot-Rows']}"
        odd: list[asyncpg.Record] = await conn.fetch(
            """SELECT FROM taken WHERE "Description" LIKE '%''S''' OR "Description" LIKE '%  '"""
        )
        assert len(odd) >= 2
    finally:
        await conn.close()


def test_an_object_is_read_by_label(portal: Portal) -> None:
    row = portal.rows("products")[0]
    path = f"/objects/{quote('Catalog_Номенклатура')}/{row['Ref_Key']}"
    response = portal.http.get(path)
    found = msgspec.json.decode(response.content, type=Found)
    assert (found.label, response.headers["ETag"]) == (row["DataVersion"], f'"{row["DataVersion"]}"')
    assert found.data["Артикул"] == row["Артикул"]
    same = portal.http.get(path, headers={"If-None-Match": response.headers["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    portal.edit(edit="touch", set="Catalog_Номенклатура", ref=row["Ref_Key"])
    assert portal.http.get(path, headers={"If-None-Match": response.headers["ETag"]}).status_code == 200


def test_versions_name_only_what_differs(portal: Portal) -> None:
    first, second = portal.rows("partners")[:2]
    missing = str(uuid4())
    fresh = portal.edit(edit="touch", set="Catalog_Партнеры", ref=second["Ref_Key"]).touched[0]["label"]
    known = {row["Ref_Key"]: row["DataVersion"] for row in (first, second)} | {missing: "x"}
    answer = portal.post("/versions", {"Catalog_Партнеры": known, "Catalog_Склады": {}}, Versions)
    assert answer.stale == {"Catalog_Партнеры": {second["Ref_Key"]: fresh}}
    assert answer.gone == [{"set": "Catalog_Партнеры", "ref": missing}]


def test_stock_is_answered_in_the_order_asked(shop: Shop) -> None:
    warehouse, missing = shop.warehouse["Ref_Key"], str(uuid4())
    items = [shop.items[2]["Ref_Key"], missing, shop.items[0]["Ref_Key"]]
    asked = [{"Характеристика_Key": item, "Склад_Key": warehouse} for item in items]
    answer = shop.portal.post("/available", {"items": asked}, dict[str, int | list[dict[str, str | list[str]]]])
    found = answer["items"]
    assert isinstance(found, list)
    assert [row["Характеристика_Key"] for row in found] == items
    assert found[1]["СвободныйОстаток"] == "0.000"
    assert found[1]["Номенклатура_Key"] == "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/snapshot/nothing", None, 404, "unknown_stream"),
        ("GET", "/snapshot/lines?cursor=x", None, 400, "bad_request"),
        ("GET", "/snapshot/lines?format=xml", None, 400, "bad_request"),
        ("GET", "/changes?limit=0", None, 400, "bad_request"),
        ("GET", "/changes?limit=2001", None, 400, "bad_request"),
        ("GET", "/changes?wait=61", None, 400, "bad_request"),
        ("GET", f"/objects/Catalog_X/{NOBODYS}", None, 404, "unknown_set"),
        ("GET", f"/objects/Catalog_Партнеры/{NOBODYS}", None, 404, "not_found"),
        ("GET", "/nothing", None, 404, "not_found"),
        ("PUT", "/ping", b"", 405, "method_forbidden"),
        ("POST", "/commands", b"{", 400, "bad_request"),
        ("POST", "/commands", b'{"commands":[{}]}', 400, "bad_request"),
        ("POST", "/versions", b'{"Catalog_X":{}}', 404, "unknown_set"),
        ("POST", "/versions", b'{"Catalog_\xff":{}}', 400, "bad_request"),
        ("POST", "/available", b'{"items":[]}', 400, "bad_request"),
        ("POST", "/changes/ack", b'{"node":"","batch":1}', 400, "bad_request"),
        ("POST", "/commands", b" " * (8 * 1024 * 1024 + 1), 413, "too_large"),
    ],
)
def test_bad_calls_are_answered_by_the_table(
    portal: Portal, method: str, path: str, body: bytes | None, status: int, code: str
) -> None:
    response = portal.http.request(method, path, content=body)
    assert response.status_code == status, response.text
    assert msgspec.json.decode(response.content, type=ErrorAnswer).error.code == code


def test_too_much_at_once_is_refused(portal: Portal) -> None:
    pair = {"Характеристика_Key": str(uuid4()), "Склад_Key": str(uuid4())}
    assert portal.post("/available", {"items": [pair] * 201}, ErrorAnswer, 413).error.code == "too_large"
    labels = {str(uuid4()): "x" for _ in range(2001)}
    assert portal.post("/versions", {"Catalog_Партнеры": labels}, ErrorAnswer, 413).error.code == "too_large"
    assert (
        portal.post("/commands", {"commands": [command("x", str(uuid4()), {})] * 101}, ErrorAnswer, 413).error.code
        == "too_large"
    )
