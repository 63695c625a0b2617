"""The entities are the 22 of the exchange design, every stream belongs to one of them, and the page shows them."""

from collections import Counter
from pathlib import Path
from typing import Final

from app.erp.entities import BY_KEY, BY_STREAM, ENTITIES, SENTENCES, Conflict, Entity
from app.erp.mappings import STREAMS
from app.infra.i18n.catalogue import CONTEXT_MARK

ROOT: Final = Path(__file__).parents[2]
HEAD: Final = """\
| # | entity | streams of H | sets of O | direction | H | O | cache | conflict |
|---|---|---|---|---|---|---|---|---|
"""


def _words(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "–"


def _row(entity: Entity) -> str:
    streams = _words(entity.streams)
    if entity.carried_by:
        streams += f" (with {_words(entity.carried_by)})"
    cells = (
        *(entity.number, entity.name.rpartition(CONTEXT_MARK)[2], streams, _words(entity.objects), entity.direction),
        *(f"{entity.fresh_h_s} s", f"{entity.fresh_o_s} s", entity.cache, SENTENCES[entity.conflict]),
    )
    return f"| {' | '.join(str(cell) for cell in cells)} |\n"


def test_the_page_shows_every_entity_as_it_is() -> None:
    page = (ROOT / "docs" / "entities.md").read_text(encoding="utf-8")
    assert page.endswith(HEAD + "".join(map(_row, ENTITIES)))


def test_there_are_twenty_two_in_the_order_of_the_design() -> None:
    assert [entity.number for entity in ENTITIES] == list(range(1, 23))
    assert len(BY_KEY) == 22


def test_every_stream_belongs_to_exactly_one_entity() -> None:
    owned = Counter(stream for entity in ENTITIES for stream in entity.streams)
    assert {stream: count for stream, count in owned.items() if count != 1} == {}
    assert {stream.name for stream in STREAMS} == set(owned)


def test_what_travels_with_another_stream_names_one_that_exists() -> None:
    assert {stream for entity in ENTITIES for stream in entity.carried_by} - set(BY_STREAM) == set()


def test_every_rule_of_conflicts_is_in_use_and_has_a_sentence() -> None:
    assert {entity.conflict for entity in ENTITIES} == set(Conflict)
    assert set(SENTENCES) == set(Conflict)


def test_the_standard_interface_is_never_promised_to_be_faster() -> None:
    assert [entity.key for entity in ENTITIES if entity.fresh_o_s < entity.fresh_h_s] == []
