"""Valkey on the loopback address, with a password and an append-only file.

Nothing in it is the only copy of anything; the file keeps sessions alive over a crash.
"""

from pathlib import Path


def prepare_valkey(program: Path, home: Path, port: int, password: str) -> list[str]:
    """Write the settings and return the words that start the server.

    The password stays in a file that only its owner reads: words are seen by every user.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings = home / "valkey.conf"
    settings.unlink(missing_ok=True)
    settings.touch(mode=0o600)
    lines = [
        "bind 127.0.0.1",
        f"port {port}",
        f"requirepass {password}",
        # Relative to the folder below, so a path with spaces or quotes cannot break the file.
        "appendonly yes",
        "appendfsync everysec",
        'save ""',
        "daemonize no",
        "",
    ]
    settings.write_text("\n".join(lines))
    return [str(program), str(settings), "--dir", str(home)]
