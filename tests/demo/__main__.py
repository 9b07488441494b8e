"""`python -m demo` plays the story in psql on an embedded PostgreSQL and an embedded AWS; `--play` gives a prompt on the same pair."""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from aws_double.client import Double
from embedded import EmbeddedPostgres
from story.seed import REGIONS, seed
from world import World

ACCOUNT = "123412341234"
DATABASE = "demo"
STORY = Path(__file__).with_name("story.sql")
BOLD = {"bold": "\033[1m", "plain": "\033[0m"}

WELCOME = """
The seeded account is {account}; nothing has been read yet. Begin with one of:

  SELECT region, sum(records) FROM mirror_account() GROUP BY 1;
  SELECT action, resource_type, count(*) FROM delete_all_records(dry_run => true) GROUP BY 1, 2 ORDER BY 1, 2;
  SELECT * FROM subnet_internet_path;
  \\dt aws.*     \\dfS+ tabula_rasa.*     \\d cleanup_policy

AWS answers at {url} (say --endpoint-url to the AWS CLI). \\q stops and removes everything.
"""


@contextlib.contextmanager
def stage():
    """(server, double): the account seeded and known to the database; both are gone after the block."""
    say("starting an AWS and a PostgreSQL, and leaving the things of two tutorials and a CodeDeploy suite in a test account")
    with Double.start(delay=0.3) as double, ThreadPoolExecutor() as pool:
        seeded = pool.submit(seed, lambda service, region: double.boto(service, region, ACCOUNT), ACCOUNT)
        with EmbeddedPostgres() as server:
            server.create_database(DATABASE)
            server.create_extension(DATABASE)
            World(server, double, DATABASE, ACCOUNT, REGIONS).close()  # the database knows the account
            seeded.result()
            yield server, double


def psql(server, double, *options):
    """Runs psql on the demo's database, on this terminal; its exit status."""
    style = BOLD if sys.stdout.isatty() else dict.fromkeys(BOLD, "")
    variables = [part for name, value in style.items() for part in ("-v", f"{name}={value}")]
    environment = os.environ | {"DEMO_PYTHON": sys.executable, "DEMO_AWS": double.url, "DEMO_ACCOUNT": ACCOUNT}
    return subprocess.run([server.bin / "psql", "-X", *variables, "-d", server.conninfo(DATABASE), *options], env=environment).returncode


def show():
    with stage() as (server, double):
        status = psql(server, double, "-q", "-v", "ON_ERROR_STOP=1", "-f", STORY)
    return status


def play():
    with stage() as (server, double):
        print(WELCOME.format(account=ACCOUNT, url=double.url))
        with ignored(signal.SIGINT):  # in psql, Ctrl-C cancels a query
            return psql(server, double)


@contextlib.contextmanager
def ignored(number):
    before = signal.signal(number, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(number, before)


def say(text):
    print(f"… {text}", flush=True)


def main():
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument("--play", action="store_true", help="a psql prompt instead of the story")
    arguments = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):  # end as with Ctrl-C: nothing is left running
        signal.signal(number, lambda *_: sys.exit(1))
    began = time.monotonic()
    try:
        status = play() if arguments.play else show()
    except KeyboardInterrupt:
        say("stopped; nothing is left running")
        return 130
    if not arguments.play and not status:
        say(f"that took {time.monotonic() - began:.0f} s; nothing is left running. To play on with the same account: make play")
    return status


if __name__ == "__main__":
    sys.exit(main())
