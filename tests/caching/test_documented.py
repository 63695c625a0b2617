"""What the page about the caches says is what the rooms declare."""

from app.caching.families import Described
from app.erp.entities import ENTITIES
from app.infra.rooms import collect
from tests.support.databases import ROOT


def test_the_table_of_families_names_each_with_its_kind_owner_and_what_it_watches() -> None:
    families = collect("families", "FAMILIES", Described)
    page = (ROOT / "docs" / "caches.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert len({one.name for one in families}) == len(families) == len(rows)
    for one in families:
        row = next(line for line in rows if line.startswith(f"| `{one.name}` |"))
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert cells[1] == one.kind + (", near" if one.is_near else ""), row
        assert cells[3] == (", ".join(str(number) for number in one.owner) or "-"), row
        seconds = one.bounds.ttl_s
        assert cells[4] == (f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"), row


def test_each_family_is_of_the_kind_that_the_entities_it_comes_from_ask_for() -> None:
    kinds = {one.number: one.cache.value.replace("_", "-") for one in ENTITIES}
    for one in collect("families", "FAMILIES", Described):
        assert {kinds[number] for number in one.owner} <= {one.kind}, one.name
