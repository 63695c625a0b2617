"""How states, views, steps and events of orders are called on pages."""

from collections.abc import Mapping
from typing import Final

from app.infra.i18n.wording import N_, NC_, gettext
from app.infra.pages.views import BadgeView
from app.orders.rules.facts import Delivery
from app.orders.rules.quantities import Mode
from app.orders.rules.states import State, View

_VIEWS: Final[Mapping[View, str]] = {
    "all": NC_("orders", "All"),
    "needs_me": NC_("orders", "Need attention"),
    "held": NC_("orders", "Held"),
    "in_erp": NC_("orders", "In 1C:ERP"),
    "on_the_way": NC_("orders", "On the way"),
    "done": NC_("orders", "Done"),
    "drafts": NC_("orders", "Drafts"),
    "archive": NC_("orders", "Archive"),
}
_STATES: Final[Mapping[State, BadgeView]] = {
    "draft": BadgeView(NC_("order", "Draft"), "", "pencil"),
    "submitted": BadgeView(NC_("order", "Sent"), "info", "send"),
    "accepted": BadgeView(NC_("order", "Accepted"), "info", "check"),
    "in_work": BadgeView(NC_("order", "Being prepared"), "info", "package"),
    "loading": BadgeView(NC_("order", "Loading"), "pri", "warehouse"),
    "shipped": BadgeView(NC_("order", "On the way"), "pri", "truck"),
    "delivered": BadgeView(NC_("order", "Delivered"), "ok", "circle-check"),
    "closed": BadgeView(NC_("order", "Closed"), "ok", "check-check"),
    "needs_decision": BadgeView(NC_("order", "Needs a decision"), "warn", "triangle-alert"),
    "cancelling": BadgeView(NC_("order", "Being cancelled"), "warn", "hourglass"),
    "cancelled": BadgeView(NC_("order", "Cancelled"), "bad", "ban"),
}
# What comes next, as the buyer reads it and as the manufacturer's people do.
_NEXT: Final[Mapping[State, tuple[str, str]]] = {
    "draft": (N_("Your turn: complete and submit it"), N_("The buyer completes it")),
    "submitted": (N_("1C:ERP is checking it"), N_("1C:ERP is checking it")),
    "accepted": (N_("The warehouse takes it up next"), N_("The warehouse takes it up next")),
    "in_work": (N_("The warehouse is preparing it"), N_("The warehouse is preparing it")),
    "loading": (N_("It is being loaded"), N_("It is being loaded")),
    "shipped": (N_("The carrier is under way"), N_("The carrier is under way")),
    "delivered": (N_("Only payment or papers are left"), N_("Only payment or papers are left")),
    "closed": (N_("Nothing is left to do"), N_("Nothing is left to do")),
    "needs_decision": (N_("Your manager decides"), N_("The manager decides")),
    "cancelling": (N_("1C:ERP is cancelling it"), N_("1C:ERP is cancelling it")),
    "cancelled": (N_("Nothing is left to do"), N_("Nothing is left to do")),
}
_DECIDE: Final = N_("Your turn: decide")
_SETTLE: Final = N_("Your turn: settle the difference")
# Whatever comes next in the ERP, what comes next here: as the buyer reads it and as the manufacturer's people do.
_HELD: Final = (N_("Your manager settles a difference with 1C:ERP"), N_("The manager settles a difference with 1C:ERP"))
_HELD_BADGE: Final = BadgeView(NC_("order", "Held"), "warn", "scale")
_MODES: Final[Mapping[Mode, str]] = {
    "packaged": N_("Packaged goods"),
    "tank_truck": N_("Tank truck"),
    "rail_tank": N_("Rail tank car"),
}
_DELIVERIES: Final[Mapping[Delivery, str]] = {"delivery": N_("Delivery"), "pickup": N_("Self-pickup")}
EVENTS: Final[Mapping[str, tuple[str, str, str]]] = {  # title, tone, icon
    "created": (N_("Draft created"), "ok", "pencil"),
    "submitted": (N_("Submitted"), "ok", "send"),
    "asked": (N_("Manager asked for approval"), "warn", "hourglass"),
    "sent": (N_("Sent to 1C:ERP"), "info", "send"),
    "accepted": (N_("Accepted by 1C:ERP"), "ok", "check"),
    "refused": (N_("1C:ERP did not accept it"), "bad", "circle-alert"),
    "refused_part": (N_("1C:ERP did not accept a part of it"), "warn", "triangle-alert"),
    "approved": (N_("Approved by the manager"), "ok", "user-check"),
    "returned": (N_("Returned to the buyer"), "warn", "undo-2"),
    "cancel_asked": (N_("Cancellation asked for"), "warn", "hourglass"),
    "cancel_refused": (N_("1C:ERP did not cancel it"), "bad", "circle-alert"),
    "cancelled": (N_("Cancelled"), "bad", "ban"),
    "shared": (N_("Shared with colleagues"), "info", "users"),
    "unshared": (N_("No longer shared"), "info", "users"),
    "held": (N_("Held: 1C:ERP has other figures"), "warn", "scale"),
    "held_anew": (N_("Changed in 1C:ERP once more"), "warn", "scale"),
    "agreed": (N_("The figures agree with 1C:ERP again"), "ok", "check"),
    "sent_again": (N_("Sent to 1C:ERP once more"), "info", "send"),
    "taken_over": (N_("The figures of 1C:ERP accepted"), "warn", "user-check"),
    "archived": (N_("Put into the archive"), "info", "archive"),
    "restored": (N_("Brought back from the archive"), "info", "archive-restore"),
}
# Why an order needs a decision: our own codes and those of the ERP's posting.
_DECISIONS: Final[Mapping[str, str]] = {
    "over_credit": N_("The order is over the credit limit of the contract."),
    "over_credit_plain": N_("The order is over the credit limit of the contract."),
    "overdue": N_("There is overdue debt, and the contract forbids new orders until it is paid."),
    "overdue_plain": N_("There is overdue debt, and the contract forbids new orders until it is paid."),
    "credit_unknown": N_("1C:ERP has not named the credit of the contract yet."),
    "credit_unknown_plain": N_("1C:ERP has not named the credit of the contract yet."),
    "limit_exceeded": N_("In 1C:ERP the order is over the credit limit of the contract."),
    "no_stock": N_("In 1C:ERP there is not enough stock for one of the lines."),
    "contract_closed": N_("In 1C:ERP the contract is not in force."),
    "contract_mismatch": N_("In 1C:ERP the contract belongs to another buyer."),
    "currency_mismatch": N_("In 1C:ERP the contract or the price list has another currency."),
    "agreement_closed": N_("In 1C:ERP the agreement has ended."),
    "agreement_mismatch": N_("In 1C:ERP the agreement belongs to another contract."),
    "consignee_mismatch": N_("In 1C:ERP the consignee or the address is not the buyer's."),
    "wrong_state": N_("In 1C:ERP the order has gone too far to be changed."),
    "empty_order": N_("In 1C:ERP the order has no lines."),
    "bad_quantity": N_("In 1C:ERP one of the products is sold in other packs."),
    "item_blocked": N_("In 1C:ERP one of the products is not sold any more."),
    "not_in_segment": N_("In 1C:ERP one of the products is not in the agreement."),
    "warehouse_mismatch": N_("In 1C:ERP the goods leave from another warehouse."),
    "price_mismatch": N_("In 1C:ERP one of the prices has changed."),
    "vat_mismatch": N_("In 1C:ERP the VAT rate is another one."),
    "min_amount": N_("In 1C:ERP the order is below the minimum of the agreement."),
    "changed_in_erp": N_("The order was changed in 1C:ERP, and that version stands."),
    "returned": N_("The manager returned the order."),
}
_DECISION_UNKNOWN: Final = N_("1C:ERP did not accept the order.")


