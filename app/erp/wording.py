"""What people read about the exchange: refusals, alerts, states, what was done."""

from collections.abc import Mapping
from typing import Final, Literal

from app.infra.i18n.wording import N_, NC_
from app.infra.pages.shell import Tone

Look = Tone | Literal[""]

WORDING: Final[Mapping[str, str]] = {
    "erp_reason_missing": N_("Say why: the reason stays in the audit trail."),
    "mapping_same": N_("This mapping is in use already."),
    "mapping_not_looked": N_(
        "It must be held against 1C within the last hour. Ask for it, and look at what would change."
    ),
    "mapping_not_answered": N_("1C did not answer, so nobody knows what would change. Ask again when it does."),
    "mapping_stops": N_(
        "This would stop data that can be read now: %(streams)s. Name the field as it is called in 1C."
    ),
    "mapping_unreadable": N_("This cannot be read: %(said)s."),
    "mapping_too_long": N_("This is longer than %(most)s characters."),
    "mapping_unknown_family": N_("There is no family %(family)s."),
    "mapping_unknown_key": N_("A mapping has nothing called %(key)s."),
    "mapping_wrong_value": N_("A value cannot be so: %(said)s."),
    "mapping_unknown_stream": N_("There is no stream %(stream)s."),
    "mapping_unknown_column": N_("The stream %(stream)s has no column %(column)s."),
    "mapping_column_twice": N_("The stream %(stream)s gets its column %(column)s from two places."),
    "mapping_column_missing": N_(
        "The stream %(stream)s has no source for its column %(column)s. Name one, or list it in optional."
    ),
    "mapping_wrong_name": N_("“%(name)s” is no name: letters, digits and underscores only."),
    "mapping_wrong_pause": N_("%(name)s must be between %(least)s and %(most)s seconds."),
}
# Sentences; %(stream)s and %(detail)s are filled.
ALERTS: Final[Mapping[str, str]] = {
    "lag": N_("News from 1C:ERP comes later than it should for two minutes."),
    "behind": N_("%(stream)s: nothing new comes in, other data does."),
    "stopped": N_("%(stream)s: what 1C:ERP sends is not understood, so this data stands still."),
    "heartbeat": N_("1C:ERP has not answered for a minute."),
    "dead": N_("Messages to 1C:ERP that could not be delivered: %(detail)s. They wait for a decision."),
    "difference": N_("The last comparison left differences: %(detail)s."),
    "breaker": N_("1C:ERP has been away for five minutes. Orders are accepted and wait."),
    "skew": N_("The clock of 1C:ERP differs from ours by %(detail)s s."),
}
TITLES: Final[Mapping[str, str]] = {
    "lag": NC_("alert", "News is late"),
    "behind": NC_("alert", "Data stands still"),
    "stopped": NC_("alert", "Data is not understood"),
    "heartbeat": NC_("alert", "No heartbeat"),
    "dead": NC_("alert", "Undelivered messages"),
    "difference": NC_("alert", "Differences remain"),
    "breaker": NC_("alert", "1C:ERP is away"),
    "skew": NC_("alert", "Clocks differ"),
}
STATES: Final[Mapping[str, tuple[str, Look, str]]] = {  # words, tone, icon
    "live": (NC_("stream", "Follows"), "ok", "circle-check"),
    "late": (NC_("stream", "Late"), "warn", "clock"),
    "loading": (NC_("stream", "Is being loaded"), "info", "refresh-cw"),
    "new": (NC_("stream", "Waits to be loaded"), "info", "hourglass"),
    "stopped": (NC_("stream", "Stopped"), "bad", "circle-alert"),
    "paused": (NC_("stream", "Paused"), "warn", "clock"),
}
KINDS: Final[Mapping[str, str]] = {
    "order.put": NC_("message", "Order"),
    "order.cancel": NC_("message", "Cancellation of an order"),
    "vehicle.put": NC_("message", "Vehicle and driver"),
    "file.get": NC_("message", "File from 1C"),
    "file.put": NC_("message", "File to 1C"),
}
# Figures of a comparison by the names their columns have here.
FIGURES: Final[Mapping[str, str]] = {
    "line": NC_("figure", "line"),
    "product": NC_("figure", "product"),
    "quantity": NC_("figure", "quantity"),
    "price": NC_("figure", "price"),
    "amount": NC_("figure", "amount"),
    "valid_from": NC_("figure", "valid from"),
    "discount_pct": NC_("figure", "discount in per cent"),
    "vat_pct": NC_("figure", "VAT rate in per cent"),
    "net": NC_("figure", "sum without VAT"),
    "vat": NC_("figure", "VAT"),
    "gross": NC_("figure", "total with VAT"),
    "currency": NC_("figure", "currency"),
    "state": NC_("figure", "state"),
    "shipped": NC_("figure", "shipped"),
}
STAGES: Final[Mapping[str, tuple[str, Look]]] = {
    "new": (NC_("message", "Waits"), "info"),
    "sent": (NC_("message", "On its way"), "info"),
    "done": (NC_("message", "Delivered"), "ok"),
    "dead": (NC_("message", "Not delivered"), "bad"),
    "skipped": (NC_("message", "Skipped"), ""),
    "renewed": (NC_("message", "Replaced by a new version"), ""),
}
FAILURES: Final[Mapping[str, str]] = {
    "transient": NC_("failure", "A passing trouble of 1C"),
    "unknown": NC_("failure", "No answer: it may have arrived"),
    "channel": NC_("failure", "1C was away"),
    "schema": NC_("failure", "1C did not understand it"),
    "conflict": NC_("failure", "Changed in 1C meanwhile"),
}
# 1C's own code for what it does not take stands behind it.
REFUSED: Final = NC_("failure", "1C did not take it: %(code)s")
DEEDS: Final[Mapping[str, str]] = {
    "retry": NC_("message", "Tried again"),
    "renew": NC_("message", "Sent as a new version"),
    "skip": NC_("message", "Skipped"),
}
DONE: Final[Mapping[str, str]] = {
    "retry": N_("The message is on its way again."),
    "renew": N_("A new version of the message is on its way."),
    "skip": N_("The message is skipped. The reason is in the audit trail."),
    "pause": N_("Paused. Nothing more passes until somebody lets it."),
    "resume": N_("Let through again."),
    "reload": N_("The data is loaded anew; meanwhile the former stays in use."),
    "seen": N_("Noted that you look after it."),
    "compare": N_("The comparison has been asked for. Its result appears here."),
    "regulation": N_("The schedule is saved."),
    "ours": N_("The portal's version is sent over the one in 1C."),
    "theirs": N_("The version of 1C stands. The order waits for its manager."),
    "mapping_draft": N_("The draft is being held against 1C. What it would change appears here."),
    "mapping_use": N_("The mapping is in use. Data that it changes is read anew."),
    "mapping_drop": N_("The draft is thrown away. Nothing has changed."),
}
TABS: Final[Mapping[str, str]] = {
    "": NC_("erp", "Overview"),
    "messages": NC_("erp", "Undelivered"),
    "conflicts": NC_("erp", "Conflicts"),
    "comparisons": NC_("erp", "Comparison"),
    "mapping": NC_("erp", "Mapping"),
}
DIFFERENCES: Final[Mapping[str, tuple[str, Look]]] = {
    "missing": (NC_("difference", "Missing in the portal"), "bad"),
    "extra": (NC_("difference", "Not in 1C"), "bad"),
    "label": (NC_("difference", "Another version"), "warn"),
    "value": (NC_("difference", "Another value"), "warn"),
    "total": (NC_("difference", "Another total of an order"), "bad"),
}
HOWS: Final[Mapping[str, str]] = {
    "": NC_("difference", "Open"),
    "read_again": NC_("difference", "Read anew"),
    "removed": NC_("difference", "Removed from the portal"),
    "loaded_again": NC_("difference", "Loaded anew"),
}
RUNS: Final[Mapping[str, tuple[str, Look]]] = {
    "asked": (NC_("comparison", "Asked for"), "info"),
    "running": (NC_("comparison", "Under way"), "info"),
    "done": (NC_("comparison", "Done"), "ok"),
    "failed": (NC_("comparison", "Failed"), "bad"),
}
DEPTHS: Final[Mapping[str, str]] = {
    "labels": NC_("comparison", "Versions and figures"),
    "values": NC_("comparison", "Every value"),
}
SHEET: Final = NC_("comparison", "Differences with 1C")
COLUMNS: Final = (
    NC_("comparison", "Data"), NC_("comparison", "Name"), NC_("comparison", "What differs"),
    NC_("comparison", "In the portal"), NC_("comparison", "In 1C"), NC_("comparison", "Since"),
    NC_("comparison", "Found"), NC_("comparison", "Healed"), NC_("comparison", "How"), NC_("comparison", "Reference"),
)  # fmt: skip
PROOFS: Final[Mapping[str, str]] = {
    "stand_in": NC_("mapping", "held against the stand-in"),
    "unseen": NC_("mapping", "no living base has been seen"),
}
# By whether a stream can be read now, and would be with the draft.
LOOKS: Final[Mapping[tuple[bool, bool], tuple[str, Look]]] = {
    (True, False): (NC_("mapping", "Would stop"), "bad"),
    (False, False): (NC_("mapping", "Cannot be read"), "warn"),
    (False, True): (NC_("mapping", "Can be read again"), "ok"),
    (True, True): (NC_("mapping", "Changes"), "info"),
}
ALL_DATA: Final = NC_("mapping", "All data")
