"""How much the tape player can answer, so that it is not what is measured."""

from __future__ import annotations

import socket
import threading
import time
import urllib.parse

from .stage import TAPES
from .tape import Tape, question

_HEAD = b"GET /capacity HTTP/1.1\r\nHost: player"


def told(stage, threads=4, seconds=1.0):
    """For a person: calls a second without the delay, by as many connections as threads."""
    tape = Tape()
    tape.keep(*question(_HEAD, b""), b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1000)
    TAPES.mkdir(parents=True, exist_ok=True)
    path = TAPES / "capacity.tape"
    tape.save(path)
    with stage.playing(path, delay=0) as player:
        address, until, counts = urllib.parse.urlsplit(player.url), time.monotonic() + seconds, []

        def ask():
            with socket.create_connection((address.hostname, address.port)) as connection:
                count = 0
                while time.monotonic() < until:
                    connection.sendall(_HEAD + b"\r\n\r\n")
                    received = b""
                    while len(received) < 1040:
                        received += connection.recv(65536)
                    count += 1
                counts.append(count)

        workers = [threading.Thread(target=ask) for _ in range(threads)]
        for each in workers:
            each.start()
        for each in workers:
            each.join()
    return f"the player can answer {sum(counts) / seconds:.0f} calls a second"
