"""`/files`: contents out in ranges, in by pieces, and what faults do to both."""

from contextlib import suppress
from hashlib import sha256
from itertools import pairwise
from urllib.parse import quote
from uuid import uuid4

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Raw, Struct

from tests.erp_peer.portal import ErrorAnswer, Portal, Row

PDF = "application/pdf"
CLAIMS = "Catalog_Претензии"


class Progress(Struct, frozen=True):
    """An answer of PUT."""

    ref: str
    received: int
    complete: bool


class Sent:
    """One file on its way in."""

    def __init__(self, portal: Portal, content: bytes, **changed: str) -> None:
        self.portal = portal
        self.content = content
        self.ref = str(uuid4())
        claim = portal.rows("claims")[0]["Ref_Key"]
        self.headers = {
            "X-File-Owner": quote(f"{CLAIMS}/{claim}"),
            "X-File-Name": quote("Акт приёмки.pdf"),
            "X-File-SHA256": sha256(content).hexdigest(),
            "Content-Type": PDF,
        } | changed

    def put(self, first: int, last: int) -> httpx.Response:
        """Send bytes, both ends included."""
        place = f"bytes {first}-{last}/{len(self.content)}"
        return self._put(self.content[first : last + 1], place)

    def ask(self) -> httpx.Response:
        """Ask how far it is."""
        return self._put(b"", f"bytes */{len(self.content)}")

    def _put(self, body: bytes, place: str) -> httpx.Response:
        return self.portal.http.put(
            f"/files/{self.ref}", content=body, headers={**self.headers, "Content-Range": place}
        )


def progress(response: httpx.Response) -> tuple[int, bool]:
    assert response.status_code == 200, response.text
    answer = msgspec.json.decode(response.content, type=Progress)
    return answer.received, answer.complete


def refusal(response: httpx.Response) -> tuple[int, str, bool]:
    error = msgspec.json.decode(response.content, type=ErrorAnswer).error
    return response.status_code, error.code, error.retry


def strike(portal: Portal, fault: str, **rule: object) -> None:
    body = {"rules": [{"fault": fault, "times": 1, "match": {"path~": "/files/"}, **rule}]}
    portal.steer("/faults", body, dict[str, Raw])


@pytest.fixture
def file(portal: Portal) -> Row:
    return portal.rows("files")[0]


def test_every_file_of_the_register_has_its_content(portal: Portal) -> None:
    rows = portal.rows("files")
    for row in rows:
        response = portal.http.get(f"/files/{row['Ref_Key']}")
        assert response.status_code == 200
        assert response.headers["content-type"].partition(";")[0] == row["ТипСодержимого"]
        assert response.headers["x-file-sha256"] == row["ХешСумма"]
        assert (str(len(response.content)), sha256(response.content).hexdigest()) == (row["Размер"], row["ХешСумма"])
    assert len({row["ТипСодержимого"] for row in rows}) == 3


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-", 0, None), ("bytes=5-", 5, None), ("bytes=5-9", 5, 9), ("bytes=5-999999", 5, None)],
)
def test_a_range_of_it(portal: Portal, file: Row, asked: str, first: int, last: int | None) -> None:
    whole = portal.http.get(f"/files/{file['Ref_Key']}").content
    response = portal.http.get(f"/files/{file['Ref_Key']}", headers={"Range": asked})
    end = len(whole) - 1 if last is None else last
    assert response.content == whole[first : end + 1]
    if first:
        assert response.status_code == 206
        assert response.headers["content-range"] == f"bytes {first}-{end}/{len(whole)}"


@pytest.mark.parametrize("asked", ["bytes=9-5", "bytes=-5", "bytes=0-1,3-4", "lines=1-"])
def test_a_range_that_is_none_gives_the_whole(portal: Portal, file: Row, asked: str) -> None:
    response = portal.http.get(f"/files/{file['Ref_Key']}", headers={"Range": asked})
    assert (response.status_code, len(response.content)) == (200, int(file["Размер"]))


