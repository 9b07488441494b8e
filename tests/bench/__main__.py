"""`make bench`: the table. BENCH=small is a quick look, LINES=mirror,wipe some lines only."""

from __future__ import annotations

import importlib
import os
import platform
import sys

from embedded import EmbeddedPostgres

from . import capacity
from .stage import Stage

LINES = ("mirror", "wipe", "restore", "again", "planning", "bucket")


def main():
    size = os.environ.get("BENCH", "issue")
    chosen = os.environ.get("LINES", ",".join(LINES)).split(",")
    with EmbeddedPostgres() as server:
        server.create_database(Stage.template)
        server.create_extension(Stage.template)
        stage = Stage(server)
        with server.connect() as connection:
            version = connection.execute("SHOW server_version").fetchone()[0]
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
        print(f"{os.cpu_count()} cores, {memory:.0f} GB, Python {platform.python_version()}, PostgreSQL {version}; {capacity.told(stage)}; sizes: {size}")
        print(f"{'measured':>10} {'bar':>10} {'ratio':>6} {'limit':>6}         line")
        lines = [line for name in chosen for line in shown(importlib.import_module(f".lines.{name}", __package__).run(stage, size))]
    missed = sum(line.missed for line in lines)
    print(f"{missed} missed" if missed else "none missed")


def shown(lines):
    for line in lines:
        bar, ratio, limit = (f"{each:.2f}" if each is not None else "-" for each in (line.bar, line.ratio, line.limit))
        verdict = "missed" if line.missed else "ok" if line.limit is not None else ""
        note = f" ({line.note})" if line.note else ""
        print(f"{line.measured:>10.2f} {bar:>10} {ratio:>6} {limit:>6} {verdict:>6} {line.unit:>5}  {line.what}{note}", flush=True)
    return lines


if __name__ == "__main__":
    sys.exit(main())
