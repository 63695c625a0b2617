"""The Jinja environment of one language, in which whatever is known at compile time is said then.

Two thirds of what a page calls are constants: texts, icons, addresses of files. A call costs about
a microsecond and a page has hundreds, so a call with constant arguments is made once, when the
template compiles, and stays in it as plain HTML. That is why each language has its own environment.

What is left is written a thousand times a page. Jinja wraps every piece in a ``Markup`` object although all
pieces are only joined; here a piece with nothing to escape stays the string it is, which is four times cheaper.
"""

import re
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Final, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.ext import InternationalizationExtension
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from app.infra.pages.assets import SPRITE, Assets
from app.infra.pages.filters import CsrfInput, Texts, filters_of, icon_painter

_SPECIAL: Final = re.compile("[&<>\"']")


def piece(value: object) -> str:
    """Write one value into HTML: what is marked as HTML as it is, anything else escaped."""
    if type(value) is Markup or (type(value) is str and not _SPECIAL.search(value)):
        return value
    return escape(value)


class _Pieces(CodeGenerator):
    """Writes templates out as calls of ``piece``.

    Lists hold structs, and rows have forty fields: of what a loop goes through, a field is read as a field. Jinja
    would ask a function first for an attribute and then for a key, which takes three times as long.
    """

    _rows: frozenset[str] = frozenset()

    def visit_For(self, node: nodes.For, frame: Frame) -> None:  # noqa: N802 - the name the visitor looks for
        outer = self._rows
        targets = [node.target, *node.target.find_all(nodes.Name)]
        self._rows = outer | {one.name for one in targets if isinstance(one, nodes.Name)}
        super().visit_For(node, frame)
        self._rows = outer

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802 - the name the visitor looks for
        if isinstance(node.node, nodes.Name) and node.node.name in self._rows:
            self.visit(node.node, frame)
            self.write(f".{node.attr}")
        else:
            super().visit_Getattr(node, frame)

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.piece(")


class Entry(dict[str, object]):
    """A map written in a template, as the gallery does: it may stand where the pages hand over a struct."""

    def __getattr__(self, name: str) -> object:
        """Read a field."""
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Folding(Environment):
    """Makes calls of ``foldable`` names with constant arguments at compile time."""

    code_generator_class = _Pieces
    piece = staticmethod(piece)
    entry = Entry
    foldable: Mapping[str, Callable[..., str]] = {}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        return cast("nodes.Template", _Folder(self.foldable).visit(tree))


class _Folder(NodeTransformer):
    def __init__(self, foldable: Mapping[str, Callable[..., str]]) -> None:
        self._foldable = foldable

    def visit_Dict(self, node: nodes.Dict) -> nodes.Expr:  # noqa: N802 - the name the visitor looks for
        self.generic_visit(node)
        return nodes.Call(nodes.EnvironmentAttribute("entry"), [node], [], None, None, lineno=node.lineno)

    def visit_Call(self, node: nodes.Call) -> nodes.Expr:  # noqa: N802 - the name the visitor looks for
        self.generic_visit(node)
        target = node.node
        if not isinstance(target, nodes.Name) or node.kwargs or node.dyn_args or node.dyn_kwargs:
            return node
        constants = [cast("object", arg.value) for arg in node.args if isinstance(arg, nodes.Const)]
        function = self._foldable.get(target.name)
        if function is None or len(constants) < len(node.args):
            return node
        return nodes.Const(function(*constants), lineno=node.lineno, environment=node.environment)


class _NewstyleTexts(InternationalizationExtension):
    """``trans`` blocks hand their variables to our own gettext, which escapes and fills them."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.newstyle_gettext = True  # pyright: ignore[reportAttributeAccessIssue] - set by the extension


def build_environment(folder: Path, assets: Assets, locale: str, *, reload: bool) -> Environment:
    """Make the environment of a language; templates compile at first use and stay."""
    environment = Folding(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=reload,
        cache_size=-1,
        extensions=[_NewstyleTexts],
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.filters.update(filters_of(locale))
    texts, draw_icon = Texts(locale), icon_painter(assets.url(SPRITE), assets.icons())
    environment.foldable = {
        "_": texts.gettext,
        "gettext": texts.gettext,
        "pgettext": texts.pgettext,
        "asset": assets.url,
        "icon": draw_icon,
    }
    names = cast("MutableMapping[str, object]", environment.globals)
    names.update(environment.foldable)
    names.update({"ngettext": texts.ngettext, "draw_icon": draw_icon, "csrf_input": CsrfInput()})
    return environment
