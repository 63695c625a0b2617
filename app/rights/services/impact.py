"""What a draft would do, before it does it: who gains and who loses what, in exact numbers.

Old and new rules are compiled for everybody they may touch; people whose rights come out the same are reckoned once.
Counts come first; people and objects behind a number are read when somebody asks for them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct

from app.access.actors import CABINET_OF_ROLE, LENDERS
from app.access.book import RuleBook
from app.access.compiler import compile_decision
from app.access.decisions import Decision
from app.access.rules import Rule
from app.access.terms import ANY, Own
from app.kernel.clock import business_date
from app.rights.dimensions import PERMISSIONS
from app.rights.queries import facts, people, rules
from app.rights.queries.people import Owned, Seat
from app.rights.rules.lines import Line, ancestors, ids_in, line_of
from app.rights.rules.reckoning import KINDS, Gathering, Kind
from app.rights.services.desk import Desk
from app.rights.services.drafting import Work

Direction = Literal["gained", "lost"]
_NOBODY: Final = frozenset[UUID]()
_Weight = tuple[frozenset[int], frozenset[int], bool, bool]  # items gained and lost; whether anything is


class Share(Struct, frozen=True):
    """What one person gains and loses of one permission; 0 and a flag where nothing is counted."""

    seat: Seat
    gained: frozenset[int]
    lost: frozenset[int]
    gains: bool
    loses: bool


class Tally(Struct, frozen=True):
    """What happens to one permission: people, and the objects they gain or lose, each object once."""

    resource: str
    action: str
    kind: Kind
    people_gaining: int
    people_losing: int
    gained: int
    lost: int


class Impact(Struct, frozen=True):
    """What the whole draft does."""

    people_gaining: int
    people_losing: int
    tallies: list[Tally]

    def figures(self) -> dict[str, int]:
        """Give the figures kept with the publication."""
        found = {"people_gaining": self.people_gaining, "people_losing": self.people_losing}
        for kind in ("offer", "contract", "agreement", "order"):
            mine = [one for one in self.tallies if one.kind == kind]
            found[f"{kind}s_gained"] = sum(one.gained for one in mine)
            found[f"{kind}s_lost"] = sum(one.lost for one in mine)
        return found


class Books:
    """Old and new rules, and what belongs to whom."""

    def __init__(
        self, old: RuleBook, new: RuleBook, owned: Mapping[UUID, Owned], moment: datetime, named: frozenset[str]
    ) -> None:
        """``named``: everybody that some rule is written for in particular; the others differ by role only."""
        self.moment: Final = moment
        self._old, self._new, self._owned, self._named = old, new, owned, named
        self._rules: dict[tuple[str, str, tuple[str, ...]], _Rules] = {}
        self._own: dict[UUID, Own] = {}

    def decide(self, seat: Seat, resource: str, action: str) -> tuple[Decision, Decision]:
        """Compile what the person may do under the old rules and under the new."""
        rules = self.rules(seat, resource, action)
        own = self._own_of(seat)
        old = compile_decision(rules.old, own, self.moment, rules.old_frame)
        return old, compile_decision(rules.new, own, self.moment, rules.new_frame)

    def rules(self, seat: Seat, resource: str, action: str) -> "_Rules":
        """Collect the rules that reach a person; the same for all of a role whom none is written for."""
        key = (resource, action, tuple(one for one in seat.subjects if one[0] == "r" or one in self._named))
        found = self._rules.get(key)
        if found is None:
            found = self._rules[key] = _rules_of(self._old, self._new, seat.subjects, (resource, action))
        return found

    def _own_of(self, seat: Seat) -> Own:
        found = self._own.get(seat.id)
        if found is not None:
            return found
        if seat.partner_id is None:
            regions = self._new.with_children(seat.regions)
            own = Own(seat.user_id, seat.branch, regions, frozenset(seat.partners), _NOBODY, _NOBODY)
        else:
            mine, partner = self._owned[seat.partner_id], frozenset((seat.partner_id,))
            regions = self._new.with_children(mine.reg)
            own = Own(seat.user_id, seat.branch, regions, partner, mine.ctr, mine.agr)
        self._own[seat.id] = own
        return own


class _Rules(Struct, frozen=True):
    """The rules of one permission that reach somebody, before and after."""

    old: list[Rule]
    new: list[Rule]
    old_frame: list[Rule]
    new_frame: list[Rule]
    are_same: bool
    is_personal: bool  # whose an object is matters: two people of one company differ

    def standing(self, seat: Seat) -> tuple[object, ...]:
        """Equal for people for whom these rules come to the same."""
        person = (seat.user_id, seat.branch) if self.is_personal else ()
        staff = () if seat.partner_id is not None else (*seat.regions, None, *seat.partners)
        return id(self.old), seat.partner_id, staff, person


def _rules_of(old: RuleBook, new: RuleBook, subjects: Sequence[str], permission: tuple[str, str]) -> _Rules:
    before, after = (book.rules_for(subjects, *permission) for book in (old, new))
    frames: list[list[Rule]] = [[], []]
    if any(one.is_lent for one in (*before, *after)):
        frames = [book.frame_for(subjects, *permission) for book in (old, new)]
    are_same = all(
        frozenset(_said(one)) == frozenset(_said(other)) for one, other in ((before, after), (frames[0], frames[1]))
    )
    is_personal = any(one.aut != ANY for one in (*before, *after))
    return _Rules(before, after, frames[0], frames[1], are_same, is_personal)


def _said(rules: Iterable[Rule]) -> list[Line]:
    return [line_of(one) for one in rules]


async def compute(desk: Desk, work: Work) -> Impact:
    """Count what a draft does."""
    gaining: set[UUID] = set()
    losing: set[UUID] = set()
    tallies: list[Tally] = []
    for resource, action, gathering, shares in await _shares(desk, work):
        up = {one.seat.user_id for one in shares if one.gains}
        down = {one.seat.user_id for one in shares if one.loses}
        if not up | down:
            continue
        gaining |= up
        losing |= down
        gained = frozenset[int]().union(*(one.gained for one in shares))
        lost = frozenset[int]().union(*(one.lost for one in shares))
        tallies.append(
            Tally(
                resource, action, KINDS.get(resource, ""), len(up), len(down),
                gathering.count(gained), gathering.count(lost),
            )
        )  # fmt: skip
    return Impact(len(gaining), len(losing), tallies)


class PersonShare(Struct, frozen=True):
    """One line of the list behind a number of people."""

    membership_id: UUID
    name: str
    role: str
    gained: int
    lost: int


async def list_people(desk: Desk, work: Work, permission: str, direction: Direction) -> list[PersonShare]:
    """Name those who gain, or lose, something of a permission, or of any where it is empty."""
    found: dict[UUID, PersonShare] = {}
    for resource, action, gathering, shares in await _shares(desk, work):
        if permission not in {"", f"{resource}:{action}"}:
            continue
        for one in shares:
            if not (one.gains if direction == "gained" else one.loses):
                continue
            known = found.get(one.seat.id)
            gained, lost = (0, 0) if known is None else (known.gained, known.lost)
            found[one.seat.id] = PersonShare(
                one.seat.id,
                one.seat.name,
                one.seat.role,
                gained + gathering.count(one.gained),
                lost + gathering.count(one.lost),
            )
    return sorted(found.values(), key=lambda one: (one.name, one.membership_id))


async def list_objects(  # noqa: PLR0917 - what, whose and which way, and where the page begins
    desk: Desk,
    work: Work,
    permission: str,
    direction: Direction,
    membership_id: UUID,
    limit: int,
    after: str = "",
) -> list[facts.Told]:
    """Name the objects one person gains or loses of a permission, a page at a time."""
    resource, _, action = permission.partition(":")
    kind = KINDS.get(resource, "")
    seats = await people.read_affected(desk.transaction, roles=(), users=(), memberships=(membership_id,), partners=())
    if not seats or not kind:
        return []
    books = await books_for(desk, work, seats)
    old, new = books.decide(seats[0], resource, action)
    pair = (new, old) if direction == "gained" else (old, new)
    on = business_date(books.moment, desk.actor.zone)
    return await facts.read_difference(desk.transaction, kind, on, *pair, limit, after)


async def _shares(desk: Desk, work: Work) -> list[tuple[str, str, Gathering, list[Share]]]:
    lines = [one.line for one in work.changes]
    pairs = _touched(lines)
    if not pairs:
        return []
    seats = await _affected(desk, work, lines)
    books = await books_for(desk, work, seats)
    on = business_date(books.moment, desk.actor.zone)
    products = {UUID(one) for line in lines for one in ids_in(line.terms).get("prd", ())}
    products |= {UUID(one) for rule in work.rules for one in ids_in(line_of(rule).terms).get("prd", ())}
    gatherings: dict[Kind, Gathering] = {"": Gathering(())}
    found: list[tuple[str, str, Gathering, list[Share]]] = []
    for resource, action in pairs:
        kind = KINDS.get(resource, "")
        if kind not in gatherings:
            items = await facts.read_items(desk.transaction, kind, on, sorted(products))
            gatherings[kind] = Gathering(items)
        shares = _weigh(books, seats, resource, action, gatherings[kind] if kind else None)
        found.append((resource, action, gatherings[kind], shares))
    return found


def _weigh(books: Books, seats: Iterable[Seat], resource: str, action: str, gathering: Gathering | None) -> list[Share]:
    """Compile and compare once for all whose rights come to the same."""
    weighed: dict[tuple[object, ...], _Weight | None] = {}
    compared: dict[tuple[str, str], _Weight] = {}
    shares: list[Share] = []
    for seat in seats:
        rules = books.rules(seat, resource, action)
        if rules.are_same:
            continue
        standing = rules.standing(seat)
        if standing not in weighed:
            old, new = books.decide(seat, resource, action)
            key = (old.fingerprint, new.fingerprint)
            if key[0] != key[1] and key not in compared:
                compared[key] = _compare(old, new, gathering)
            weighed[standing] = compared.get(key)
        weight = weighed[standing]
        if weight is not None:
            shares.append(Share(seat, *weight))
    return shares


def _compare(old: Decision, new: Decision, gathering: Gathering | None) -> _Weight:
    if gathering is None:
        nothing = frozenset[int]()
        return nothing, nothing, _is_wider(new, old), _is_wider(old, new)
    gained, lost = gathering.differences(old, new, (*old.allow, *new.allow))
    return gained, lost, bool(gained), bool(lost)


def _is_wider(one: Decision, other: Decision) -> bool:
    """Whether one right reaches somewhere the other does not, as far as the two say without looking at objects."""
    if any(not any(wide.covers(allow) for wide in other.allow) for allow in one.allow):
        return True
    return bool(one.allow) and any(not any(wide.covers(ban) for wide in one.deny) for ban in other.deny)


def _touched(lines: Iterable[Line]) -> list[tuple[str, str]]:
    named = {(line.resource, line.action) for line in lines}
    return [
        (one.resource, one.action)
        for one in PERMISSIONS
        if (one.resource, one.action) in named or (one.resource, ANY) in named
    ]


async def _affected(desk: Desk, work: Work, lines: Iterable[Line]) -> list[Seat]:
    subjects = {line.subject for line in lines}
    lenders = {name for one in LENDERS.values() for name in ancestors(one, work.links)}
    if any(one in lenders or one.startswith("o:") for one in subjects):
        # Whatever heads lend may come or go with the rights of heads.
        subjects |= {rule.subject for rule in work.proposed if rule.is_lent}
    roles = [role for role in CABINET_OF_ROLE if subjects & set(ancestors(f"r:{role}", work.links))]
    named = {kind: [UUID(one[2:]) for one in subjects if one[0] == kind] for kind in "umo"}
    return await people.read_affected(
        desk.transaction, roles=roles, users=named["u"], memberships=named["m"], partners=named["o"]
    )


async def books_for(desk: Desk, work: Work, seats: Sequence[Seat]) -> Books:
    """Read what is needed to compile for these people, at the moment the draft would begin."""
    regions = await rules.read_region_tree(desk.transaction)
    partners = sorted({one.partner_id for one in seats if one.partner_id is not None})
    moment = work.draft.activates_at if work.draft is not None else None
    everything = (*work.rules, *work.proposed)
    return Books(
        old=RuleBook(0, work.rules, work.links, regions),
        new=RuleBook(1, work.proposed, work.links, regions),
        owned=await people.read_owned(desk.transaction, partners),
        moment=max(desk.now, moment or desk.now),
        named=frozenset(rule.subject for rule in everything if rule.subject[0] != "r"),
    )
