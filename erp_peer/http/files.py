"""`/files/{ref}`: contents of attached files, out in ranges and in by pieces."""

import re
from urllib.parse import unquote
from uuid import UUID

from litestar import Response, Router, get, put
from litestar.status_codes import (
    HTTP_206_PARTIAL_CONTENT,
    HTTP_304_NOT_MODIFIED,
    HTTP_400_BAD_REQUEST,
    HTTP_404_NOT_FOUND,
    HTTP_409_CONFLICT,
    HTTP_412_PRECONDITION_FAILED,
    HTTP_413_REQUEST_ENTITY_TOO_LARGE,
    HTTP_415_UNSUPPORTED_MEDIA_TYPE,
    HTTP_416_REQUESTED_RANGE_NOT_SATISFIABLE,
)

from erp_peer.files.reading import FileRow, find_file, read_content
from erp_peer.files.uploads import MEDIA_TYPES, MOST_BYTES, OWNERS, Fault, Head, UploadError, take
from erp_peer.http.answers import AnyRequest, ErrorBody, PeerError, error_json, to_json
from erp_peer.peer import Infobase, Peer

DIGEST = "X-File-SHA256"
_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{1,15})?")
_PIECE = re.compile(r"bytes (?:(\d{1,15})-(\d{1,15})|\*)/(\d{1,15})")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LONGEST_NAME = 150
_LOOK_AGAIN_MS = 2_000
_REFUSALS: dict[Fault, tuple[int, str, int | None]] = {
    # What it hangs on may be on its way, missing bytes are sent, a garbled file is sent anew.
    "owner_missing": (HTTP_409_CONFLICT, "Владелец файла не найден.", _LOOK_AGAIN_MS),
    "file_exists": (HTTP_409_CONFLICT, "Под этой ссылкой хранится другой файл.", None),
    "range_gap": (HTTP_409_CONFLICT, "Не хватает предыдущих байтов, получено {}.", 0),
    "digest_mismatch": (HTTP_409_CONFLICT, "Хеш-сумма не совпала, файл отброшен.", 0),
}


@get("/files/{ref:uuid}")
async def read_file(peer: Peer, base: Infobase, ref: UUID, request: AnyRequest) -> Response[bytes]:
    """A file or the rest of it; its digest is its ETag, for a content never changes."""
    async with peer.pool.acquire() as conn:
        file = await find_file(conn, base.ib, str(ref))
        if file is None:
            raise PeerError(HTTP_404_NOT_FOUND, "not_found", "Файл не найден.")
        tag = f'"{file.sha256}"'
        headers = {"ETag": tag, DIGEST: file.sha256, "Accept-Ranges": "bytes"}
        wanted = request.headers.get("if-match", "*")
        if wanted != "*" and tag not in wanted:
            raise PeerError(HTTP_412_PRECONDITION_FAILED, "changed", "Под этой ссылкой хранится другой файл.")
        if tag in request.headers.get("if-none-match", ""):
            return Response(b"", status_code=HTTP_304_NOT_MODIFIED, headers=headers)
        first, last = _span(request, file)
        if first >= file.size:
            body = ErrorBody("range_unsatisfiable", retry=False, after_ms=None, message=f"В файле {file.size} байт.")
            answer = error_json(HTTP_416_REQUESTED_RANGE_NOT_SATISFIABLE, body)
            answer.headers["Content-Range"] = f"bytes */{file.size}"
            return answer
        content = await read_content(conn, base.ib, file, first, last)
    if (first, last) == (0, file.size - 1):
        return Response(content, media_type=file.media_type, headers=headers)
    headers["Content-Range"] = f"bytes {first}-{last}/{file.size}"
    return Response(content, status_code=HTTP_206_PARTIAL_CONTENT, media_type=file.media_type, headers=headers)


def _span(request: AnyRequest, file: FileRow) -> tuple[int, int]:
    """First and last byte to send; a range nobody understands, or of another content, means the whole."""
    whole = 0, file.size - 1
    found = _RANGE.fullmatch(request.headers.get("range", ""))
    if found is None or request.headers.get("if-range", f'"{file.sha256}"') != f'"{file.sha256}"':
        return whole
    first, last = int(found[1]), int(found[2] or file.size - 1)
    return (first, min(last, file.size - 1)) if first <= last or found[2] is None else whole


@put("/files/{ref:uuid}", status_code=200)
async def write_file(peer: Peer, base: Infobase, ref: UUID, request: AnyRequest) -> Response[bytes]:
    """A piece of a new file, or the question how far it is."""
    piece = await request.body()
    first, size = _place(request, len(piece))
    head = _head(request, str(ref), size)
    try:
        return to_json(await take(peer.pool, base.ib, head, first, piece, peer.clock.now()))
    except UploadError as error:
        status, text, after_ms = _REFUSALS[error.fault]
        raise PeerError(status, error.fault, text.format(error.received), after_ms=after_ms) from error


def _place(request: AnyRequest, length: int) -> tuple[int | None, int]:
    """Where the piece begins, None for a question, and how large the whole is."""
    text = request.headers.get("content-range")
    if text is None:
        return 0, length
    found = _PIECE.fullmatch(text)
    if found is None:
        raise _bad("Content-Range")
    size = int(found[3])
    if found[1] is None:
        if length:
            raise _bad("Content-Range")
        return None, size
    first, last = int(found[1]), int(found[2])
    if last - first + 1 != length or last >= size:
        raise _bad("Content-Range")
    return first, size


def _head(request: AnyRequest, ref: str, size: int) -> Head:
    owner_set, _, owner = unquote(request.headers.get("x-file-owner", "")).partition("/")
    name = unquote(request.headers.get("x-file-name", "")).strip()
    digest = request.headers.get("x-file-sha256", "")
    media_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if size > MOST_BYTES:
        raise PeerError(HTTP_413_REQUEST_ENTITY_TOO_LARGE, "too_large", f"Не более {MOST_BYTES} байт.")
    if not size:
        raise _bad("Content-Range")
    if owner_set not in OWNERS or not _is_ref(owner):
        raise _bad("X-File-Owner")
    if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable() or "/" in name or "\\" in name:
        raise _bad("X-File-Name")
    if not _SHA256.fullmatch(digest):
        raise _bad(DIGEST)
    if media_type not in MEDIA_TYPES:
        text = f"Файлы вида {media_type or 'без вида'} не принимаются."
        raise PeerError(HTTP_415_UNSUPPORTED_MEDIA_TYPE, "media_type_refused", text)
    return Head(ref, owner_set, owner, name, media_type, size, digest)


def _is_ref(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _bad(text: str) -> PeerError:
    return PeerError(HTTP_400_BAD_REQUEST, "bad_request", text)


def routes() -> Router:
    """Both calls."""
    return Router("/", route_handlers=[read_file, write_file])
