"""What people are told about orders, by bell and by letter."""

from typing import Final

from app.infra.i18n.wording import N_
from app.notifications.notices import Notice

_HREF: Final = "/orders/{id}"

NOTICES: Final = [
    Notice(
        kind="order.accepted",
        title=N_("Order %(number)s is accepted"),
        text=N_("1C:ERP has accepted order %(number)s under its own number %(erp_number)s."),
        href=_HREF,
        tone="ok",
    ),
    Notice(
        kind="order.needs_decision",
        title=N_("Order %(number)s needs a decision"),
        text=N_("Order %(number)s waits for a manager's decision. Its page tells the reason."),
        href=_HREF,
        tone="warn",
        tells_managers=True,
    ),
    Notice(
        kind="order.approved",
        title=N_("Order %(number)s is approved"),
        text=N_("The manager has approved order %(number)s. It is on its way to 1C:ERP."),
        href=_HREF,
        tone="ok",
    ),
    Notice(
        kind="order.returned",
        title=N_("Order %(number)s is yours again"),
        text=N_("The manager has returned order %(number)s as a draft. Its page tells why."),
        href=_HREF,
        tone="warn",
    ),
    Notice(
        kind="order.cancel_refused",
        title=N_("Order %(number)s was not cancelled"),
        text=N_("1C:ERP could not cancel order %(number)s any more. It goes on as before."),
        href=_HREF,
        tone="warn",
    ),
    Notice(
        kind="order.cancelled",
        title=N_("Order %(number)s is cancelled"),
        text=N_("Order %(number)s was cancelled in 1C:ERP."),
        href=_HREF,
        tone="warn",
    ),
    Notice(
        kind="order.held",
        title=N_("Order %(number)s differs in 1C:ERP"),
        text=N_("1C:ERP has other figures for order %(number)s than the portal. It is held until they agree."),
        href=_HREF,
        tone="warn",
        tells_managers=True,
    ),
    Notice(
        kind="order.agreed",
        title=N_("Order %(number)s agrees with 1C:ERP again"),
        text=N_("The figures of order %(number)s are the same in 1C:ERP and in the portal."),
        href=_HREF,
        tone="ok",
        tells_managers=True,
        is_mailed=False,
    ),
    Notice(
        kind="order.taken_over",
        title=N_("Order %(number)s has the figures of 1C:ERP now"),
        text=N_("The manager has accepted the figures of 1C:ERP for order %(number)s. Its page tells why."),
        href=_HREF,
        tone="warn",
    ),
]