def test_beyond_the_end_there_is_nothing(portal: Portal, file: Row) -> None:
    response = portal.http.get(f"/files/{file['Ref_Key']}", headers={"Range": f"bytes={file['Размер']}-"})
    assert refusal(response) == (416, "range_unsatisfiable", False)
    assert response.headers["content-range"] == f"bytes */{file['Размер']}"


def test_the_digest_is_the_tag(portal: Portal, file: Row) -> None:
    path, tag = f"/files/{file['Ref_Key']}", f'"{file["ХешСумма"]}"'
    other = '"' + "0" * 64 + '"'
    assert portal.http.get(path).headers["etag"] == tag
    assert portal.http.get(path, headers={"If-None-Match": tag}).status_code == 304
    assert refusal(portal.http.get(path, headers={"If-Match": other})) == (412, "changed", False)
    assert portal.http.get(path, headers={"If-Match": tag, "Range": "bytes=1-"}).status_code == 206
    assert portal.http.get(path, headers={"If-Range": other, "Range": "bytes=1-"}).status_code == 200


def test_a_file_nobody_knows(portal: Portal) -> None:
    assert refusal(portal.http.get(f"/files/{uuid4()}")) == (404, "not_found", False)


@given(cuts=st.lists(st.integers(1, 4_999), max_size=6))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_arrives_in_pieces_of_any_size(portal: Portal, cuts: list[int]) -> None:
    sent = Sent(portal, uuid4().bytes * 313)  # 5,008 bytes
    places = [0, *sorted(set(cuts)), len(sent.content)]
    for first, end in pairwise(places):
        # Each piece comes twice, the second time with all that came before.
        assert progress(sent.put(first, end - 1)) == (end, end == len(sent.content))
        assert progress(sent.put(0, end - 1)) == (end, end == len(sent.content))
    assert portal.http.get(f"/files/{sent.ref}").content == sent.content
    row = portal.one("files", Ref_Key=sent.ref)
    assert (row["Description"], row["ВладелецФайла_Type"], row["Размер"]) == ("Акт приёмки.pdf", CLAIMS, "5008")
    assert [item.type for item in portal.audit(sent.ref)] == ["file.put"]


def test_nobody_sees_a_file_before_it_is_whole(portal: Portal, node: str) -> None:
    sent = Sent(portal, b"%PDF-" + uuid4().bytes * 10)
    assert progress(sent.ask()) == (0, False)
    assert progress(sent.put(0, 99)) == (100, False)
    assert progress(sent.ask()) == (100, False)
    assert portal.http.get(f"/files/{sent.ref}").status_code == 404
    assert portal.changes(node).batch is None
    assert progress(sent.put(100, 164)) == (165, True)
    assert progress(sent.ask()) == (165, True)
    assert [entry.ref for entry in portal.drain(node)] == [sent.ref]


def test_missing_bytes_are_asked_for(portal: Portal) -> None:
    sent = Sent(portal, b"x" * 100)
    assert refusal(sent.put(10, 19)) == (409, "range_gap", True)
    assert progress(sent.ask()) == (0, False)


def test_a_garbled_file_is_thrown_away_whole(portal: Portal) -> None:
    sent = Sent(portal, b"good" + uuid4().bytes)
    right, sent.content = sent.content, b"evil" + sent.content[4:]
    assert refusal(sent.put(0, 19)) == (409, "digest_mismatch", True)
    assert portal.audit(sent.ref) == []
    sent.content = right
    assert progress(sent.ask()) == (0, False)
    assert progress(sent.put(0, 19)) == (20, True)


