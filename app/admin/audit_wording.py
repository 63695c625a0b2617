"""What the audit trail says in words: every deed there is, the things deeds are done to, and fields of these.

A deed without words fails a test; so whoever records a new one comes by here.
"""

from collections.abc import Mapping
from typing import Final

from app.infra.i18n.wording import NC_

DEEDS: Final[Mapping[str, str]] = {
    "session.opened": NC_("deed", "Signed in"),
    "session.ended": NC_("deed", "Session ended"),
    "session.ended_all": NC_("deed", "All sessions ended"),
    "session.switched": NC_("deed", "Place of work switched"),
    "password.changed": NC_("deed", "Password changed"),
    "password.forgotten": NC_("deed", "New password asked for"),
    "password.link_made": NC_("deed", "Link to choose the first password made by the operator"),
    "password.reset": NC_("deed", "Password reset by letter"),
    "profile.changed": NC_("deed", "Profile changed"),
    "token.made": NC_("deed", "Access token made"),
    "token.revoked": NC_("deed", "Access token revoked"),
    "factor.turned_on": NC_("deed", "Second step of signing in turned on"),
    "factor.turned_off": NC_("deed", "Second step of signing in turned off"),
    "factor.codes_made": NC_("deed", "Recovery codes made anew"),
    "factor.passkey_added": NC_("deed", "Passkey added"),
    "factor.passkey_removed": NC_("deed", "Passkey removed"),
    "factor.dropped": NC_("deed", "Person's second step of signing in taken away"),
    "factor.demanded": NC_("deed", "Rule of the second step changed"),
    "user.disabled": NC_("deed", "Person disabled"),
    "user.enabled": NC_("deed", "Person enabled"),
    "user.place_changed": NC_("deed", "Person's place of work changed"),
    "user.session_ended": NC_("deed", "Person's session ended"),
    "user.sessions_ended": NC_("deed", "Person's sessions ended"),
    "invitation.made": NC_("deed", "Person invited"),
    "invitation.revoked": NC_("deed", "Invitation taken back"),
    "invitation.accepted": NC_("deed", "Invitation accepted"),
    "absence.entered": NC_("deed", "Deputy named for an absence"),
    "absence.ended": NC_("deed", "Absence ended"),
    "order.submitted": NC_("deed", "Order submitted"),
    "order.asked": NC_("deed", "Approval of an order asked for"),
    "order.approved": NC_("deed", "Order approved"),
    "order.returned": NC_("deed", "Order returned to the buyer"),
    "order.cancelled": NC_("deed", "Order cancelled"),
    "order.cancel_asked": NC_("deed", "Cancellation asked of 1C:ERP"),
    "order.shared": NC_("deed", "Draft shared with colleagues"),
    "order.unshared": NC_("deed", "Draft no longer shared"),
    "order.archived": NC_("deed", "Order archived"),
    "order.restored": NC_("deed", "Order brought back from the archive"),
    "access.draft": NC_("deed", "Draft of access rights begun"),
    "access.draft_dropped": NC_("deed", "Draft of access rights dropped"),
    "access.submitted": NC_("deed", "Access rights sent for approval"),
    "access.sent_back": NC_("deed", "Access rights sent back"),
    "access.published": NC_("deed", "Access rights published"),
    "seeing.began": NC_("deed", "Began to look as another person"),
    "seeing.viewed": NC_("deed", "Looked at a page as another person"),
    "seeing.ran_out": NC_("deed", "Looked as another person until the time was over"),
    "seeing.ended": NC_("deed", "Stopped looking as another person"),
    "brand.changed": NC_("deed", "Brand changed"),
    "logo.changed": NC_("deed", "Logo changed"),
    "currencies.changed": NC_("deed", "Currencies changed"),
    "zone.changed": NC_("deed", "Time zone changed"),
    "calendar.changed": NC_("deed", "Working calendar changed"),
    "infobase.changed": NC_("deed", "Infobase of 1C:ERP changed"),
    "tenant.founded": NC_("deed", "Manufacturer founded"),
    "audit.exported": NC_("deed", "Audit trail exported"),
}
# The word before the dot.
THINGS: Final[Mapping[str, str]] = {
    "order": NC_("audit", "Orders"),
    "access": NC_("audit", "Access rights"),
    "user": NC_("audit", "People"),
    "invitation": NC_("audit", "Invitations"),
    "absence": NC_("audit", "Absences"),
    "session": NC_("audit", "Sessions"),
    "password": NC_("audit", "Passwords"),
    "factor": NC_("audit", "Second step of signing in"),
    "profile": NC_("audit", "Profile"),
    "token": NC_("audit", "Access tokens"),
    "seeing": NC_("audit", "Looks as another person"),
    "audit": NC_("audit", "Audit trail"),
    "settings": NC_("audit", "Settings"),
}
# Deeds whose word before the dot is no thing of its own.
SETTINGS: Final = frozenset({"brand", "logo", "currencies", "zone", "calendar", "infobase", "tenant"})
ICONS: Final[Mapping[str, str]] = {
    "order": "clipboard-list",
    "access": "shield-check",
    "user": "users",
    "invitation": "mail",
    "absence": "calendar-clock",
    "session": "log-in",
    "password": "key-round",
    "factor": "shield-check",
    "profile": "user",
    "token": "key-round",
    "seeing": "eye",
    "audit": "history",
    "settings": "settings",
}
KINDS: Final[Mapping[str, str]] = {
    "order": NC_("audit", "Order"),
    "user": NC_("audit", "Person"),
    "membership": NC_("audit", "Place of work"),
    "token": NC_("audit", "Access token"),
    "access_draft": NC_("audit", "Draft of access rights"),
    "invitation": NC_("audit", "Invitation"),
    "absence": NC_("audit", "Absence"),
    "tenant": NC_("audit", "Portal"),
    "settings": NC_("audit", "Settings"),
    "audit": NC_("audit", "Audit trail"),
}
FIELDS: Final[Mapping[str, str]] = {
    "state": NC_("audit", "State"),
    "gross": NC_("audit", "Total with VAT"),
    "currency": NC_("audit", "Currency"),
    "kg": NC_("audit", "Weight, kg"),
    "lines": NC_("audit", "Lines"),
    "number": NC_("audit", "Number"),
    "shared": NC_("audit", "Shared with colleagues"),
    "archived": NC_("audit", "In the archive"),
    "reason": NC_("audit", "Reason"),
    "path": NC_("audit", "Page"),
    "method": NC_("audit", "Kind of request"),
    "code": NC_("audit", "Why a decision is needed"),
    "title": NC_("audit", "Title"),
    "version": NC_("audit", "Version"),
    "ended": NC_("audit", "Ended"),
    "added": NC_("audit", "Added"),
    "activates_at": NC_("audit", "Takes effect"),
    "label": NC_("audit", "Label"),
    "read_only": NC_("audit", "For reading only"),
    "days": NC_("audit", "Days"),
    "expires_at": NC_("audit", "Valid until"),
    "locale": NC_("audit", "Language"),
    "theme": NC_("audit", "Theme"),
    "name": NC_("audit", "Name"),
    "phone": NC_("audit", "Telephone"),
    "email": NC_("audit", "E-mail"),
    "role": NC_("audit", "Role"),
    "organisation": NC_("audit", "Organisation"),
    "disabled": NC_("audit", "Disabled"),
    "membership": NC_("audit", "Place of work"),
    "format": NC_("audit", "Format"),
    "rows": NC_("audit", "Rows"),
    "q": NC_("audit", "Text"),
    "person": NC_("audit", "Person"),
    "action": NC_("audit", "Action"),
    "kind": NC_("audit", "Kind of object"),
    "object": NC_("audit", "Object"),
    "name_ru": NC_("audit", "Name in Russian"),
    "name_kk": NC_("audit", "Name in Kazakh"),
    "name_en": NC_("audit", "Name in English"),
    "tagline_ru": NC_("audit", "Motto in Russian"),
    "tagline_kk": NC_("audit", "Motto in Kazakh"),
    "tagline_en": NC_("audit", "Motto in English"),
    "accent": NC_("audit", "Colour"),
    "country": NC_("audit", "Country"),
    "opens": NC_("audit", "Opens"),
    "closes": NC_("audit", "Closes"),
    "pause_from": NC_("audit", "Break from"),
    "pause_to": NC_("audit", "Break to"),
    "weekdays": NC_("audit", "Working days of the week"),
    "administrator": NC_("audit", "Administrator"),
    "zone": NC_("audit", "Time zone"),
    "currencies": NC_("audit", "Currencies"),
    "logo": NC_("audit", "Logo"),
    "since": NC_("audit", "From"),
    "until": NC_("audit", "To"),
}
# Values that are words of the portal and not of a person.
VALUES: Final[Mapping[str, Mapping[str, str]]] = {
    "theme": {"light": NC_("audit", "light"), "dark": NC_("audit", "dark"), "": NC_("audit", "as the device")},
    "locale": {"ru": NC_("audit", "Russian"), "kk": NC_("audit", "Kazakh"), "en": NC_("audit", "English")},
}
# What a line of a cell of the access matrix says.
EFFECTS: Final[Mapping[str, str]] = {"allow": NC_("audit", "allowed"), "deny": NC_("audit", "forbidden")}
YES: Final = NC_("audit", "yes")
NO: Final = NC_("audit", "no")
NOTHING: Final = NC_("audit", "nothing")
SYSTEM: Final = NC_("audit", "The portal itself")
TITLE: Final = NC_("audit", "Audit trail")
# Of a file, in this order.
COLUMNS: Final[Mapping[str, str]] = {
    "at": NC_("audit", "Moment"),
    "who": NC_("audit", "Who"),
    "behalf": NC_("audit", "On behalf of"),
    "deed": NC_("audit", "Action"),
    "code": NC_("audit", "Code"),
    "kind": NC_("audit", "Kind of object"),
    "object": NC_("audit", "Object"),
    "object_id": NC_("audit", "Id"),
    "organisation": NC_("audit", "Organisation"),
    "changes": NC_("audit", "Before and after"),
    "told": NC_("audit", "Told besides"),
    "address": NC_("audit", "Address"),
    "device": NC_("audit", "Device"),
    "request": NC_("audit", "Request"),
    "block": NC_("audit", "Block"),
    "sealed": NC_("audit", "Sealed"),
}


def thing_of(action: str) -> str:
    """Name the thing a deed is done to."""
    word = action.partition(".")[0]
    return "settings" if word in SETTINGS else word
