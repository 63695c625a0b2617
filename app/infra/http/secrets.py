"""Keys for single purposes, made from the installation's one secret."""

import hmac
from hashlib import sha256


def derive(secret_key: str, purpose: str) -> str:
    """Make the key of one purpose; it tells nothing about the others."""
    return hmac.digest(secret_key.encode(), f"karavan {purpose}".encode(), sha256).hex()
