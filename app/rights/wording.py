"""What people read about rights: refusals, words of cells and terms, names of groups of roles."""

from collections.abc import Mapping
from typing import Final

from app.infra.i18n.wording import N_, NC_

WORDING: Final[Mapping[str, str]] = {
    "draft_closed": N_("This draft is no longer being worked on. Begin another one."),
    "draft_empty": N_("The draft changes nothing yet. Change a cell first."),
    "draft_not_waiting": N_("This draft does not wait for approval."),
    "own_draft": N_("You wrote part of this draft. Somebody else must approve it."),
    "activation_out_of_range": N_("Choose a moment in the future, within a year."),
    "contradiction": N_("The same is allowed and forbidden in one cell. Remove one of the two (%(count)s)."),
    "last_administrator": N_("Nobody would be left who can change rights. Leave at least one administrator."),
    "unknown_role": N_("There is no role %(role)s."),
    "unknown_permission": N_("There is no such right. Choose one of the matrix."),
    "unknown_subject": N_("There is nobody here by this name. Choose a role, an organisation or a person."),
    "term_malformed": N_("Write * for any, @own for one's own, or ids joined by | without blanks."),
    "unknown_object": N_("An object the rule names does not exist or was deleted: %(id)s."),
    "unknown_version": N_("There is no version %(version)s."),
    "term_unknown": N_("This right cannot be limited in this way."),
    "too_many_conditions": N_("At most %(max)s conditions fit into one cell."),
    "too_many_ids": N_("At most %(max)s objects fit into one condition."),
    "dates_reversed": N_("The condition ends before it begins. Change one of the dates."),
    "own_rights": N_("You cannot change your own rights. Ask your manager."),
    "seeing_oneself": N_("You see the portal as yourself already."),
    "seeing_administrator": N_("Nobody looks as somebody who may do the same or decides about rights."),
    "seeing_needs_session": N_("Sign in by password to look as somebody else; a token does not do."),
    "beyond_own_rights": N_("You can give your people only what you may do yourself."),
}

