"""A sealed secret opens with the installation's key, for its tenant and its purpose, and nowhere else."""

import pytest

from app.infra.sealing import Sealer, SealError

KEY = "k" * 40


def test_what_was_sealed_opens_and_looks_different_each_time() -> None:
    sealer = Sealer(KEY, "infobase")
    first, second = sealer.seal(1, "Құпия сөз 42"), sealer.seal(1, "Құпия сөз 42")
    assert sealer.open(1, first) == sealer.open(1, second) == "Құпия сөз 42"
    assert first != second
    assert "42" not in first.decode("latin-1")


@pytest.mark.parametrize(
    ("case", "sealer", "tenant"),
    [
        ("another installation", Sealer("x" * 40, "infobase"), 1),
        ("another purpose", Sealer(KEY, "mail"), 1),
        ("another tenant's row", Sealer(KEY, "infobase"), 2),
    ],
)
def test_a_secret_carried_elsewhere_does_not_open(case: str, sealer: Sealer, tenant: int) -> None:
    sealed = Sealer(KEY, "infobase").seal(1, "secret")
    with pytest.raises(SealError):
        pytest.fail(f"{case}: {sealer.open(tenant, sealed)}")


def test_a_changed_byte_or_a_form_nobody_knows_does_not_open() -> None:
    sealer = Sealer(KEY, "infobase")
    sealed = sealer.seal(1, "secret")
    for place in range(len(sealed)):
        broken = bytearray(sealed)
        broken[place] ^= 1
        with pytest.raises(SealError):
            sealer.open(1, bytes(broken))
    for short in (b"", b"\x01", sealed[:5], b"\x02" + sealed[1:]):
        with pytest.raises(SealError):
            sealer.open(1, short)
