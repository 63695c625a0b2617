"""References of what the ERP's people make."""

from uuid import uuid5

from erp_peer.data.world import ROOT


def derived_ref(*parts: str) -> str:
    """The reference that follows from these words, always the same: of a register row, or of a paper of another."""
    return str(uuid5(ROOT, "/".join(parts)))
