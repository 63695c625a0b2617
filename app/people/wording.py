"""What a person reads about people, invitations, second factors and absences."""

from collections.abc import Mapping
from typing import Final

from app.infra.i18n.wording import N_

WORDING: Final[Mapping[str, str]] = {
    "not_yourself": N_("Nobody changes their own place or account. Ask another administrator or head."),
    "role_above_yours": N_("This person's role is wider than yours. Ask the administrator of the portal."),
    "role_not_yours": N_("You cannot give this role here. Choose one of the list."),
    "last_admin": N_("This is the last administrator. Make somebody else administrator first."),
    "email_malformed": N_("Write the address as name@company.kz."),
    "organisation_unknown": N_("Choose an organisation of the list."),
    "already_works_here": N_("Somebody with this address already works here."),
    "client_unknown": N_("Choose clients of the list."),
    "reach_of_clients": N_("Only the manufacturer’s people serve regions and have clients assigned."),
    "region_unknown": N_("Choose regions of the list."),
    "link_unknown": N_("This link is not for this address, or it has been used or has expired. Ask for a new one."),
    "address_taken": N_("This address cannot be used here. Ask to be invited under another one."),
    "too_many_passkeys": N_("There are %(max)s passkeys already. Remove one first."),
    "passkey_unfit": N_("The device gave no passkey that fits. Begin again and confirm with the same device."),
    "totp_unknown": N_("Begin anew: no secret is waiting to be confirmed."),
    "totp_is_on": N_("The second factor is on already. Turn it off first to set up another app."),
    "factor_kept": N_("Your role demands a second factor, so it cannot be turned off."),
    "role_unknown": N_("Choose roles of the list."),
    "language_unknown": N_("Write the language as ru, kk or en."),
    "nobody_listed": N_("There is nobody in the table. Each line begins with an e-mail address."),
    "crowd_too_large": N_("There are %(count)s people in the table. At most %(max)s go at once."),
    "listed_twice": N_("This address is in the table twice for the same organisation."),
    "sheet_too_heavy": N_("The file is larger than %(max)s KB."),
    "sheet_old_excel": N_("This is a workbook of an old format. Save it as XLSX or CSV."),
    "sheet_unknown": N_("This is not a table. Save it as XLSX or CSV."),
    "sheet_broken": N_("The file is damaged. Save it as XLSX or CSV once more."),
    "sheet_too_long": N_("There are more than %(max)s lines in the file."),
    "ends_before_start": N_("The last day is before the first one."),
    "absence_is_over": N_("These days are over. Choose later ones."),
    "absence_too_long": N_("An absence lasts at most %(days)s days. Enter the rest when the time comes."),
    "deputy_is_yourself": N_("Choose a colleague, not the person who is away."),
    "deputy_names_self": N_("Somebody else must be named: nobody gives themselves a colleague's rights."),
    "deputy_unknown": N_("Choose a colleague of the same company who can sign in."),
    "absence_overlaps": N_("Somebody already stands in on some of these days. End that first."),
}

# Headings of roles, by the kind of organisation they belong to.
KINDS: Final[Mapping[str, str]] = {
    "": N_("Manufacturer"),
    "distributor": N_("Distributors"),
    "direct_buyer": N_("Direct buyers"),
    "logistics": N_("Logistics companies"),
}
DONE: Final[Mapping[str, str]] = {
    "place": N_("Saved; it counts from now on"),
    "disabled": N_("The account is shut; its sessions have ended"),
    "enabled": N_("The account is open again"),
    "session": N_("The session has ended"),
    "sessions": N_("The sessions have ended"),
    "invited": N_("The invitation is on its way"),
    "revoked": N_("The invitation no longer works"),
    "joined": N_("Welcome. Sign in with your new password"),
    "joined_again": N_("Welcome. Sign in with the password you already have"),
    "reset": N_("The new password counts. All your sessions have ended; sign in"),
    "factor_on": N_("The second factor is on; your other sessions have ended"),
    "factor_off": N_("The second factor is off"),
    "passkey_removed": N_("The passkey opens nothing any more"),
    "roles": N_("Saved; it counts from the next page on"),
    "absence": N_("Saved; your colleague gets a letter"),
    "absence_ended": N_("The absence has ended; so has the standing in"),
}
