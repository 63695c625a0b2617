"""What a person reads about signing in, passwords and tokens."""

from collections.abc import Mapping
from typing import Final

from app.infra.i18n.wording import N_

WORDING: Final[Mapping[str, str]] = {
    "wrong_credentials": N_("The e-mail address or the password is not right."),
    "otp_required": N_("Enter the code of your app, or one of your one-time codes."),
    "otp_wrong": N_("This code is not right. Take the one the app shows now; each works once."),
    "passkey_refused": N_("This passkey does not open an account here. Sign in with address and password."),
    "sign_in_anew": N_("This took too long. Enter address and password again."),
    "factor_demanded": N_("Your role demands a second factor. Set it up in the profile first."),
    "not_while_standing_in": N_("While you stand in for a colleague, this stays theirs. Go back to your own place."),
    "no_membership": N_("Your account belongs to no organisation at the moment. Ask the head of your organisation."),
    "wrong_password": N_("This is not your present password."),
    "password_common": N_("This password is known to everybody. Choose a longer phrase of your own."),
    "password_personal": N_("Leave your name and your address out of the password."),
    "password_same": N_("Choose a password you do not use now."),
    "password_repeat": N_("The two new passwords are not the same."),
    "permission_unknown": N_("Choose rights of the list: a token never has one you do not have."),
    "access_rules_broken": N_(
        "The access rules of the portal are damaged, so nothing is shown to anybody."
        " Whoever runs the portal finds the reason with make doctor."
    ),
    "too_many_tokens": N_("There are %(max)s tokens already. Revoke one first."),
}

DONE: Final[Mapping[str, str]] = {
    "saved": N_("Saved"),
    "password": N_("The password is changed; your other sessions have ended"),
    "session_ended": N_("The session has ended"),
    "sessions_ended": N_("All your other sessions and tokens have ended"),
    "token_revoked": N_("The token no longer works"),
}