def test_another_file_under_a_reference_in_use(portal: Portal) -> None:
    sent = Sent(portal, uuid4().bytes)
    assert progress(sent.put(0, 15)) == (16, True)
    other = Sent(portal, uuid4().bytes)
    other.ref = sent.ref
    assert refusal(other.put(0, 15)) == (409, "file_exists", False)
    assert portal.http.get(f"/files/{sent.ref}").content == sent.content


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-File-Owner": quote(f"{CLAIMS}/{uuid4()}")}, (409, "owner_missing", True)),
        ({"X-File-Owner": quote(f"Catalog_Склады/{uuid4()}")}, (400, "bad_request", False)),
        ({"X-File-Owner": CLAIMS.encode().hex()}, (400, "bad_request", False)),
        ({"X-File-Name": quote("../etc/passwd")}, (400, "bad_request", False)),
        ({"X-File-Name": quote("a\nb.pdf")}, (400, "bad_request", False)),
        ({"X-File-Name": ""}, (400, "bad_request", False)),
        ({"X-File-SHA256": "00"}, (400, "bad_request", False)),
        ({"Content-Type": "text/html"}, (415, "media_type_refused", False)),
        ({"Content-Type": ""}, (415, "media_type_refused", False)),
    ],
    ids=range(9),
)
def test_what_is_not_taken(portal: Portal, headers: dict[str, str], expected: tuple[int, str, bool]) -> None:
    sent = Sent(portal, b"x" * 16, **headers)
    assert refusal(sent.put(0, 15)) == expected
    assert portal.http.get(f"/files/{sent.ref}").status_code == 404


@pytest.mark.parametrize(
    ("place", "body", "expected"),
    [
        ("bytes 0-3/16", b"12345", 400),
        ("bytes 14-17/16", b"1234", 400),
        ("bytes */16", b"1", 400),
        ("chars 0-3/16", b"1234", 400),
        ("bytes */0", b"", 400),
        ("bytes */10485761", b"", 413),
    ],
)
def test_a_place_that_is_none(portal: Portal, place: str, body: bytes, expected: int) -> None:
    sent = Sent(portal, b"x" * 16)
    response = portal.http.put(f"/files/{sent.ref}", content=body, headers={**sent.headers, "Content-Range": place})
    assert response.status_code == expected


def test_two_tenants_see_their_own_files_only(portal: Portal) -> None:
    sent = Sent(portal, uuid4().bytes)
    assert progress(sent.put(0, 15)) == (16, True)
    with Portal(portal.url, "erp2") as other:
        assert other.http.get(f"/files/{sent.ref}").status_code == 404
        assert other.http.get(f"/files/{portal.rows('files')[0]['Ref_Key']}").status_code == 404
        # A claim of the first tenant owns nothing here.
        foreign = Sent(portal, uuid4().bytes)
        foreign.portal = other
        assert refusal(foreign.put(0, 15)) == (409, "owner_missing", True)


def test_an_answer_cut_in_the_middle_goes_on_where_it_ended(portal: Portal, file: Row) -> None:
    path = f"/files/{file['Ref_Key']}"
    whole = portal.http.get(path).content
    strike(portal, "truncate_body", bytes=100, end="reset")
    got = b""
    with portal.http.stream("GET", path) as response, suppress(httpx.HTTPError):
        for part in response.iter_bytes():
            got += part
    assert got == whole[:100]
    rest = portal.http.get(path, headers={"Range": f"bytes={len(got)}-"})
    assert got + rest.content == whole


def test_a_garbled_byte_shows_in_the_digest(portal: Portal, file: Row) -> None:
    path = f"/files/{file['Ref_Key']}"
    strike(portal, "garble_body", at=50)
    response = portal.http.get(path)
    whole = portal.http.get(path).content
    assert response.headers["x-file-sha256"] == file["ХешСумма"]
    assert response.content == whole[:50] + bytes([whole[50] ^ 0xFF]) + whole[51:]


def test_a_login_page_may_come_instead(portal: Portal, file: Row) -> None:
    strike(portal, "html_login_page")
    assert portal.http.get(f"/files/{file['Ref_Key']}").headers["content-type"].startswith("text/html")


def test_a_lost_answer_is_no_lost_piece(portal: Portal) -> None:
    sent = Sent(portal, uuid4().bytes * 2)
    strike(portal, "drop_after_commit")
    with pytest.raises(httpx.HTTPError):
        sent.put(0, 15)
    assert progress(sent.ask()) == (16, False)
    strike(portal, "drop_before_handle")
    with pytest.raises(httpx.HTTPError):
        sent.put(16, 31)
    assert progress(sent.ask()) == (16, False)
    strike(portal, "duplicate_delivery")
    assert progress(sent.put(16, 31)) == (32, True)
    assert len(portal.audit(sent.ref)) == 1
