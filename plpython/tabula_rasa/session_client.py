"""In charge of knowing whether whoever called is still there.

PostgreSQL itself finds out when it next writes to its client, or every client_connection_check_interval, which is off unless set.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket


class SessionClient:
    """The other end of a backend's session.

    port    the server's: of a backend's connections, its client's is the one whose near end has it
    """

    def __init__(self, port):
        self._poll = None  # a background worker has no client that could go
        for descriptor in map(int, os.listdir("/dev/fd")):
            with contextlib.suppress(OSError):  # most are no sockets
                connection = socket.socket(fileno=descriptor)
                try:
                    if _port(connection.getsockname()) == port:
                        self._poll = select.poll()
                        self._poll.register(descriptor, select.POLLRDHUP)
                finally:
                    connection.detach()  # it stays the server's

    def gone(self):
        """Has it closed the connection, or has the system for it?"""
        return bool(self._poll and self._poll.poll(0))


def _port(name):
    """The port of a socket's name, as text; of a Unix socket, what stands for it in the path."""
    return str(name[1]) if isinstance(name, tuple) else os.fsdecode(name).rpartition(".s.PGSQL.")[2]