def view_label(view: View, locale: str) -> str:
    """Name a saved view."""
    return gettext(locale, _VIEWS[view])


def state_badge(state: State, locale: str) -> BadgeView:
    """Show a state: never a colour without a word."""
    badge = _STATES[state]
    return BadgeView(gettext(locale, badge.label), badge.tone, badge.icon)


def state_badges(locale: str) -> dict[State, BadgeView]:
    """Show every state."""
    return {state: state_badge(state, locale) for state in _STATES}


def held_badge(locale: str) -> BadgeView:
    """Show that an order is held, beside its state."""
    return BadgeView(gettext(locale, _HELD_BADGE.label), _HELD_BADGE.tone, _HELD_BADGE.icon)


def next_step(state: State, locale: str, *, is_held: bool, is_staff: bool, may_decide: bool) -> str:
    """Say what comes next and whose turn it is; not everybody of the manufacturer may decide."""
    if is_held:
        return gettext(locale, _SETTLE if may_decide else _HELD[1 if is_staff else 0])
    if state == "needs_decision" and may_decide:
        return gettext(locale, _DECIDE)
    return gettext(locale, _NEXT[state][1 if is_staff else 0])


def mode_label(mode: Mode, locale: str) -> str:
    """Name the way goods travel."""
    return gettext(locale, _MODES[mode])


def delivery_label(delivery: Delivery, locale: str) -> str:
    """Name who carries the goods."""
    return gettext(locale, _DELIVERIES[delivery])


def decision_text(code: str, locale: str) -> str:
    """Say why an order needs a decision; an unknown code of the ERP says the general thing."""
    return gettext(locale, _DECISIONS.get(code, _DECISION_UNKNOWN)) if code else ""
