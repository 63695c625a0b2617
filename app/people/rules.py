"""Who may give which role, and what nobody may do to people. Pure.

Nobody gives more than they have: a head gives the roles of the own kind of company, a senior would give those below,
the administrator gives all. Nobody changes or shuts out themselves, and the last administrator stays.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from app.kernel.errors import Problem

# By kind of organisation ("" is the manufacturer), from the widest role down.
ROLES_OF_KIND: Final[Mapping[str, Sequence[str]]] = {
    "distributor": ("distributor_head", "distributor_senior", "distributor_manager"),
    "direct_buyer": ("direct_buyer_head", "direct_buyer_senior", "direct_buyer_manager"),
    "logistics": ("forwarder",),
    "": ("admin", "manager_full", "manager_limited", "logistician", "connect_manager"),
}
ADMIN: Final = "admin"
LONGEST_ABSENCE_DAYS: Final = 92


def roles_to_give(giver: str, kind: str) -> Sequence[str]:
    """List the roles somebody of role ``giver`` may give in an organisation of this kind, the widest first."""
    roles = ROLES_OF_KIND.get(kind, ())
    if giver == ADMIN:
        return roles
    if giver in roles:
        return roles[roles.index(giver) :] if kind else ()
    return roles if kind and giver in ROLES_OF_KIND[""] else ()


def find_place_problems(
    *, is_self: bool, giver: str, kind: str, role: str, new_role: str, ends_last_admin: bool
) -> list[Problem]:
    """List what speaks against changing somebody's place; ``role`` is the one they have now."""
    problems: list[Problem] = []
    if is_self:
        problems.append(Problem("not_yourself"))
    givable = roles_to_give(giver, kind)
    if role not in givable:
        problems.append(Problem("role_above_yours"))
    elif new_role not in givable:
        problems.append(Problem("role_not_yours", "role"))
    if ends_last_admin:
        problems.append(Problem("last_admin"))
    return problems


def find_absence_problems(
    *, starts_on: date, ends_on: date, today: date, is_same_person: bool, is_self_named: bool
) -> list[Problem]:
    """List what is wrong with the dates and the deputy of an absence; nobody names themselves to stand in."""
    problems: list[Problem] = []
    if ends_on < starts_on:
        problems.append(Problem("ends_before_start", "ends_on"))
    elif ends_on < today:
        problems.append(Problem("absence_is_over", "ends_on"))
    elif (ends_on - starts_on).days >= LONGEST_ABSENCE_DAYS:
        problems.append(Problem("absence_too_long", "ends_on", {"days": str(LONGEST_ABSENCE_DAYS)}))
    if is_same_person:
        problems.append(Problem("deputy_is_yourself", "deputy_id"))
    elif is_self_named:
        problems.append(Problem("deputy_names_self", "deputy_id"))
    return problems
