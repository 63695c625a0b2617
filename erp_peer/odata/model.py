"""The one table of entity sets: metadata, reading, writing and the exchange plan all follow from it."""

from msgspec import structs

from erp_peer.faults.ailments import Drift, present
from erp_peer.odata.edm import Edm, EntitySet, FunctionName, Property
from erp_peer.odata.errors import Code, ODataError
from erp_peer.odata.objects import object_set, section_sets
from erp_peer.odata.registers import REGISTERS
from erp_peer.streams import STREAMS

PLAN = "ExchangePlan_ПорталB2B"
# Nodes of this interface, apart from those that surface H keeps under names of its own choice.
NODE_PREFIX = "odata/"
# The infobase itself is a node of every plan. The reference of a node follows from its name.
_NODES = (
    "(SELECT ib, md5('node/' || ib || '/' || node)::uuid AS ref,"
    f" substr(node, {len(NODE_PREFIX) + 1}) AS code, substr(node, {len(NODE_PREFIX) + 1}) AS name, sent, received,"
    f" false AS is_this, sent + received AS ver FROM peer.nodes WHERE starts_with(node, '{NODE_PREFIX}')"
    " UNION ALL SELECT ib, md5('node/' || ib)::uuid, '', ib, 0, 0, true, 0 FROM peer.infobases) AS {a}"
)
_PLAN_SET = EntitySet(
    name=PLAN,
    source=_NODES,
    properties=(
        Property("Ref_Key", Edm.GUID, "{a}.ref"),
        Property("DataVersion", Edm.STRING, "{label}"),
        Property("DeletionMark", Edm.BOOLEAN, "false"),
        Property("Code", Edm.STRING, "{a}.code"),
        Property("Description", Edm.STRING, "{a}.name"),
        Property("SentNo", Edm.INT64, "{a}.sent"),
        Property("ReceivedNo", Edm.INT64, "{a}.received"),
        Property("ThisNode", Edm.BOOLEAN, "{a}.is_this"),
    ),
    keys=("Ref_Key",),
    presentation="{a}.name",
)


def _all() -> list[EntitySet]:
    objects = [object_set(s) for s in STREAMS if s.set_name.startswith(("Catalog_", "Document_"))]
    sections = [section for found in objects for section in section_sets(found)]
    return [*objects, *sections, *REGISTERS, _PLAN_SET]


SETS: dict[str, EntitySet] = {found.name: found for found in sorted(_all(), key=lambda found: found.name)}


def _drifted(found: EntitySet, drift: Drift) -> EntitySet:
    """A set with one attribute that is new, gone, or of another type."""
    match drift.change:
        case "add":
            properties = (*found.properties, Property(drift.field, Edm.STRING, "''::text"))
        case "remove":
            properties = tuple(own for own in found.properties if own.name != drift.field)
        case _:
            properties = tuple(_retyped(own) if own.name == drift.field else own for own in found.properties)
    return structs.replace(found, properties=properties)


def _retyped(found: Property) -> Property:
    """A text becomes a number, anything else a text."""
    if found.type is Edm.STRING:
        return Property(found.name, Edm.DOUBLE, f"length({found.sql})::numeric")
    return Property(found.name, Edm.STRING, f"'тип изменён: ' || ({found.sql})::text")


def all_sets() -> list[EntitySet]:
    """Every set as it is at present."""
    return [find_set(name) for name in SETS]


def find_set(name: str) -> EntitySet:
    """A set by name, as it is at present.

    Raises:
        ODataError: there is none.
    """
    found = SETS.get(name)
    if found is None:
        raise ODataError(Code.NO_ENTITY_TYPE, f"Сущность {name} не найдена")
    for drift in present().drifts:
        if drift.set == name:
            found = _drifted(found, drift)
    return found


def functions_of(found: EntitySet) -> tuple[FunctionName, ...]:
    """Everything that can be called on a set or on one of its objects."""
    posting = (FunctionName.POST, FunctionName.UNPOST) if found.is_document else ()
    return (*(function.name for function in found.functions), *posting)
