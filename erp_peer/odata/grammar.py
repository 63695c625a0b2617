"""Reading expressions by recursive descent: or, and, not, comparison, operand."""

from typing import NoReturn

from erp_peer.odata.syntax import Call, Compare, Comparison, Join, Lambda, Node, Not, Path
from erp_peer.odata.tokens import Sign, SyntaxFaultError, Token, cut

_COMPARISONS: tuple[Comparison, ...] = ("eq", "ne", "gt", "ge", "lt", "le")
_RESERVED = frozenset({*_COMPARISONS, "and", "or", "not"})
# Deeper ones are nobody's honest filter, and would exhaust the stack.
_DEEPEST = 60


class _Reader:
    """Walks the tokens of one expression."""

    def __init__(self, text: str) -> None:
        self._tokens = cut(text)
        self._place = 0
        self._depth = 0

    @property
    def _now(self) -> Token:
        return self._tokens[self._place]

    def _take(self) -> Token:
        token = self._now
        self._place += 1
        return token

    def _skips(self, text: str) -> bool:
        """Step over a mark or word when it is here."""
        is_here = self._now.text == text and self._now.sign in {Sign.MARK, Sign.NAME}
        self._place += is_here
        return is_here

    def _need(self, text: str) -> None:
        if not self._skips(text):
            self._fail(f"ожидается «{text}»")

    def _fail(self, reason: str) -> NoReturn:
        where = f"«{self._now.text}» в позиции {self._now.at}" if self._now.text else "конец выражения"
        message = f"{reason}, получено: {where}"
        raise SyntaxFaultError(message)

    def whole(self) -> Node:
        """The expression, with nothing behind it."""
        found = self._either()
        if self._now.sign is not Sign.END:
            self._fail("ожидается конец выражения")
        return found

    def _either(self) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            self._fail("слишком глубокая вложенность")
        terms = [self._both()]
        while self._skips("or"):
            terms.append(self._both())
        self._depth -= 1
        return terms[0] if len(terms) == 1 else Join("or", tuple(terms))

    def _both(self) -> Node:
        terms = [self._negated()]
        while self._skips("and"):
            terms.append(self._negated())
        return terms[0] if len(terms) == 1 else Join("and", tuple(terms))

    def _negated(self) -> Node:
        count = 0
        while self._skips("not"):
            count += 1
        found = self._comparison()
        return Not(found) if count % 2 else found

    def _comparison(self) -> Node:
        left = self._operand()
        for operator in _COMPARISONS:
            if self._skips(operator):
                return Compare(operator, left, self._operand())
        return left

    def _operand(self) -> Node:
        if self._skips("("):
            found = self._either()
            self._need(")")
            return found
        token = self._now
        if token.constant is not None:
            self._place += 1
            return token.constant
        if token.sign is not Sign.NAME or token.text in _RESERVED:
            self._fail("ожидается значение")
        return self._name()

    def _name(self) -> Node:
        names = [self._take().text]
        while self._skips("/"):
            if self._now.sign is not Sign.NAME:
                self._fail("ожидается имя")
            names.append(self._take().text)
        if not self._skips("("):
            return Path(tuple(names))
        if len(names) == 1:
            return Call(names[0], self._arguments())
        section, quantifier = names[0], "/".join(names[1:])
        if quantifier not in {"any", "all"}:
            self._fail(f"неизвестная функция {'/'.join(names)}")
        return self._lambda(section, quantifier)

    def _arguments(self) -> tuple[Node, ...]:
        if self._skips(")"):
            return ()
        found = [self._either()]
        while self._skips(","):
            found.append(self._either())
        self._need(")")
        return tuple(found)

    def _lambda(self, section: str, quantifier: str) -> Node:
        if self._now.sign is not Sign.NAME:
            self._fail("ожидается переменная")
        variable = self._take().text
        self._need(":")
        inner = self._either()
        self._need(")")
        return Lambda(section, "any" if quantifier == "any" else "all", variable, inner)


def read_condition(text: str) -> Node:
    """The tree of a condition.

    Raises:
        SyntaxFaultError: it cannot be read.
    """
    return _Reader(text).whole()


def read_order(text: str) -> list[tuple[Path, bool]]:
    """Properties to sort by, with whether they go down.

    Raises:
        SyntaxFaultError: it cannot be read.
    """
    found: list[tuple[Path, bool]] = []
    for item in text.split(","):
        words = item.split()
        path, *rest = words or [""]
        if rest not in ([], ["asc"], ["desc"]):
            message = f"неверное упорядочивание «{item.strip()}»"
            raise SyntaxFaultError(message)
        node = read_condition(path)
        if not isinstance(node, Path):
            message = f"упорядочивать можно только по свойству, получено «{path}»"
            raise SyntaxFaultError(message)
        found.append((node, rest == ["desc"]))
    return found
