"""What the tests of ends share: an account to be killed over, ways to end a statement, and what must be true afterwards."""

import contextlib
import os
import re
import signal
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from world import wait_for

ANSWER = 2.0  # seconds in which whoever ends a run has the answer
ON_THE_WAY = 0.3  # seconds in which a busy double takes up what had been sent to it before the end
SURE = 0.7  # of these, those in which an answer of AWS's is still waited for, with much to spare on a slow machine
QUEUES = 24
CONNECTING = "02"  # SYN_SENT, in /proc/net/tcp
WIPE = "SELECT * FROM delete_all_records()"

CANCELS = {  # the session goes on
    "pg_cancel_backend": lambda world, run: world.sql("SELECT pg_cancel_backend(%s)", run.pid),
    "cancel by psycopg": lambda world, run: run.connection.cancel(),
    "Ctrl-C in psql": lambda world, run: run.process.send_signal(signal.SIGINT),
}
KILLS = {  # it does not
    "kill -9 of the backend": lambda world, run: os.kill(run.pid, signal.SIGKILL),
    "pg_terminate_backend": lambda world, run: world.sql("SELECT pg_terminate_backend(%s)", run.pid),
    "kill -9 of the postmaster": lambda world, run: world.postgres.crash(),
    "kill -9 of psql": lambda world, run: run.process.kill(),
}


class Statement:
    """A statement in a session of its own, by psycopg or in a real psql; `began`, `ended` are seconds since the epoch, `error` is what it ended with."""

    def __init__(self, world, query, before=(), psql=False):
        self.world, self.query, self.psql, self.error, self.ended = world, query, psql, None, None
        if psql:
            command = [world.postgres.bin / "psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", world.postgres.conninfo(world.database, application_name="killed")]
            self.process = subprocess.Popen([*command, "-c", query], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
            self.pid = wait_for(lambda: [row["pid"] for row in world.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'killed' AND state = 'active'")])[0]
        else:
            self.connection = world.postgres.connect(world.database)
            self.pid = self.connection.info.backend_pid
            for each in before:
                self.connection.execute(each)
        self.began = time.time()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        if self.psql:
            self.error = self.process.communicate()[1] or None
        else:
            try:
                self.connection.execute(self.query)
            except psycopg.Error as error:
                self.error = error
        self.ended = time.time()

    def join(self, seconds=30):
        self._thread.join(seconds)
        assert not self._thread.is_alive(), f"still running {seconds} s later"


def furnish(world, queues=QUEUES):
    """Queues, and a bucket with objects in it, for a thread of its own empties that."""
    for number in range(queues):
        world.aws("sqs").create_queue(QueueName=f"jobs-{number}")
    s3 = world.aws("s3")
    s3.create_bucket(Bucket=f"files-{world.account_id}")
    for number in range(3):
        s3.put_object(Bucket=f"files-{world.account_id}", Key=str(number))
    world.forget_calls()


def slow(world, chance):
    """Mutating calls that take 0.2 or 3 seconds, which by the seed."""
    changes = ("DeleteQueue", "DeleteObjects", "DeleteBucket", "CreateQueue")
    rules = [{"account": world.account_id, "operation": each, "delay": 3, "probability": 0.2, "seed": chance.random()} for each in changes]
    world.double.faults(*rules, *({"account": world.account_id, "operation": each, "delay": 0.2} for each in changes))


def subject(operation, params):
    """What tells the calls of one operation from each other, in the double's record and in the journal."""
    return operation, next((params[name] for name in ("QueueUrl", "QueueName", "Bucket") if name in params), None)


def check_journal(world, journal, asked=None, answered=None):
    """All that the double has seen is in the journal (a connection's rows), and nothing untrue.

    asked, answered   when the run was asked to end, and when it was known to have; None: it was not asked, it was killed
    """
    seen = world.calls(mutating=True)
    lines = journal("SELECT DISTINCT run_id, step, operation, request, outcome, error_code FROM journal")
    written = Counter(subject(line["operation"], line["request"]) for line in lines)
    assert Counter(subject(call["operation"], call["params"]) for call in seen) <= written
    outcomes = {}
    for line in lines:
        outcomes.setdefault(subject(line["operation"], line["request"]), []).append((line["outcome"], line["error_code"]))
    for call in seen:
        found = outcomes[subject(call["operation"], call["params"])]
        if answered:
            assert call["started"] < answered + ON_THE_WAY, "a call began after the answer"
        if asked and call["finished"] and call["finished"] < asked + SURE and call["operation"] != "DeleteObjects":
            assert ("done", None) in found, (call, found)
    known = Counter(subject(call["operation"], call["params"]) for call in seen if call["status"] == 200 or call["status"] == 204)
    assert Counter(each for each, of in outcomes.items() for outcome, _ in of if outcome == "done") <= known
    never = {each for each, of in outcomes.items() if all(error == "Stopped" and outcome == "failed" for outcome, error in of)}
    assert not never & {subject(call["operation"], call["params"]) for call in seen}


def left(world, pid):
    """What a call has left behind in the backend `pid`, which does nothing now."""
    found = []
    if (threads := len(os.listdir(f"/proc/{pid}/task"))) != 1:
        found.append(f"{threads} threads")
    if to_aws := sockets(pid) & connected_to(urlsplit(world.double.url).port):
        found.append(f"{len(to_aws)} connections to AWS")
    found += [f"lock {row}" for row in world.sql("SELECT locktype, relation::regclass, mode FROM pg_locks WHERE pid = %s AND pid <> pg_backend_pid() OR locktype = 'advisory'", pid)]
    found += [f"journal {row}" for row in world.sql("SELECT pid, state FROM pg_stat_activity WHERE application_name LIKE 'tabula_rasa journal%%' AND datname = current_database()")]
    return found


def sockets(pid):
    """The inodes of a process's open sockets."""
    found = set()
    for each in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            found |= set(re.findall(r"^socket:\[(\d+)\]$", os.readlink(each)))
    return found


def connected_to(port, state=None):
    """The inodes of TCP sockets whose other end has this port, of those in one of Linux's states if it is given."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {row[9] for row in rows if int(row[2].rpartition(":")[2], 16) == port and state in (None, row[3])}


def exists(pid):
    """Is there such a process? One that has ended and waits for init to take note, as those whose postmaster is dead do for a second, is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def ended(world, how, run):
    """Ends a statement: (when that was asked for, when it was over). Who was killed gives no answer; his backend has to be gone."""
    asked = time.time()
    {**CANCELS, **KILLS}[how](world, run)
    run.join()
    if how in KILLS:
        wait_for(lambda: not exists(run.pid))
    return asked, time.time() if how in KILLS else run.ended


def check_end(world, after, how, run, asked, over):
    """What is true after every end, seen over the connection of the world `after`."""
    print(f"{how}: over after {over - asked:.2f} s, AWS had seen {len(world.calls(mutating=True))} changes")
    assert over - asked < ANSWER
    time.sleep(0.5 + ON_THE_WAY)  # had anything been left behind, it would go on now
    check_journal(world, after.sql, None if how in KILLS else asked, over)
    late = [(call["service"], call["operation"], round(call["started"] - over, 3)) for call in world.calls() if call["started"] > over + ON_THE_WAY]
    assert late == [], "calls that began when it was over"
    if how in CANCELS and not run.psql or how == "statement_timeout":
        assert isinstance(run.error, psycopg.errors.QueryCanceled), run.error
        wait_for(lambda: left(after, run.pid) == [])
    else:
        wait_for(lambda: after.sql("SELECT FROM pg_locks WHERE locktype = 'advisory'") == [])
