"""The one spelling of a login under which it is found."""

from unicodedata import normalize


def login_key(email: str) -> str:
    """Fold an address so that one mailbox has one key: NFKC, case folded, without spaces around."""
    return normalize("NFKC", normalize("NFKC", email.strip()).casefold())
