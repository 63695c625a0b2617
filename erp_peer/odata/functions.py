"""Functions an expression may call."""

from msgspec import Struct

from erp_peer.odata.edm import Edm


class ScalarFunction(Struct, frozen=True):
    """What a function takes and gives; `{0}` is its first argument, `{rest}` what comes from the optional one."""

    takes: tuple[Edm, ...]
    gives: Edm
    template: str
    least: int = 0
    optional: str = ""

    def sql(self, arguments: list[str]) -> str:
        """The call in SQL."""
        text = self.template.replace("{rest}", self.optional if len(arguments) > self.least else "")
        for place, argument in enumerate(arguments):
            text = text.replace(f"{{{place}}}", argument)
        return text


_TEXT = Edm.STRING


def _of(template: str, gives: Edm, *takes: Edm) -> ScalarFunction:
    return ScalarFunction(takes, gives, template, len(takes))


def _part(name: str) -> ScalarFunction:
    return _of(f"extract({name} FROM {{0}})", Edm.DOUBLE, Edm.DATETIME)


FUNCTIONS = {
    "substringof": _of("(position({0} IN {1}) > 0)", Edm.BOOLEAN, _TEXT, _TEXT),
    "startswith": _of("starts_with({0}, {1})", Edm.BOOLEAN, _TEXT, _TEXT),
    "endswith": _of("(right({0}, length({1})) = {1})", Edm.BOOLEAN, _TEXT, _TEXT),
    "like": _of("({0} LIKE {1} ESCAPE '')", Edm.BOOLEAN, _TEXT, _TEXT),
    "concat": _of("({0} || {1})", _TEXT, _TEXT, _TEXT),
    "length": _of("length({0})", Edm.DOUBLE, _TEXT),
    # Places are counted from 0, as OData does.
    "substring": ScalarFunction(
        (_TEXT, Edm.DOUBLE, Edm.DOUBLE), _TEXT, "substr({0}, {1}::int + 1{rest})", 2, ", greatest({2}::int, 0)"
    ),
    "toupper": _of("upper({0})", _TEXT, _TEXT),
    "tolower": _of("lower({0})", _TEXT, _TEXT),
    **{name: _part(name) for name in ("year", "month", "day", "hour", "minute", "second")},
}
