"""Programs are named as people know them, and a strange one gives nothing of itself away."""

import pytest

from app.access.devices import read_device

AGENTS = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36": (
        "Chrome", "Windows"),
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0": (
        "Edge", "Windows"),
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/128.0.0.0 YaBrowser/24.10.0 Safari/537.36": (
        "Yandex", "Windows"),
    "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0": ("Firefox", "Linux"),
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15": (
        "Safari", "macOS"),
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 CriOS/130.0 Mobile Safari/604.1": (
        "Chrome", "iOS"),
    "Mozilla/5.0 (Linux; Android 14; SM-S911B) AppleWebKit/537.36 SamsungBrowser/26.0 Chrome/122.0 Safari/537.36": (
        "Samsung Internet", "Android"),
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/129.0 Safari/537.36 OPR/115.0": ("Opera", "Windows"),
    "curl/8.9.1": ("curl", ""),
    "python-httpx/0.28.1": ("Python", ""),
    "": ("", ""),
    "<script>alert(1)</script>": ("", ""),
}  # fmt: skip


@pytest.mark.parametrize(("agent", "names"), AGENTS.items())
def test_a_program_is_named_as_people_know_it(agent: str, names: tuple[str, str]) -> None:
    device = read_device(agent)
    assert (device.browser, device.system) == names
