"""The dashboard: saved views, their counts, a page of orders."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from app.caching.shelf import read
from app.infra.http.collections import one_page, read_cursor, read_id, read_moment, write_cursor
from app.infra.http.text import clean_text
from app.orders.families import BOARDS, BoardAsk, load_board
from app.orders.queries.board import Board, BoardRow, Place
from app.orders.rules.search import MAX_LENGTH, read_query
from app.orders.rules.states import View
from app.orders.services.desk import Desk

PAGE: Final = 50


class BoardPage(Struct, frozen=True):
    """One page of one view; ``next`` is None at its end."""

    text: str  # the search as it was understood
    rows: Sequence[BoardRow]
    counts: dict[View, int]
    next: str | None


async def read_board(desk: Desk, view: View, text: str = "", cursor: str | None = None, limit: int = PAGE) -> BoardPage:
    """Read a page of orders the actor may see; two statements at most, on any amount of data.

    A list narrowed by typed words is not kept: nobody else asks for it.

    Raises:
        InvalidInputError: the cursor is none of ours, or the search cannot be read.
    """
    text = clean_text(text, field="q", max_length=MAX_LENGTH)
    board = Board(
        visible=await desk.decision("order", "view"),
        view=view,
        query=read_query(text),
        is_staff=desk.actor.is_staff,
    )
    ask = BoardAsk(board, desk.actor.partner_id, _place(cursor), limit + 1)
    found = await (load_board(desk.transaction, ask) if board.query else read(desk.transaction, BOARDS, ask))
    rows, more = one_page(found.rows, limit)
    last = rows[-1] if more else None
    following = write_cursor(last.updated_at.isoformat(), str(last.id)) if last else None
    return BoardPage(text, rows, found.counts, following)


def _place(cursor: str | None) -> Place | None:
    places = read_cursor(cursor, 2)
    if places is None:
        return None
    return Place(read_moment(places[0]), read_id(places[1]))
