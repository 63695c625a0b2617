"""`python -m erp_peer`."""

import sys

# The web framework looks for this package only to support it, and pays a second of start-up time where it is
# installed; the stand-in never uses it.
sys.modules.setdefault("advanced_alchemy", None)  # type: ignore[arg-type]

from erp_peer.cli import main  # noqa: E402 - after the line above

main()
