"""What somebody's rights lack, in one word that reveals no rule."""

from typing import Literal

from app.access.explaining import Explanation

# Nothing; forbidden by a rule; not of the role; a colleague's; beyond how far the rights reach.
Lack = Literal["", "forbidden", "role", "colleague", "elsewhere"]


def why_not(said: Explanation) -> Lack:
    """Say why a right does not reach an object, revealing nothing of the rules themselves."""
    if said.allowed:
        return ""
    if said.denies:
        return "forbidden"
    if not said.nearest:
        return "role"
    # Whoever may see it and fails at whose it is alone could do it with an own one.
    fails = {fail.dimension for one in said.nearest for fail in one.fails}
    return "colleague" if fails == {"aut"} else "elsewhere"
