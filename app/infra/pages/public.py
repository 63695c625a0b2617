"""What the public pages draw beside their frame."""

from msgspec import Struct


class TenantCard(Struct, frozen=True):
    """One manufacturer on the list; ``about`` is one line in the reader's language."""

    name: str
    href: str
    about: str = ""
    logo: str = ""  # address of its picture; empty: the portal's drop
