"""The entities are the 22 of the exchange design, every stream belongs to one of them, and the page shows them."""

import inspect
import re
from collections import Counter
from pathlib import Path
from typing import Final

from app.caching.families import Described
from app.documents.events import FILE_GET, FILE_PUT
from app.erp.entities import BY_KEY, BY_STREAM, ENTITIES, SENTENCES, Conflict, Direction, Entity
from app.erp.families.reading import read_family
from app.erp.mappings import STREAMS
from app.erp.wire.odata.commands import Writer
from app.erp.wording import KINDS
from app.infra.i18n.catalogue import CONTEXT_MARK
from app.infra.rooms import collect
from app.orders.events import ORDER_CANCEL, ORDER_PUT, VEHICLE_PUT

ROOT: Final = Path(__file__).parents[2]
HEAD: Final = """\
| # | entity | streams of H | sets of O | direction | leaves | H | O | cache | conflict | not yet |
|---|---|---|---|---|---|---|---|---|---|---|
"""


def _words(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "–"


def _row(entity: Entity) -> str:
    streams = _words(entity.streams)
    if entity.carried_by:
        streams += f" (with {_words(entity.carried_by)})"
    cells = (
        *(entity.number, entity.name.rpartition(CONTEXT_MARK)[2], streams, _words(entity.objects), entity.direction),
        *(_words(entity.sends), f"{entity.fresh_h_s} s", f"{entity.fresh_o_s} s", entity.cache),
        *(SENTENCES[entity.conflict], entity.yet or "–"),
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


def test_what_is_said_to_leave_is_what_leaves_and_both_interfaces_carry_it() -> None:
    said = {kind for entity in ENTITIES for kind in entity.sends}
    # Contents of files have lanes of their own, over our extension alone, and no room sends one yet.
    assert said == set(KINDS) - {FILE_GET, FILE_PUT} == {ORDER_PUT, ORDER_CANCEL, VEHICLE_PUT}
    assert set(re.findall(r'case "([a-z_.]+)":', inspect.getsource(Writer.carry_out))) == said


def test_an_entity_that_is_not_the_erps_alone_sends_something_or_says_that_it_does_not_yet() -> None:
    assert [one.key for one in ENTITIES if one.direction is not Direction.ERP and not (one.sends or one.yet)] == []
    assert [one.key for one in ENTITIES if one.direction is Direction.ERP and one.sends] == []


def test_caches_are_never_looser_than_is_said_of_their_entities() -> None:
    strictness = {"lazy": 0, "synchronized": 1, "write-through": 2, "write_through": 2}
    asked = {entity.number: strictness[entity.cache] for entity in ENTITIES}
    kept = collect("families", "FAMILIES", Described)
    assert [(one.name, n) for one in kept for n in one.owner if strictness[one.kind] < asked[n]] == []


def test_every_set_that_is_named_is_read_by_the_usual_family_or_said_not_to_be() -> None:
    sources = read_family().streams.values()
    read = {source.set for source in sources} | {source.states.set for source in sources if source.states}
    unread = {(entity.key, name) for entity in ENTITIES for name in entity.objects if name not in read}
    assert unread == {("messages", "InformationRegister_Портал_Сообщения")}
    assert all(BY_KEY[key].yet for key, _ in unread)
