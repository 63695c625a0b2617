"""What a person reads for each code the edge itself produces."""

from collections.abc import Mapping
from typing import Final

from app.infra.i18n.wording import N_

WORDING: Final[Mapping[str, str]] = {
    # kinds of failure
    "internal": N_("Something went wrong on our side. Nothing was lost; please try again in a minute."),
    "invalid_input": N_("Some of the data needs correcting."),
    "rejected": N_("This cannot be done as it stands."),
    "not_signed_in": N_("Sign in to go on."),
    "not_allowed": N_("Your role does not allow this. The head of your organisation can change that."),
    "not_found": N_("There is nothing here, or it is not open to you."),
    "method_not_allowed": N_("This address does not take that kind of request."),
    "upgrade_required": N_("This address speaks WebSocket only."),
    "changed_meanwhile": N_("Someone changed this while you were working on it."),
    "busy": N_("Too many people are doing this right now. Nothing happened; please try again."),
    "idempotency_key_reused": N_("This key was used before for something else."),
    "idempotency_key_missing": N_("The Idempotency-Key header is missing or longer than 255 characters."),
    "too_many_requests": N_("Too many attempts. Please wait %(seconds)s s and try again."),
    "unavailable": N_("A part of the portal is away for a moment. Nothing was lost; press again safely."),
    "storage_full": N_("The portal cannot store new data at the moment. Reading works; please try again later."),
    "too_slow": N_("This took too long and was stopped. Nothing was changed; please try again."),
    "too_large": N_("What was sent is too large."),
    "unsupported_media_type": N_("What was sent is in a form this address does not read."),
    "foreign_origin": N_("The request came from another site and was refused."),
    "form_expired": N_("The form is no longer valid. Load the page again and repeat."),
    "wrong_host": N_("The portal does not answer under this name."),
    "malformed_request": N_("The request is malformed."),
    "precondition_missing": N_("The If-Match header is missing: say which version you are changing."),
    "read_only_token": N_("This token may only read."),
    # single fields
    "required": N_("Fill this in."),
    "unknown_field": N_("There is no such field."),
    "sent_twice": N_("Only one value belongs here."),
    "wrong_type": N_("This is a value of the wrong kind."),
    "text_too_long": N_("At most %(max)s characters."),
    "text_too_short": N_("At least %(min)s characters."),
    "text_malformed": N_("This is not written as expected."),
    "text_forbidden_character": N_("Remove line breaks, control characters and other invisible signs."),
    "number_malformed": N_("Write a number in ordinary digits, for example 1250.5."),
    "number_too_large": N_("The number is too large."),
    "number_too_small": N_("At least %(min)s."),
    "number_above": N_("At most %(max)s."),
    "number_too_precise": N_("At most %(digits)s digits after the decimal sign."),
    "too_many": N_("At most %(max)s entries."),
    "too_few": N_("At least %(min)s entries."),
    "not_an_id": N_("This is not an identifier."),
    "not_a_date": N_("Write the date as day.month.year."),
    "not_a_moment": N_("Write date and time with the offset from UTC."),
    "not_a_time": N_("Write the time as 14:05."),
    "not_a_choice": N_("Choose one of the offered values."),
    "json_malformed": N_("What was sent is not valid JSON."),
    "json_too_deep": N_("What was sent is nested too deeply."),
    "cursor_malformed": N_("This is not a cursor of this list."),
}
