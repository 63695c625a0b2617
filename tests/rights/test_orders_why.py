"""Why a button of an order is not there: its state first, then rights, in words that reveal no rule."""

from uuid import UUID

import pytest
from msgspec.structs import replace

from app.access.explaining import Explanation, Fail, Miss
from app.rights.rules.lacking import Lack, why_not
from app.rights.rules.orders import ASKS, Reason, Standing, Verb, verbs

SENT = Standing(
    is_draft=False, is_waiting=False, is_cancellable=True, is_ended=False, is_archived=False, is_own=False
)  # fmt: skip
RULE = UUID(int=1)
YES = Explanation(allowed=True, allows=(RULE,), denies=())
NO = Explanation(allowed=False, allows=(), denies=())


def told(order: Standing, said: Explanation = YES) -> dict[str, Reason]:
    return {one.action: one.reason for one in verbs(order, dict.fromkeys(ASKS.values(), said))}


def near(*dimensions: str) -> Explanation:
    fails = tuple(Fail(one) for one in dimensions)  # pyright: ignore[reportArgumentType]
    return replace(NO, nearest=(Miss(RULE, fails),))


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (YES, ""),
        (NO, "role"),
        (replace(NO, denies=(RULE,)), "forbidden"),
        (replace(YES, allowed=False, denies=(RULE,)), "forbidden"),
        (near("aut"), "colleague"),
        (near("org"), "elsewhere"),
        (near("org", "aut"), "elsewhere"),
    ],
)
def test_what_rights_lack_is_said_in_one_word(said: Explanation, reason: Lack) -> None:
    assert why_not(said) == reason


def test_the_state_of_an_order_is_told_before_rights() -> None:
    assert told(SENT) == {
        "submit": "sent", "draft": "sent", "repeat": "", "cancel": "", "archive": "under_way",
        "approve": "not_waiting", "return": "not_waiting",
    }  # fmt: skip
    late = replace(SENT, is_cancellable=False, is_ended=True)
    assert (told(late)["cancel"], told(late)["archive"]) == ("late", "")
    assert told(replace(SENT, is_archived=True))["archive"] == ""
    draft = replace(SENT, is_draft=True)
    assert {name: told(draft)[name] for name in ("submit", "draft", "archive")} == {
        "submit": "",
        "draft": "",
        "archive": "",
    }
    assert told(SENT, NO)["cancel"] == "role"
    assert told(SENT, NO)["submit"] == "sent"


def test_nobody_approves_their_own_and_may_still_return_it() -> None:
    waiting = replace(SENT, is_waiting=True, is_own=True)
    assert (told(waiting)["approve"], told(waiting)["return"]) == ("own", "")
    assert told(replace(waiting, is_own=False))["approve"] == ""


def test_a_decision_nobody_waits_for_is_no_news_to_whoever_never_decides() -> None:
    assert {"approve", "return"}.isdisjoint(told(SENT, NO))
    assert told(replace(SENT, is_waiting=True), NO)["approve"] == "role"
    assert Verb("repeat") in verbs(SENT, dict.fromkeys(ASKS.values(), YES))