OF_FIELD: Final = N_("%(field)s: %(problem)s")
LEVELS: Final[Mapping[str, str]] = {
    "all": NC_("right", "All"),
    "own": NC_("right", "Own"),
    "some": NC_("right", "Partly"),
    "no": NC_("right", "No"),
    "blocked": NC_("right", "Blocked"),
}
GROUPS: Final[Mapping[str, str]] = {
    "sales": NC_("rights", "Sales"),
    "terms": NC_("rights", "Terms"),
    "people": NC_("rights", "People"),
    "portal": NC_("rights", "Portal"),
}
TABS: Final[Mapping[str, str]] = {
    "": NC_("rights", "Roles"),
    "reg": NC_("rights", "Regions"),
    "org": NC_("rights", "Client organisations"),
    "ctr": NC_("rights", "Contracts"),
    "agr": NC_("rights", "Agreements"),
    "lin": NC_("rights", "Product lines"),
    "prd": NC_("rights", "Products"),
}
DIMENSIONS: Final[Mapping[str, str]] = {
    "reg": NC_("rights", "Region"),
    "org": NC_("rights", "Client organisation"),
    "ctr": NC_("rights", "Contract"),
    "agr": NC_("rights", "Agreement"),
    "lin": NC_("rights", "Product line"),
    "prd": NC_("rights", "Product"),
}
# What "own" and the other words of a condition mean, as chips.
OWN: Final[Mapping[str, str]] = {
    "reg": N_("own regions"),
    "org": N_("own organisation"),
    "ctr": N_("own contracts"),
    "agr": N_("own agreements"),
}
LIVE: Final = N_("in force today")
PLACED: Final = N_("submitted orders")
ONLY_LIVE: Final = N_("Only while contract and agreement are in force")
ONLY_PLACED: Final = N_("Only submitted orders, no drafts")
# What the one word ``live`` asks is of an order that it is placed, of anything else that its papers are in force.
PLACEABLE: Final = frozenset({"order", "pickup"})
AUTHORS: Final[Mapping[str, str]] = {"@own": N_("one's own and shared"), "@branch": N_("of the branch")}
OWN_PEOPLE: Final = NC_("rights", "Your people")
ANY_OBJECT: Final = NC_("rights", "any")
ANY_AUTHOR: Final = N_("whoever made it")
MEANINGS: Final[Mapping[str, str]] = {
    "all": N_("without any limit"),
    "no": N_("nothing is written here; what is inherited stays"),
    "blocked": N_("forbidden, whatever else allows it"),
}
OWN_WAYS: Final[Mapping[str, str]] = {
    "org": N_("of the own organisation"),
    "ctr": N_("of own contracts"),
    "reg": N_("of own regions"),
    "live": N_("of own contracts, while they are in force"),
    "placed": N_("of own regions: submitted orders"),
    "mine": N_("of the own organisation: one's own and shared"),
    "branch": N_("of the own organisation: of the branch"),
}
EVERYTHING: Final = N_("everything")
# What several roles share stands in a group; nobody has one of these as a role.
ROLE_GROUPS: Final[Mapping[str, str]] = {
    "member": N_("Everybody"),
    "client": N_("Clients and carriers"),
    "buyer": N_("Buyers"),
    "buyer_senior": N_("Senior managers of buyers"),
    "buyer_head": N_("Heads of buyers"),
}
KINDS: Final[Mapping[str, str]] = {
    "offer": NC_("rights", "Offers"),
    "contract": NC_("rights", "Contracts"),
    "agreement": NC_("rights", "Agreements"),
    "order": NC_("rights", "Orders in work"),
}
STATES: Final[Mapping[str, str]] = {
    "draft": NC_("rights", "Being worked on"),
    "waiting": NC_("rights", "Waits for approval"),
    "published": NC_("rights", "Published"),
    "dropped": NC_("rights", "Dropped"),
}
DONE: Final[Mapping[str, str]] = {
    "published": N_("The changes are in force"),
    "scheduled": N_("The changes are published and begin at their moment"),
    "waiting": N_("The draft waits for a second person"),
    "sent_back": N_("The draft is back in work"),
    "dropped": N_("The draft is dropped; the rights stay as they are"),
    "settled": N_("The draft stands on the latest version"),
    "back": N_("The draft brings back the chosen version; publish it"),
    "same": N_("The rights are already as in that version"),
}
TITLE: Final = N_("Changes of rights")
BACK_TITLE: Final = N_("Back to version %(version)s")
MEANWHILE: Final = N_("Somebody else changed this draft meanwhile. Below is the cell as it is now; choose again.")
ALL_RIGHTS: Final = N_("All rights the draft changes")
KIND_LABELS: Final[Mapping[str, str]] = {
    "product": NC_("rights", "Product"),
    "contract": NC_("rights", "Contract"),
    "agreement": NC_("rights", "Agreement"),
    "order": NC_("rights", "Order"),
    "consignee": NC_("rights", "Delivery address"),
    "region": NC_("rights", "Region"),
    "organisation": NC_("rights", "Client organisation"),
}
# Why a product is no offer of an agreement, whoever asks.
GAPS: Final[Mapping[str, str]] = {
    "segment": N_("The assortment of this agreement does not have the product."),
    "price": N_("The price list of this agreement has no price for today."),
    "blocked": N_("The product is blocked or withdrawn from sale."),
    "live": N_("The agreement or its contract is not in force today."),
}
FAILS: Final[Mapping[str, str]] = {
    "live": N_("the agreement or its contract is not in force today"),
    "placed": N_("the order is a draft, not submitted yet"),
    "dates": N_("the rule itself is not in force now"),
    "lent": N_("the head who wrote it may not do as much any more"),
    "subject": N_("it is written for a role this person does not have"),
    "@own": N_("somebody else made the order, and it is not shared"),
    "@branch": N_("the order is of another branch, and it is not shared"),
}
# What a term of a rule that fails asked for, beside what the object has.
ASKED_OWN: Final = N_("%(what)s: only the person's own, and here it is %(found)s")
ASKED_NOTHING: Final = N_("%(what)s: only the person's own, and the person has none")
ASKED_OTHER: Final = N_("%(what)s: only %(wanted)s, and here it is %(found)s")
NONE_HERE: Final = NC_("rights", "none")
CAUSES: Final[Mapping[str, str]] = {
    "allowed": N_("A rule allows it, and none forbids it."),
    "denied": N_("A rule forbids it. A prohibition wins over everything that allows."),
    "nothing": N_("No rule allows it."),
    "near": N_("No rule allows it. The nearest one stands below, with what it fails at."),
    "gap": N_("This agreement does not offer the product, whatever the rules say."),
    "absent": N_("No agreement within reach has this product, so no rule is asked."),
}
REMEDIES: Final[Mapping[str, str]] = {
    "lift": N_("Remove the prohibition above, or narrow it."),
    "erp": N_("Put it right in 1C:ERP: no rule can give what the agreement does not offer."),
    "renew": N_("Bring the agreement and its contract into force in 1C:ERP; the nearest rule allows it then."),
    "placed": N_("Once the order is submitted, the nearest rule allows it."),
    "date": N_("Change the dates of the nearest rule."),
    "add": N_("Or allow it to this person alone, no further than: %(terms)s"),
    "add_only": N_("Allow it to this person alone, no further than: %(terms)s"),
}
FACTS: Final[Mapping[str, str]] = {
    "live": N_("In force today"),
    "placed": NC_("rights", "Submitted"),
    "author": N_("Made by"),
    "branch": N_("Branch"),
    "shared": N_("Shared with colleagues"),
}
ERP: Final = N_("1C:ERP")
MINE: Final = N_("the person's own")
YES: Final = NC_("rights", "Yes")
NO: Final = NC_("rights", "No")
# What a reader is told of a product they are not offered, whether or not it exists.
NOT_OFFERED: Final = N_("Not found in your agreements. Ask your manager.")
NOT_OFFERED_STAFF: Final = N_("Not found in the agreements you may see. Ask the administrator.")
VERBS: Final[Mapping[str, str]] = {
    "submit": N_("Submit the order"),
    "draft": N_("Change the order"),
    "repeat": N_("Repeat the order"),
    "cancel": N_("Cancel the order"),
    "archive": N_("Put it into the archive or bring it back"),
    "approve": N_("Approve the order"),
    "return": N_("Return it to the buyer"),
}
NOT_BECAUSE: Final[Mapping[str, str]] = {
    "forbidden": N_("Your rights exclude this order."),
    "role": N_("Your role does not include this."),
    "colleague": N_("A colleague made this order and has not shared it."),
    "elsewhere": N_("Your rights do not reach this order."),
    "own": N_("You submitted this order yourself; somebody else must approve it."),
    "sent": N_("The order has been submitted; from here on it changes only through the manager."),
    "late": N_("It is too late: loading has begun, or the order has ended."),
    "under_way": N_("The order is still under way. It can be archived once it is delivered or cancelled."),
    "not_waiting": N_("The order does not wait for a decision."),
}
# Through what a contract is seen; a client's people see nothing but their company's.
WAYS: Final[Mapping[str, str]] = {
    "client": N_("It is a contract of your company."),
    "all": N_("Your role sees the contracts of every client."),
    "region": N_("The client is in a region you serve."),
    "assigned": N_("The client is assigned to you."),
    "named": N_("The contract was opened to you by name."),
}
USES: Final[Mapping[str, str]] = {
    "agreements": N_("See its agreements"),
    "goods": N_("See its goods in the catalogue"),
    "prices": N_("See prices and discounts"),
    "order": N_("Order goods under it"),
    "limit": N_("See its credit limit and debt"),
}
NOT_USED_BECAUSE: Final[Mapping[str, str]] = {
    "forbidden": N_("Your rights exclude this for the contract."),
    "role": N_("Your role does not include this."),
    "colleague": N_("Your rights do not reach this contract."),
    "elsewhere": N_("Your rights do not reach this contract."),
    "over": N_("The contract is not in force today."),
    "idle": N_("No agreement of the contract that you see is in force today."),
}
CREDIT: Final[Mapping[str, str]] = {
    "limit": NC_("credit", "Limit"),
    "debt": NC_("credit", "Debt"),
    "orders": N_("Orders in 1C:ERP not paid yet"),
    "unreflected": N_("Orders 1C:ERP does not have yet"),
    "used": NC_("credit", "Used; no limit is set"),
    "left": NC_("credit", "Left"),
}
ALL_LINES: Final = N_("All product lines")
# Who agreed a figure of the ERP, and could change it there.
AGREED_BY: Final[Mapping[str, str]] = {
    "client": N_("Your manager at the manufacturer agrees limits and plans."),
    "staff": N_("Limits and plans are changed in 1C:ERP."),
}
# Whom to ask where rights are what is lacking.
ASK_WHOM: Final[Mapping[str, str]] = {
    "head": N_("The head of your company can change that."),
    "manager": N_("Your manager at the manufacturer can help."),
    "administrator": N_("The administrator of the portal can change that."),
}
ONESELF_AGAIN: Final = N_("You are yourself again")
