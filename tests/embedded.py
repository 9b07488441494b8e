"""An embedded PostgreSQL: a throwaway server of one's own, gone when its owner is.

Nobody else can reach it: it listens on a socket in a directory that only its user may enter. It sees no AWS
configuration but the credentials that moto expects, so that a test can never meet a real account.
"""

import atexit
import contextlib
import os
import pwd
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg
import testing.postgresql
from psycopg import sql
from psycopg.conninfo import make_conninfo

PORT = 5432  # the socket's directory is the server's own, so the number never clashes
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "logging_collector": "off",
}
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_EC2_METADATA_DISABLED": "true",
}


class PsqlError(Exception):
    """psql ended with an error; the text is what it wrote to stderr."""


class EmbeddedPostgres(testing.postgresql.Postgresql):
    """Runs as an unprivileged user when the owner is root, for initdb refuses root."""

    def __init__(self, environment=None):
        """environment: further variables for the server, over ENVIRONMENT."""
        self.environment = ENVIRONMENT | (environment or {})
        self.user = unprivileged_user()
        self.bin = server_programs()
        # not $TMPDIR: a socket's path holds 107 bytes at most
        base_dir = tempfile.mkdtemp(prefix="tabula_rasa-", dir="/tmp")
        try:
            super().__init__(
                base_dir=base_dir,
                port=PORT,
                boot_timeout=60,  # seconds
                initdb_args="-U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync",
                postgres_args=" ".join(["-F", *(f"-c {name}={value}" for name, value in SETTINGS.items())]),
            )
        except BaseException:  # Ctrl-C during the start, too
            self.remove()
            raise
        atexit.register(self.remove)

    def initialize(self):
        """Called by testing.postgresql before it runs anything in base_dir."""
        os.chmod(self.base_dir, 0o711)  # its scripts stay the owner's, the server's directories are the server's
        for name in self.subdirectories:
            directory = Path(self.base_dir, name)
            directory.mkdir(mode=0o700)
            if self.user:
                shutil.chown(directory, self.user.pw_uid, self.user.pw_gid)
        self.settings |= {"initdb": self.wrapper("initdb"), "postgres": self.wrapper("postgres")}
        super().initialize()

    def wrapper(self, program):
        """A script that becomes `program`: as the unprivileged user, with the environment, ended when its owner ends.

        In a session of its own, so that Ctrl-C in a psql beside it cancels a query and not the server. The owner is the
        thread that started it (PR_SET_PDEATHSIG).
        """
        privileges = ["--pdeathsig", "INT"]
        if self.user:
            privileges += [f"--reuid={self.user.pw_uid}", f"--regid={self.user.pw_gid}", "--clear-groups"]
        variables = [f"{name}={value}" for name, value in {"HOME": self.socket_dir, **self.environment}.items()]
        command = ["setsid", "env", "-i", *variables, "setpriv", *privileges, str(self.bin / program)]
        script = Path(self.base_dir, program)
        script.write_text(f'#!/bin/sh\ncd / && exec {shlex.join(command)} "$@"\n')
        script.chmod(0o755)
        return str(script)

    @property
    def socket_dir(self):
        return os.path.join(self.base_dir, "tmp")

    def dsn(self, **kwargs):
        """pg8000's arguments: testing.postgresql asks with them whether the server is up."""
        return {"unix_sock": f"{self.socket_dir}/.s.PGSQL.{PORT}", "user": "postgres", "database": "test", **kwargs}

    def conninfo(self, dbname="test", **settings):
        return make_conninfo(**{"host": self.socket_dir, "port": PORT, "user": "postgres", "dbname": dbname, **settings})

    def connect(self, dbname="test", **settings):
        """A psycopg connection in autocommit mode."""
        return psycopg.connect(self.conninfo(dbname, **settings), autocommit=True)

    def psql(self, script, dbname="test", *options):
        """What psql prints for a script, SQL text or the Path of a file; raises PsqlError at the first error."""
        command = [self.bin / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.conninfo(dbname), *options, "-f"]
        file, text = (script, None) if isinstance(script, Path) else ("-", script)
        result = subprocess.run([*command, file], input=text, capture_output=True, text=True)
        if result.returncode:
            raise PsqlError(result.stderr)
        return result.stdout

    def create_database(self, name, template="template1"):
        """A copy of the template, search_path included: CREATE DATABASE leaves a database's settings behind."""
        name, source = sql.Identifier(name), sql.Identifier(template)
        with self.connect("postgres") as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, source))
        with self.connect(template) as connection:
            connection.execute(sql.SQL("ALTER DATABASE {} SET search_path FROM CURRENT").format(name))

    def create_extension(self, dbname="test"):
        """As the README's set-up says."""
        path = sql.SQL("ALTER DATABASE {} SET search_path = public, tabula_rasa, aws").format(sql.Identifier(dbname))
        with self.connect(dbname) as connection:
            connection.execute("CREATE EXTENSION tabula_rasa CASCADE")
            connection.execute(path)

    def crash(self):
        """kill -9 of the postmaster; start() starts it again on the same data, once no process of the old one is left."""
        self.child_process.kill()
        self.child_process.wait()
        self.child_process = None

    def processes(self):
        """The numbers of the server's processes."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it has ended meanwhile, or is another user's
                if os.readlink(process / "cwd") == self.get_data_directory():
                    found.append(int(process.name))
        return found

    def log(self):
        """The server's log, for a test that failed."""
        return self.read_bootlog()

    def cleanup(self):
        """Called by testing.postgresql when the server has stopped."""
        if self.child_process is None:
            shutil.rmtree(self.base_dir, ignore_errors=True)
            atexit.unregister(self.remove)

    def remove(self):
        """Stops the server, if it runs, and removes its files; may be called again."""
        if self._owner_pid == os.getpid():  # a forked child inherits atexit, but not the server
            self.stop()


def unprivileged_user():
    """The passwd entry to run the server as; None: the owner's own."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("initdb refuses to run as root, and there is no user postgres or nobody to run it as")


def server_programs():
    """The directory of initdb, postgres and psql: of the PG_CONFIG that the Makefile chose, else the first found."""
    if pg_config := os.environ.get("PG_CONFIG"):
        return Path(subprocess.run([pg_config, "--bindir"], check=True, capture_output=True, text=True).stdout.strip())
    return Path(testing.postgresql.find_program("postgres", ["bin"])).resolve().parent
