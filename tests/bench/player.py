"""The tape player: an HTTP server on one event loop, which keeps what a slow double answers or gives it again after a fixed time.

`python -m bench.player TAPE --delay 0.05` plays, `--from URL` records; it prints its URL when ready.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import signal
import threading
import urllib.parse
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import bucket
from .tape import Tape, question

_ADMIN = b"/_player/"


class Player:
    """The tape, the clock and the counts. `upstream`: host:port of what is asked where the tape is to be recorded."""

    def __init__(self, tape, delay, upstream):
        self.tape, self.delay, self.upstream = tape, delay, upstream
        self.bucket = bucket.Bucket(0)
        self.pool = ThreadPoolExecutor(32)
        self.local = threading.local()
        self.turns = Counter()
        self.count()

    def count(self):
        """Counts from nothing."""
        self.asked, self.calls, self.kinds, self.missed, self.under_way, self.most = set(), 0, Counter(), [], 0, 0

    def told(self):
        """What was asked since the counts began."""
        kinds = Counter()
        for (service, method, operation), count in self.kinds.items():
            kinds[f"{(service or b'').decode()} {method.decode()} {operation.decode()}"] += count
        return {"calls": self.calls, "questions": len(self.asked), "most_at_once": self.most, "missed": self.missed, "kinds": kinds}

    def heard(self, head, body, send):
        """Counts a request and has it answered: send(bytes), now or later."""
        key, kind = question(head, body)
        self.calls += 1
        self.asked.add(key)
        self.kinds[kind] += 1
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        loop = asyncio.get_running_loop()
        if self.upstream:
            answer = loop.run_in_executor(self.pool, self._ask, head, body)
            answer.add_done_callback(lambda done: self._kept(key, kind, done, send))
            return
        turn = self.turns[key]
        self.turns[key] += 1
        answer = self.bucket.answer(head, body) or self.tape.answer(key, kind, turn)
        if answer is None:
            self.missed.append(f"{kind} {head[:200]!r} {body[:300]!r}")
            answer = response(400, [("Content-Type", "text/plain")], b"<ErrorResponse><Error><Code>NotOnTape</Code><Message>this is not on the tape</Message></Error></ErrorResponse>")
        loop.call_later(self.delay, self._sent, send, answer)

    def _sent(self, send, answer):
        self.under_way -= 1
        send(answer)

    def _kept(self, key, kind, done, send):
        self.tape.keep(key, kind, done.result())
        self._sent(send, done.result())

    def _ask(self, head, body):
        first, _, rest = head.partition(b"\r\n")
        method, path, _ = first.decode("latin-1").split(" ")
        headers = dict(line.split(": ", 1) for line in rest.decode("latin-1").split("\r\n") if line)
        for _ in range(2):  # a connection that was idle may have been closed
            connection = getattr(self.local, "connection", None) or http.client.HTTPConnection(self.upstream, timeout=300)
            try:
                connection.request(method, path, body, headers)
                answered = connection.getresponse()
                content = answered.read()
                break
            except (http.client.RemoteDisconnected, ConnectionError):
                connection.close()
                self.local.connection = None
        else:
            raise ConnectionError(f"{self.upstream} does not answer")
        self.local.connection = connection
        headers = [(name, value) for name, value in answered.getheaders() if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server")]
        length = answered.getheader("Content-Length") if method == "HEAD" else None
        return response(answered.status, headers, content, length)

    def administer(self, path, body):
        match path.removeprefix(_ADMIN.decode()).split("?")[0]:
            case "told":
                return self.told()
            case "rewind":
                given = json.loads(body or b"{}")
                self.delay = given.get("delay", self.delay)
                self.bucket = bucket.Bucket(given.get("versions", 0))
                self.turns = self.turns if given.get("turns") else Counter()
                self.count()
            case "save":
                self.tape.save(Path(json.loads(body)["path"]))
        return {}


def response(status, headers, body, length=None):
    lines = [f"HTTP/1.1 {status} OK", *(f"{name}: {value}" for name, value in headers)]
    if status != 204:
        lines.append(f"Content-Length: {length or len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


class Conversation(asyncio.Protocol):
    """One connection, kept open; a client sends its next request when it has the answer to the last."""

    def __init__(self, player):
        self.player, self.heard = player, b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.heard += data
        head, found, rest = self.heard.partition(b"\r\n\r\n")
        if not found:
            return
        length = _length(head)
        if len(rest) < length:
            if b"100-continue" in head:
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                self.heard = head.replace(b"100-continue", b"") + found + rest
            return
        body, self.heard = rest[:length], rest[length:]
        path = head.split(b" ", 2)[1]
        if path.startswith(_ADMIN):
            self._send(response(200, [("Content-Type", "application/json")], json.dumps(self.player.administer(path.decode(), body)).encode()))
        else:
            self.player.heard(head, body, self._send)

    def _send(self, answer):
        if not self.transport.is_closing():
            self.transport.write(answer)


def _length(head):
    at = head.lower().find(b"\r\ncontent-length:")
    return int(head[at + 17:].split(b"\r\n", 1)[0]) if at >= 0 else 0


async def serve(player):
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Conversation(player), "127.0.0.1", 0, backlog=1024)
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await stop.wait()


def main():
    parser = argparse.ArgumentParser(prog="player", description=__doc__)
    parser.add_argument("tape", type=Path)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds that every answer takes")
    parser.add_argument("--from", dest="upstream", help="URL of what answers while recording")
    given = parser.parse_args()
    upstream = given.upstream and urllib.parse.urlsplit(given.upstream).netloc
    tape = Tape() if upstream else Tape.load(given.tape)
    asyncio.run(serve(Player(tape, given.delay, upstream)))


if __name__ == "__main__":
    main()
