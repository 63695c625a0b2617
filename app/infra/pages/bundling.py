"""Joins style sheets into one file and ES modules into another, without Node.

Only as clever as our own sources need. Styles: comments and needless blanks go, ``url(…)`` gets
its hashed address. Scripts: modules are put one after the other in the order of their imports;
they share one scope, so two modules may not declare the same name, which is checked.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

_CSS_TOKEN: Final = re.compile(r"""/\*.*?\*/|"[^"\n]*"|'[^'\n]*'""", re.DOTALL)
_CSS_URL: Final = re.compile(r'url\("([^"]+)"\)')
_CSS_BLANKS: Final = re.compile(r"\s+")
_CSS_TIGHT: Final = re.compile(r" ?([{};,]) ?")
_CSS_COLON: Final = re.compile(r": ")
_IMPORT: Final = re.compile(r'^import (?:\{[^}]*\} from )?"(\.[^"]+)";\n', re.MULTILINE)
_DECLARED: Final = re.compile(r"^(?:export )?(?:async )?(?:function|class|const|let) (\w+)", re.MULTILINE)
_UNSUPPORTED: Final = re.compile(r"^(?:export (?:default|\{|\*)|import (?!\{|\")).*", re.MULTILINE)
_JS_COMMENT: Final = re.compile(r"^[ \t]*//[^\n]*\n|^[ \t]*/\*.*?\*/[ \t]*\n", re.MULTILINE | re.DOTALL)
_JS_INDENT: Final = re.compile(r"^[ \t]+|\n(?=\n)", re.MULTILINE)


class BundleError(Exception):
    """A source breaks the small rules of joining; the message names file and fault."""


def bundle_styles(folder: Path, url: Callable[[str], str]) -> str:
    """Join ``tokens.css``, then ``css/``, then every room's styles.

    The order does not decide the cascade: each file says its ``@layer``.

    Raises:
        BundleError: a ``url(…)`` names no file.
    """
    shared = [folder / "tokens.css", *sorted((folder / "css").glob("*.css"))]
    rooms = sorted(set(folder.glob("*/*.css")) - set(shared))
    return "".join(_style(path, folder, url) for path in [*shared, *rooms])


def _style(path: Path, folder: Path, url: Callable[[str], str]) -> str:
    def address(match: re.Match[str]) -> str:
        target = (path.parent / match[1]).resolve()
        try:
            return f'url("{url(target.relative_to(folder.resolve()).as_posix())}")'
        except (KeyError, ValueError) as error:
            message = f"{path.name}: there is no {match[1]}"
            raise BundleError(message) from error

    return _CSS_URL.sub(address, squeeze_styles(path.read_text(encoding="utf-8")))


def squeeze_styles(source: str) -> str:
    """Drop comments and needless blanks; strings stay as they are."""
    parts: list[str] = []
    end = 0
    for match in _CSS_TOKEN.finditer(source):
        parts += [_squeeze(source[end : match.start()]), "" if match[0][0] == "/" else match[0]]
        end = match.end()
    parts.append(_squeeze(source[end:]))
    return "".join(parts).replace(";}", "}").strip()


def _squeeze(text: str) -> str:
    return _CSS_COLON.sub(":", _CSS_TIGHT.sub(r"\1", _CSS_BLANKS.sub(" ", text)))


def bundle_scripts(folder: Path, entry: str = "js/app.js") -> str:
    """Join the entry module with everything it imports, imports first.

    Raises:
        BundleError: a missing or circular import, a name declared twice, an unsupported form.
    """
    ordered: list[Path] = []
    _visit((folder / entry).resolve(), ordered, [])
    owners: dict[str, Path] = {}
    for path in ordered:
        for match in _DECLARED.finditer(path.read_text(encoding="utf-8")):
            name = match[1]
            if owners.setdefault(name, path) != path:
                message = f"{path.name} and {owners[name].name} both declare {name}"
                raise BundleError(message)
    return "".join(_script(path) for path in ordered)


def _visit(path: Path, ordered: list[Path], trail: list[Path]) -> None:
    if path in ordered:
        return
    if path in trail:
        message = f"{path.name} imports itself by way of {trail[-1].name}"
        raise BundleError(message)
    if not path.is_file():
        message = f"{trail[-1].name if trail else 'the bundle'}: there is no {path.name}"
        raise BundleError(message)
    source = path.read_text(encoding="utf-8")
    if odd := _UNSUPPORTED.search(source):
        message = f"{path.name}: cannot join {odd[0]!r}; use named imports and exports"
        raise BundleError(message)
    for match in _IMPORT.finditer(source):
        _visit((path.parent / match[1]).resolve(), ordered, [*trail, path])
    ordered.append(path)


def _script(path: Path) -> str:
    source = _IMPORT.sub("", path.read_text(encoding="utf-8"))
    source = re.sub(r"^export ", "", source, flags=re.MULTILINE)
    # Indentation may go because no source has a string over several lines (checked by a test).
    return _JS_INDENT.sub("", _JS_COMMENT.sub("", source)).lstrip()
