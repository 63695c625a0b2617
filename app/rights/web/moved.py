"""What a draft does to cells, in words: each from what to what, and where two people changed the same one."""

from collections.abc import Sequence

from msgspec import Struct

from app.rights import wording as words
from app.rights.dimensions import find_permission
from app.rights.rules.lines import Address, Cell, cell_of, line_of
from app.rights.services.publishing import Outlook
from app.rights.services.telling import Vocabulary, read_vocabulary
from app.rights.web.frame import Frame
from app.rights.web.place import Place


class Clash(Struct, frozen=True):
    """A cell two people changed."""

    label: str
    mine: str
    theirs: str


class Moved(Struct, frozen=True):
    """A cell the draft changes, and the way to it."""

    subject: str
    permission: str
    before: str
    after: str
    href: str


def place_of(address: Address, place: Place) -> Place:
    """Find the place in which a cell is drawn: among roles, groups of roles, or exceptions."""
    subject = address.subject
    return Place(
        draft=place.draft,
        columns="groups" if subject[2:] in words.ROLE_GROUPS else "",
        subject="" if subject[0] == "r" else subject,
        of=subject,
        cell=f"{address.resource}:{address.action}",
    )


async def list_moved(frame: Frame) -> list[Moved]:
    """Word every cell of the draft, before and after."""
    work = frame.work
    before, after = ([line_of(rule) for rule in rules] for rules in (work.rules, work.proposed))
    addresses = list(
        dict.fromkeys(Address(one.line.subject, one.line.resource, one.line.action) for one in work.changes)
    )
    pairs = [(cell_of(before, one), cell_of(after, one)) for one in addresses]
    vocabulary = await _vocabulary(frame, addresses, [cell for pair in pairs for cell in pair])
    return [
        Moved(
            vocabulary.subject(address.subject),
            _label(frame, address),
            _say(vocabulary, address.resource, old),
            _say(vocabulary, address.resource, new),
            place_of(address, frame.place).href(),
        )
        for address, (old, new) in zip(addresses, pairs, strict=True)
        if old != new
    ]


async def list_clashes(frame: Frame, outlook: Outlook) -> list[Clash]:
    """Word both versions of each cell that two people changed."""
    addresses = [one.address for one in outlook.conflicts]
    cells = [cell for one in outlook.conflicts for cell in (one.mine, one.theirs)]
    vocabulary = await _vocabulary(frame, addresses, cells)
    return [
        Clash(
            f"{_label(frame, one.address)}, {vocabulary.subject(one.address.subject)}",
            _say(vocabulary, one.address.resource, one.mine),
            _say(vocabulary, one.address.resource, one.theirs),
        )
        for one in outlook.conflicts
    ]


async def _vocabulary(frame: Frame, addresses: Sequence[Address], cells: Sequence[Cell]) -> Vocabulary:
    return await read_vocabulary(frame.desk, frame.locale, cells, [one.subject for one in addresses])


def _label(frame: Frame, address: Address) -> str:
    permission = find_permission(f"{address.resource}:{address.action}")
    return "" if permission is None else permission.label(frame.locale)


def _say(vocabulary: Vocabulary, resource: str, cell: Cell) -> str:
    return " · ".join((vocabulary.level(cell), *vocabulary.chips(resource, cell)))
