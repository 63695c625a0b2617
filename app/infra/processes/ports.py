"""Ports of this machine: chosen before a part starts, and kept from other installations until this one ends."""

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from app.infra.processes.parts import StartError

HIGHEST_PORT = 65_535


class PortLostError(StartError):
    """Another program took a port between our choice and our part's start."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"Port {port} of {host} was taken by another program meanwhile.")
        self.port = port


class Ports:
    """Gives each port once.

    Between the choice of a port and its use lie seconds. Two starters of one moment would choose the same, so each
    choice is also a claim: a name in the kernel's abstract space, which ends with the process however that dies.
    """

    def __init__(self) -> None:
        self._claims: dict[int, socket.socket] = {}
        self._avoided: set[int] = set()

    def take(self, host: str, wanted: int) -> int:
        """The wanted port or the next one that is free.

        Raises:
            StartError: the host is not an address of this machine, or no port is left.
        """
        for port in count(wanted):
            if port > HIGHEST_PORT:
                break
            if port not in self._avoided and is_free(host, port) and self._claim(port):
                return port
        message = f"No free port from {wanted} upwards on {host}."
        raise StartError(message)

    def start_over(self, avoided: int) -> None:
        """Give everything back, to choose anew without a port that was lost."""
        self._avoided.add(avoided)
        self.close()

    def __del__(self) -> None:
        """Whoever forgets to close them holds them no longer than itself."""
        self.close()

    def close(self) -> None:
        """Let others have what was claimed."""
        for claim in self._claims.values():
            claim.close()
        self._claims.clear()

    def _claim(self, port: int) -> bool:
        if port in self._claims:
            return False
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            claim.bind(f"\0karavan-port-{port}")
        except OSError:
            claim.close()
            return False
        self._claims[port] = claim
        return True


@contextmanager
def open_ports() -> Iterator[Ports]:
    """Ports for one run of the installation."""
    ports = Ports()
    try:
        yield ports
    finally:
        ports.close()


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there at this moment.

    Raises:
        StartError: the host is not an address of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As the servers do it: a port whose last connections only fade away counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except socket.gaierror as error:
            message = f"KARAVAN_HOST={host} is not an address of this machine."
            raise StartError(message) from error
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                message = f"KARAVAN_HOST={host} is not an address of this machine."
                raise StartError(message) from error
            return False
    return True
