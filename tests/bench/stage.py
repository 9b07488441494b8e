"""What a line stands on: an embedded PostgreSQL with the extension, tapes and their players, and databases that know the account."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import re
import sys
import threading
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from embedded import ENVIRONMENT
from psycopg.rows import dict_row
from served import served

ROOT = Path(__file__).parents[2]
TAPES = ROOT / "build" / "bench"
ACCOUNT = "123456789012"
DELAY = 0.05  # seconds that a call to AWS takes
REGIONS = (  # those that every account has from the start
    "us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3",
    "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
)
SERVICES = tuple(re.findall(r"'([a-z0-9-]+)'", (ROOT / "sql" / "enable.sql").read_text().partition(" WHERE ")[0]))
CREDENTIALS = {name: value for name, value in ENVIRONMENT.items() if name.startswith("AWS_")}
_numbers = itertools.count(1)


class TapeMissed(Exception):
    """The extension asked what is not on the tape: the figures would be about errors."""


@dataclass
class Line:
    """A line of the table: what was measured, the bar that was measured beside it, and how many times the bar it may be (None: it is only told)."""

    what: str
    measured: float
    bar: float | None = None
    limit: float | None = None
    unit: str = "s"
    note: str = ""

    @property
    def ratio(self):
        return self.measured / self.bar if self.bar else None

    @property
    def missed(self):
        return self.limit is not None and self.ratio > self.limit


class Player:
    """A running tape player; see player.py."""

    def __init__(self, url):
        self.url = url

    def told(self):
        return self._admin("told")

    def rewind(self, **settings):
        """Counts from nothing; begins the tape anew unless turns=True says that it goes on."""
        self._admin("rewind", settings)

    def save(self, path):
        self._admin("save", {"path": str(path)})

    def _admin(self, what, given=None):
        with urllib.request.urlopen(f"{self.url}/_player/{what}", data=json.dumps(given or {}).encode(), timeout=300) as response:
            return json.load(response)


class Stage:
    """`postgres` is the server; its template database has the extension. Tapes are kept in build/bench, for as long as what they were made with stays as it is."""

    template = "with_extension"

    def __init__(self, postgres):
        self.postgres = postgres

    def tape(self, name, record, *of):
        """The path of the tape of this name and these sizes; record(path) makes it where it is not there yet."""
        path = TAPES / f"{name}-{_version(of)}.tape"
        if not path.exists():
            TAPES.mkdir(parents=True, exist_ok=True)
            began = time.monotonic()
            record(path)
            tell(f"recorded {path.name}: {path.stat().st_size / 1e6:.0f} MB in {time.monotonic() - began:.0f} s")
        return path

    @contextlib.contextmanager
    def playing(self, tape, delay=DELAY):
        with _player(tape, "--delay", str(delay)) as player:
            yield player

    @contextlib.contextmanager
    def recording(self, upstream, path):
        """A player in front of what is at the URL `upstream`; what was asked is on the tape when the block ends."""
        with _player(path, "--from", upstream) as player:
            yield player
            player.save(path)

    @contextlib.contextmanager
    def database(self, url, regions=REGIONS, services=SERVICES, **account):
        """A connection to a fresh database that knows the account, answered at `url`."""
        name = f"bench_{next(_numbers)}"
        self.postgres.create_database(name, template=self.template)
        with self.postgres.connect(name) as connection:
            connection.row_factory = dict_row
            connection.execute("DELETE FROM enabled_service WHERE service <> ALL (%s)", [list(services)])
            columns = {"account_id": ACCOUNT, "regions": list(regions), "endpoint_url": url, "disposable": True, **account}
            connection.execute(
                f"INSERT INTO account ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})", list(columns.values()),
            )
            connection.execute("INSERT INTO setting (name, value) VALUES ('patience', '5')")
            yield connection
        with self.postgres.connect("postgres") as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def timed(call):
    """(seconds, result)"""
    began = time.monotonic()
    result = call()
    return time.monotonic() - began, result


def rows(connection, query, *arguments):
    return connection.execute(query, arguments or None).fetchall()


def sound(player):
    """What the player was asked; TapeMissed unless all of it was on the tape."""
    told = player.told()
    if told["missed"]:
        raise TapeMissed(f"{len(told['missed'])} questions are not on the tape (if the code asks otherwise than before: rm -r {TAPES}), the first: {told['missed'][0]}")
    return told


def preamble(connection):
    """What the extension's functions begin with, for functions that look into it."""
    source = rows(connection, "SELECT prosrc FROM pg_proc WHERE oid = 'tabula_rasa.doctor'::regproc")[0]["prosrc"]
    return re.search(r"^import sys; .*?^from tabula_rasa import entrypoints$", source, re.M | re.S)[0]


@contextlib.contextmanager
def watched(connection):
    """A list that will hold, when the block ends, the most MB that the connection's backend had at once: its own, without the buffers that all share."""
    path, most, over = Path(f"/proc/{connection.info.backend_pid}/status"), [0.0], threading.Event()

    def watch():
        while not over.wait(0.05):
            most[0] = max(most[0], sum(int(size) for size in re.findall(r"Rss(?:Anon|File):\s+(\d+) kB", path.read_text())) / 1024)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield most
    finally:
        over.set()
        thread.join()


def processor(connection):
    """Seconds of processor time that a connection's backend has used, its threads included."""
    fields = Path(f"/proc/{connection.info.backend_pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def tell(text):
    print(f"  … {text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def _player(tape, *arguments):
    with served("bench.player", tape, *arguments) as url:
        yield Player(url)


def _version(of):
    """A name for what a tape depends on: what is asked, what answered, and the sizes. Should other code ask otherwise, TapeMissed says so."""
    code = hashlib.sha1(repr(of).encode())
    for place in ("plpython/requirements.txt", "plpython/tabula_rasa/catalog", "plpython/tabula_rasa/resource_types", "plpython/tabula_rasa/defaults", "tests/answerer", "tests/aws_double", "tests/bench"):
        for file in sorted({ROOT / place, *(ROOT / place).rglob("*")}):
            if file.suffix in (".py", ".toml", ".txt") and "__pycache__" not in file.parts:
                code.update(file.read_bytes())
    return code.hexdigest()[:12]
