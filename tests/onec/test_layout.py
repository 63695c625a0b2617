"""The dump hangs together: every object is listed, described and points at something that is there."""

import xml.etree.ElementTree as ET
from pathlib import Path

from tests.onec.bsl import MODULES, ROOT

_MD = "{http://v8.1c.ru/8.3/MDClasses}"
_FOLDERS = {
    "Language": "Languages",
    "CommonModule": "CommonModules",
    "ExchangePlan": "ExchangePlans",
    "EventSubscription": "EventSubscriptions",
    "ScheduledJob": "ScheduledJobs",
    "HTTPService": "HTTPServices",
    "Role": "Roles",
    "Constant": "Constants",
    "InformationRegister": "InformationRegisters",
}


def _read(path: Path) -> ET.Element:
    return ET.parse(path).getroot()  # noqa: S314 - our own file


def _listed() -> set[Path]:
    children = _read(ROOT / "Configuration.xml").find(f"{_MD}Configuration/{_MD}ChildObjects")
    assert children is not None
    return {ROOT / _FOLDERS[child.tag.removeprefix(_MD)] / f"{child.text}.xml" for child in children}


def test_the_extension_lists_what_is_there_and_nothing_else() -> None:
    assert _listed() == {path for folder in _FOLDERS.values() for path in (ROOT / folder).glob("*.xml")}


def test_every_object_is_called_as_its_file_is() -> None:
    for path in _listed():
        assert _read(path)[0].findtext(f"{_MD}Properties/{_MD}Name") == path.stem


def test_no_two_things_share_an_identifier() -> None:
    found = [
        value
        for path in sorted(ROOT.rglob("*.xml"))
        for node in _read(path).iter()
        for value in (node.get("uuid"), node.text if node.tag.endswith(("}TypeId", "}ValueId", "}ThisNode")) else None)
        if value
    ]
    assert len(found) == len(set(found)) > 0


def test_every_module_has_its_description() -> None:
    described = {path.stem for path in (ROOT / "CommonModules").glob("*.xml")}
    assert described == set(MODULES) - {"HTTPService"}


def test_jobs_and_subscriptions_name_a_public_routine() -> None:
    for folder, tag in (("ScheduledJobs", "MethodName"), ("EventSubscriptions", "Handler")):
        for path in (ROOT / folder).glob("*.xml"):
            kind, module, routine = (_read(path)[0].findtext(f"{_MD}Properties/{_MD}{tag}") or "").split(".")
            assert kind == "CommonModule"
            assert MODULES[module].routines()[routine].is_public


def test_the_plan_registers_a_register_of_the_extension() -> None:
    space = "{http://v8.1c.ru/8.3/xcf/extrnprops}"
    content = _read(ROOT / "ExchangePlans" / "ПорталB2B" / "Ext" / "Content.xml")
    for named in content.iter(f"{space}Metadata"):
        kind, name = (named.text or "").split(".")
        assert (ROOT / _FOLDERS[kind] / f"{name}.xml") in _listed()


def test_the_role_allows_the_calls_of_the_service_and_nothing_else() -> None:
    space = "{http://v8.1c.ru/8.2/roles}"
    allowed = {
        named.text
        for named in _read(ROOT / "Roles" / "ПорталB2B_Обмен" / "Ext" / "Rights.xml").iter(f"{space}name")
        if named.text != "Use"
    }
    templates = _read(ROOT / "HTTPServices" / "ПорталB2B.xml").iter(f"{_MD}URLTemplate")
    published = {
        f"HTTPService.ПорталB2B.URLTemplate.{template.findtext(f'{_MD}Properties/{_MD}Name')}"
        f".Method.{method.findtext(f'{_MD}Properties/{_MD}Name')}"
        for template in templates
        for method in template.iter(f"{_MD}Method")
    }
    assert allowed == published


def test_registers_and_constants_named_in_the_modules_exist() -> None:
    everything = "".join(module.source for module in MODULES.values())
    for folder, words in (
        ("InformationRegisters", ("РегистрыСведений", "РегистрСведений")),
        ("Constants", ("Константы", "Константа")),
    ):
        described = {path.stem for path in (ROOT / folder).glob("*.xml")}
        used = {
            rest.split("(")[0].split(".")[0].split('"')[0].split()[0]
            for word in words
            for rest in everything.split(f"{word}.")[1:]
            if rest.startswith("ПорталB2B_")
        }
        assert used == described
