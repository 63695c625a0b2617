"""Files that travel, as intents of the outbox."""

from typing import Final, Literal
from uuid import UUID

from msgspec import Struct

FILE_GET: Final = "file.get"
FILE_PUT: Final = "file.put"
OwnerKind = Literal["contract", "claim", "invoice"]


class FileGet(Struct, frozen=True):
    """A file whose content is wanted from the ERP."""

    id: UUID
    size: int
    sha256: str


class FilePut(Struct, frozen=True):
    """A file that the ERP is to attach; it leaves once what ``after`` names has left, and its content is kept here."""

    id: UUID
    owner_kind: OwnerKind
    owner_id: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    after: str = ""  # aggregate of the outbox that brings the owner to the ERP


def aggregate(file_id: UUID) -> str:
    """Name the line in which intents about one file stand."""
    return f"file:{file_id}"
