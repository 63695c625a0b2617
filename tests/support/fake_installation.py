"""An installation of fake parts in a process of its own: ``… FOLDER [PART=MOOD]…``.

``store`` is needed by the step ``fill``, which ``front`` and ``back`` need.
"""

import asyncio
import sys
from functools import partial
from pathlib import Path

from app.infra.processes.child import run_to_end
from app.infra.processes.parts import Command, Part, StartError, Step
from app.infra.processes.status import StatusFile
from app.infra.processes.supervisor import Supervisor

SCRIPT = Path(__file__).with_name("fake_part.py")
NEEDS = {"store": (), "front": ("fill",), "back": ("fill",)}


def main(folder: Path, moods: dict[str, str]) -> int:
    """Run until a signal; the status is 1 if the start fails, as of the real starter."""
    parts = [_part(folder, name, moods.get(name, "")) for name in NEEDS]
    work = partial(run_to_end, "fill", _command(folder, "fill", moods.get("fill", "")), folder / "fill.log")
    fill = Step("fill", work if moods.get("fill") else partial(asyncio.sleep, 0), needs=("store",))
    status = StatusFile(folder / "status.json", "http://fake")
    supervisor = Supervisor([*parts, fill], folder / "log", status, _say)
    try:
        asyncio.run(supervisor.run(_ready))
    except StartError as error:
        _say(str(error))
        return 1
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def _ready() -> None:
    _say("ready")


def _part(folder: Path, name: str, mood: str) -> Part:
    return Part(
        name=name,
        command=partial(_command, folder, name, mood),
        is_healthy=partial(_is_up, folder / f"{name}.ready"),
        needs=NEEDS[name],
        facts={"port": 1},
        stop_within_s=0.5,
    )


def _command(folder: Path, name: str, mood: str) -> Command:
    ready = folder / f"{name}.ready"
    ready.unlink(missing_ok=True)
    words = (sys.executable, "-I", "-S", str(SCRIPT), str(folder / "journal"), name, str(ready))
    return Command(argv=(*words, *filter(None, mood.split(","))), env={"PATH": "/usr/bin:/bin"}, folder=folder)


async def _is_up(ready: Path) -> bool:
    return ready.exists()  # noqa: ASYNC240 - quicker than a thread


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), dict(word.split("=") for word in sys.argv[2:])))
