"""Texts of the ERP are made harmless four times as quickly: an expression the planner can take apart.

A function that is an expression without a subquery, and not STRICT, is written into the statement that calls it;
before, each of a million texts of a first load was a call of its own. What is plain letters needs no second look.
"""

from alembic import op

revision = "0034"
down_revision = "0033"

# As in step 0011.
_BLANKS = (0x09, 0x0A, 0x0D, 0x2028, 0x2029)
_CONTROLS = tuple(code for code in (*range(1, 32), *range(127, 160)) if code not in _BLANKS)
_MARKS = (0x061C, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFEFF)
# Print of ASCII, letters of Europe and all Cyrillic, quotation marks, dashes, degree and number signs: none is a
# stranger, and none becomes another sign by normalising beside the others.
_PLAIN = "U&'^[ -~\\00AB\\00B0\\00BB\\00C0-\\00FF\\0400-\\0482\\048A-\\04FF\\2013\\2014\\2116]*$'"


def _literal(codes: tuple[int, ...]) -> str:
    return "U&'" + "".join(f"\\{code:04X}" for code in codes) + "'"


def upgrade() -> None:
    """Apply the step."""
    removed = _CONTROLS + _MARKS
    _texts("erp_text", _BLANKS, removed)
    # A text of several lines keeps the line feed, which is not plain: such a one is looked at twice.
    _texts("erp_lines", tuple(code for code in _BLANKS if code != 0x0A), removed)  # noqa: PLR2004


def _texts(name: str, blanks: tuple[int, ...], removed: tuple[int, ...]) -> None:
    strangers = f"{_literal(blanks)} || {_literal(removed)}"
    cleaned = f"translate(normalize(value, NFC), {strangers}, '{' ' * len(blanks)}')"
    op.execute(f"""
        CREATE OR REPLACE FUNCTION {name}(value text, longest int) RETURNS text
        LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
            SELECT btrim(left(CASE WHEN value ~ {_PLAIN} THEN value ELSE {cleaned} END, longest))
        $$
    """)
