"""What people read about settings: refusals, names of sections, what was done."""

from collections.abc import Mapping
from typing import Final

from app.infra.i18n.wording import N_, NC_

WORDING: Final[Mapping[str, str]] = {
    "picture_missing": N_("Choose a file first."),
    "picture_too_heavy": N_("The file is larger than %(max)s KB. Save the logo smaller."),
    "picture_other_kind": N_("This is a picture of another kind. Save the logo as PNG."),
    "picture_unknown": N_("This is not a picture. Save the logo as PNG."),
    "picture_broken": N_("The picture is damaged. Save it as PNG once more."),
    "picture_interlaced": N_("The picture is saved interlaced. Save it as PNG without this option."),
    "picture_wrong_size": N_(
        "The picture is %(width)s by %(height)s pixels. Each side must be between %(min)s and %(max)s."
    ),
    "currency_in_use": N_("%(currency)s: contracts in force are in it. End them in 1C:ERP first."),
    "currencies_missing": N_("Choose at least one currency."),
    "currency_not_traded": N_("%(currency)s is not among the chosen currencies."),
    "zone_unknown": N_("There is no such time zone."),
    "weekdays_missing": N_("Choose at least one working day."),
    "hours_reversed": N_("The working day ends before it begins."),
    "pause_half": N_("Give both times of the break, or neither."),
    "pause_outside": N_("The break must lie within the working day, from %(opens)s to %(closes)s."),
    "no_such_day": N_("There is no such day. Write 16.12 for every year or 27.05.2026 for one."),
    "address_malformed": N_("This is not the address of a server. Write it as https://erp.plant.example."),
    "address_scheme": N_("The address begins with https:// or http://."),
    "address_with_user": N_("Leave user and password out of the address; they have their own fields."),
    "address_not_listed": N_("%(server)s is not on the list of your operator. Ask to have it added."),
    "infobase_taken": N_("This infobase belongs to another manufacturer."),
    "infobase_not_own": N_("You use the infobase your operator set; the portal watches it by itself."),
    "secret_anew": N_("Give the password: it is needed anew for a new address, infobase or user."),
    "day_twice": N_("This day is in the list already."),
}

SECTIONS: Final[Mapping[str, str]] = {
    "": NC_("settings", "Overview"),
    "brand": NC_("settings", "Brand"),
    "money": NC_("settings", "Currencies"),
    "time": NC_("settings", "Time zone"),
    "calendars": NC_("settings", "Working calendars"),
    "infobase": NC_("settings", "1C:ERP"),
}
DONE: Final[Mapping[str, str]] = {
    "brand": N_("The brand is saved. Everybody sees it with the next page."),
    "logo": N_("The logo is saved."),
    "no_logo": N_("The logo is removed."),
    "money": N_("The currencies are saved."),
    "time": N_("The time zone is saved."),
    "infobase": N_("The infobase is saved. The exchange goes there from now on."),
    "usual": N_("The infobase your operator set is used again."),
    "surface": N_("Saved. The portal changes over within seconds."),
    "calendar": N_("The calendar is saved. New deadlines follow it."),
}
# Labels of fields, where two versions stand beside each other.
FIELDS: Final[Mapping[str, str]] = {
    "name_ru": N_("Name in Russian"),
    "name_kk": N_("Name in Kazakh"),
    "name_en": N_("Name in English"),
    "tagline_ru": N_("One line about you in Russian"),
    "tagline_kk": N_("One line about you in Kazakh"),
    "tagline_en": N_("One line about you in English"),
    "accent": N_("Colour"),
    "currencies": N_("Traded currencies"),
    "currency": N_("Main currency"),
    "zone": N_("Time zone"),
    "weekdays": N_("Working days"),
    "opens": N_("Work begins"),
    "closes": N_("Work ends"),
    "pause_from": N_("Break from"),
    "pause_to": N_("Break until"),
    "days": N_("Holidays and transferred days"),
    "base": N_("Address of the server"),
    "infobase": N_("Name of the infobase"),
    "username": N_("User of the portal in 1C"),
}
SURFACES: Final[Mapping[str, str]] = {
    "auto": N_("The portal’s extension where it answers, else OData"),
    "h": N_("Only the HTTP service of the portal’s extension"),
    "o": N_("Only the standard OData interface"),
}
SURFACES_USED: Final[Mapping[str, str]] = {
    "": N_("not chosen yet"),
    "h": N_("HTTP service of the portal’s extension in 1C"),
    "o": N_("standard OData interface of 1C: changes arrive in half a minute or so"),
}
VERDICTS: Final[Mapping[str, str]] = {
    "pending": N_("Looking whether 1C:ERP answers…"),
    "ok": N_("1C:ERP answers and lets the portal in."),
    "away": N_("1C:ERP does not answer. Check the address and whether the server is up."),
    "refused": N_("1C:ERP refused the user or the password."),
    "not_found": N_("There is no such infobase there, or the portal’s extension is not installed in it."),
    "wrong_tenant": N_("This infobase says that it belongs to another manufacturer."),
    "not_ours": N_("Something answers there, but it is not the portal’s extension of 1C:ERP."),
    "not_listed": N_("The server is no longer on the list of your operator. The exchange stands still."),
    "lost": N_("The kept password cannot be read any more. Give it once more."),
}
VERDICT_TONES: Final[Mapping[str, str]] = {"pending": "info", "ok": "ok", "away": "warn"}
