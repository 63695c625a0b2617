"""Letters: plain text in the reader's language, by SMTP or into a folder."""

import asyncio
import smtplib
from collections.abc import Awaitable, Callable, Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID

from msgspec import Struct

from app.access.actors import Actor
from app.config import Settings
from app.infra.db.transaction import Transaction
from app.infra.i18n.wording import N_, gettext
from app.notifications.notices import Told

_TIMEOUT_S: Final = 10
_SENDER_NAME: Final = "Karavan"
GREETING: Final = N_("Hello, %(name)s.")
OPEN_IT: Final = N_("Open it in the portal: %(link)s")
FOOTER: Final = N_("You receive this letter because the portal of %(tenant)s works for your company.")


class Letter(Struct, frozen=True):
    """One letter ready to leave."""

    id: UUID
    to: str
    subject: str
    text: str


class Desk(Struct, frozen=True):
    """What a letter is written with: where the portal is, and the installation's secret for links in it."""

    public_url: str
    secret_key: str


class LetterKind(Struct, frozen=True):
    """A letter that is not about an entry of the bell; a room names its own in ``letters.LETTERS``.

    ``write`` gets the JSON of the intent and looks at the facts again; None: there is nothing to say any more.
    """

    kind: str
    write: Callable[[Transaction, Desk, UUID, bytes], Awaitable[Letter | None]]


class Post(Protocol):
    """Takes letters."""

    async def send(self, letter: Letter) -> None:
        """Send one letter.

        Raises:
            OSError: the post is away; the same letter may be given again.
        """
        ...


def write_letter(letter_id: UUID, reader: Actor, tenant: str, told: Told, public_url: str) -> Letter:
    """Put a letter together; params were filled in before and are never read as a template."""
    locale = reader.locale
    link = f"{public_url}{told.href}"
    parts = [
        gettext(locale, GREETING, name=reader.name),
        told.text or told.title,
        gettext(locale, OPEN_IT, link=link),
        "-- ",
        gettext(locale, FOOTER, tenant=tenant),
    ]
    return compose(letter_id, reader.email, f"{tenant}: {told.title}", parts)


def compose(letter_id: UUID, to: str, subject: str, parts: Sequence[str]) -> Letter:
    """Put a letter together from its paragraphs; a subject is one line whatever the names in it hold."""
    return Letter(letter_id, to, " ".join(subject.split()), "\n\n".join(parts) + "\n")


def open_post(settings: Settings) -> Post:
    """Choose the way letters leave."""
    if settings.smtp_url:
        return SmtpPost(settings.smtp_url, _sender(settings.public_url))
    return FolderPost(settings.data_dir / "mail", _sender(settings.public_url))


class SmtpPost:
    """Sends by ``smtp://[user:password@]host[:port]`` or ``smtps://``."""

    def __init__(self, url: str, sender: str) -> None:
        """Take the address apart."""
        self._parts = urlsplit(url)
        self._sender = sender

    async def send(self, letter: Letter) -> None:
        """Send one letter, away from the event loop."""
        try:
            await asyncio.to_thread(self._send, _message(letter, self._sender))
        except smtplib.SMTPException as error:
            raise OSError(str(error)) from error

    def _send(self, message: EmailMessage) -> None:
        parts = self._parts
        kind = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
        with kind(parts.hostname or "localhost", parts.port or 0, timeout=_TIMEOUT_S) as server:
            if parts.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls()
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)


class FolderPost:
    """Writes letters into a folder: for the demo, and where there is no post."""

    def __init__(self, folder: Path, sender: str) -> None:
        """The folder is made with the first letter."""
        self._folder = folder
        self._sender = sender

    async def send(self, letter: Letter) -> None:
        """Write one letter; a repeat replaces it."""
        await asyncio.to_thread(self._write, letter)

    def _write(self, letter: Letter) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{letter.id}.eml"
        draft = path.with_suffix(".draft")
        draft.write_bytes(_message(letter, self._sender).as_bytes())
        draft.replace(path)


def _message(letter: Letter, sender: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Message-ID"] = f"<{letter.id}@{sender.rpartition('@')[2].rstrip('>')}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    return message


def _sender(public_url: str) -> str:
    host = urlsplit(public_url).hostname or "localhost"
    return f"{_SENDER_NAME} <no-reply@{host}>"
