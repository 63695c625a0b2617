"""Answers as scripts read them."""

from typing import cast

from app.access.terms import Facts, Own
from app.rights.rules.remedies import Remedy
from app.rights.schemas import ExplainView, FactsView, FailView, FindingView, Gap, OwnView, ReasonView, RemedyView
from app.rights.services.asking import Answer, Finding, Reason
from app.rights.services.showing import rule_view, terms_view


def view(answer: Answer) -> ExplainView:
    """Tell a whole answer."""
    person = answer.person
    return ExplainView(
        user=person.user_id,
        membership=person.membership_id,
        name=person.name,
        role=person.role,
        organisation=answer.organisation,
        permission=answer.permission.name,
        object_kind=answer.kind or "",
        object=answer.object_id,
        object_name=answer.object_name,
        allowed=answer.allowed,
        findings=[_finding(one, f"m:{person.membership_id}") for one in answer.findings],
        rules=[_reason(one) for one in answer.rules],
        own=_own(answer.own),
    )


def _finding(one: Finding, subject: str) -> FindingView:
    return FindingView(
        name=one.name,
        allowed=one.allowed,
        facts=_facts(one.facts),
        gaps=[cast("Gap", gap) for gap in one.gaps],
        allows=[_reason(reason) for reason in one.allows],
        denies=[_reason(reason) for reason in one.denies],
        nearest=[_reason(reason) for reason in one.nearest],
        remedies=[_remedy(remedy, subject) for remedy in one.remedies],
    )


def _facts(facts: Facts) -> FactsView:
    return FactsView(
        reg=facts.reg, org=facts.org, ctr=facts.ctr, agr=facts.agr, lin=facts.lin, prd=facts.prd, live=facts.live,
        author=facts.author, branch=facts.branch, shared=facts.shared,
    )  # fmt: skip


def _reason(reason: Reason) -> ReasonView:
    fails = [FailView(fail.dimension, sorted(fail.wanted)) for fail in reason.fails]
    return ReasonView(rule_view(reason.standing), reason.path, fails)


def _remedy(remedy: Remedy, subject: str) -> RemedyView:
    is_new = remedy.kind == "add"
    return RemedyView(remedy.kind, list(remedy.rules), subject if is_new else "", terms_view(remedy.terms))


def _own(own: Own) -> OwnView:
    return OwnView(sorted(own.reg), sorted(own.org), sorted(own.ctr), sorted(own.agr), own.branch)
