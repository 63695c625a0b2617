"""Joining style sheets and modules."""

from pathlib import Path

import pytest

from app.infra.pages.bundling import BundleError, bundle_scripts, bundle_styles, squeeze_styles

ROOT = Path(__file__).resolve().parents[3]


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("source", "squeezed"),
    [
        ("/* why */\n.a {\n  color: var(--ink);\n}\n", ".a{color:var(--ink)}"),
        (".a :hover > b, i { margin: calc(1px + 2px) }", ".a :hover > b,i{margin:calc(1px + 2px)}"),
        ('.a::before { content: "a: b;  /* c */"; }', '.a::before{content:"a: b;  /* c */"}'),
        ("@media (max-width: 60rem) {\n  .a { b: c; }\n}", "@media (max-width:60rem){.a{b:c}}"),
    ],
)
def test_styles_lose_only_what_they_do_not_need(source: str, squeezed: str) -> None:
    assert squeeze_styles(source) == squeezed


def test_styles_are_joined_tokens_first_rooms_last_with_hashed_addresses(tmp_path: Path) -> None:
    files = {
        "tokens.css": ":root{}",
        "css/base.css": 'a{src:url("../fonts/f.woff2")}',
        "catalog/list.css": ".row{}",
        "css/forms.css": ".form{}",
    }
    joined = bundle_styles(write(tmp_path, files), {"fonts/f.woff2": "/assets/1/fonts/f.woff2"}.__getitem__)
    assert joined == ':root{}a{src:url("/assets/1/fonts/f.woff2")}.form{}.row{}'


def test_a_style_may_not_point_at_nothing(tmp_path: Path) -> None:
    folder = write(tmp_path, {"tokens.css": 'a{src:url("gone.woff2")}'})
    with pytest.raises(BundleError, match=r"tokens\.css: there is no gone\.woff2"):
        bundle_styles(folder, dict[str, str]().__getitem__)


def test_modules_are_joined_imports_first_and_once(tmp_path: Path) -> None:
    files = {
        "js/app.js": '// all\nimport "./b.js";\nimport { say } from "./a.js";\nsay();\n',
        "js/b.js": 'import { say } from "./a.js";\n\n/* twice */\nsay();\n',
        "js/a.js": "export function say() {\n  return 1; // one\n}\n",
    }
    assert bundle_scripts(write(tmp_path, files)) == "function say() {\nreturn 1; // one\n}\nsay();\nsay();\n"


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({"js/app.js": 'import "./gone.js";\n'}, r"app\.js: there is no gone\.js"),
        ({"js/app.js": 'import "./a.js";\n', "js/a.js": 'import "./app.js";\n'}, r"app\.js imports itself"),
        ({"js/app.js": 'import "./a.js";\nconst x = 1;\n', "js/a.js": "const x = 2;\n"}, "both declare x"),
        ({"js/app.js": "export default 1;\n"}, "cannot join 'export default 1;'"),
        ({"js/app.js": 'import all from "./a.js";\n'}, "cannot join 'import all"),
    ],
)
def test_what_cannot_be_joined_stops_the_start(tmp_path: Path, files: dict[str, str], fault: str) -> None:
    with pytest.raises(BundleError, match=fault):
        bundle_scripts(write(tmp_path, files))


def test_no_script_has_a_string_over_several_lines() -> None:
    # The bundle drops indentation, which would change such a string.
    for path in (ROOT / "assets").glob("**/*.js"):
        if path.parent.name != "vendor":
            assert all(line.count("`") % 2 == 0 for line in path.read_text(encoding="utf-8").splitlines()), path.name
