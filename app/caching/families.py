"""What may be kept: one line a family in ``families.FAMILIES`` of the room whose pages show it.

A family says what is read and how, whose eyes it is for, how long it may be shown, and which changes make it old.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, Literal, TypeVar
from uuid import UUID

from app.caching.keys import shape_of
from app.caching.rules import Bounds
from app.caching.values import Shaped
from app.infra.db.transaction import Transaction

A = TypeVar("A")
T = TypeVar("T")

Kind = Literal["lazy", "synchronized", "write-through"]
Loader = Callable[[Transaction, A], Awaitable[T]]
# A collection whose changes count, and the object in it that the question is about; None: any change counts.
Tag = tuple[str, UUID | None]


class Described:
    """What is told of a family whatever its questions and values are."""

    name: str
    kind: Kind
    bounds: Bounds
    owner: tuple[int, ...]
    max_lag_s: float
    is_near: bool
    is_common: bool


class Family(Described, Generic[A, T]):
    """Values of one sort. ``A`` is the question as its loader takes it, ``T`` the answer.

    ``scope`` must hold everything the answer depends on that differs between readers: fingerprints of the decisions
    its statement carries, the language if words are in it, the person where it is their own. Who reads for whom
    (class of connection and organisation, which row-level security goes by) is added to it always.
    """

    def __init__(  # noqa: PLR0913 - a line of the table has these columns
        self,
        name: str,
        kind: Kind,
        of: object,
        load: Loader[A, T],
        *,
        scope: Callable[[A], Sequence[object]],
        parts: Callable[[A], Sequence[object]],
        bounds: Bounds,
        owner: Sequence[int],
        tags: Callable[[A], Sequence[Tag]] | None = None,
        max_lag_s: float = 60.0,
        is_near: bool = False,
        is_common: bool = False,
    ) -> None:
        """Declare a family; ``of`` is the type of its values, ``owner`` the entities of the ERP it comes from.

        ``is_common``: a dictionary without a row that belongs to anybody, the same for all readers of the tenant.

        Raises:
            ValueError: a lazy family watches changes, or another one watches none, or keeps rights or money near.
        """
        if (tags is None) != (kind == "lazy") or (is_near and kind != "lazy"):
            message = f"{name}: a lazy family watches no changes, any other one watches some and is never kept near"
            raise ValueError(message)
        self.name = name
        self.kind = kind
        self.load = load
        self.scope = scope
        self.parts = parts
        self.bounds = bounds
        self.owner = tuple(owner)
        self.tags = tags
        self.max_lag_s = max_lag_s
        self.is_near = is_near
        self.is_common = is_common
        self.shape = shape_of(of)
        self.values: Shaped[T] = Shaped(of)
