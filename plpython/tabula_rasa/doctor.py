"""Says what is wrong with a set-up: `make doctor`, or python -m tabula_rasa.doctor PG_CONFIG.

Looks at the installed files with the server's Python, then, where libpq's environment (PGHOST, PGDATABASE, ...) leads to
a database, at the extension there. Changes nothing. Exit code 1 if anything is wrong.
"""

import re
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tabula_rasa import __version__

INSTALL = "run `make install` as root"


@dataclass(frozen=True)
class Check:
    name: str
    ok: bool | None  # None: could not be looked at
    detail: str
    hint: str = ""

    def __str__(self):
        verdict = {True: "ok", False: "wrong", None: "not checked"}[self.ok]
        remedy = f"\n{'':13}what to do: {self.hint}" if self.hint and not self.ok else ""
        return f"{verdict:13}{self.name}: {self.detail}{remedy}"


@dataclass(frozen=True)
class Installation:
    """The directories of one PostgreSQL server, as its pg_config tells them."""

    pg_config: str
    major: int
    pkglibdir: Path
    sharedir: Path

    @classmethod
    def of(cls, pg_config):
        """Raises OSError or CalledProcessError if there is no such program."""

        def ask(option):
            return subprocess.run([pg_config, option], check=True, capture_output=True, text=True).stdout.strip()

        major = int(re.search(r"\d+", ask("--version"))[0])
        return cls(pg_config, major, Path(ask("--pkglibdir")), Path(ask("--sharedir")))

    @property
    def package(self):
        return self.pkglibdir / "tabula_rasa" / __version__


def check_plpython(server):
    library = server.pkglibdir / "plpython3.so"
    if not library.exists():
        return Check("plpython3", False, f"{library} is missing", f"apt-get install postgresql-plpython3-{server.major}")
    return Check("plpython3", True, str(library))


def check_python(server):
    """plpython3.so decides which Python runs in the server; the package must have been installed for that one."""
    linked = subprocess.run(["ldd", server.pkglibdir / "plpython3.so"], capture_output=True, text=True).stdout
    found = re.search(r"libpython(\d+\.\d+)\S* => (\S+)", linked)
    if not found:
        return Check("server's Python", None, "no plpython3.so to tell it")
    version, ours = found[1], "{}.{}".format(*sys.version_info)
    if version != ours:
        return Check("server's Python", False, f"the server has {version}, this is {ours}", f"install python{version}")
    return Check("server's Python", True, f"{sys.version.split()[0]}, {found[2]}")


def check_extension_files(server):
    extension = server.sharedir / "extension"
    control, script = extension / "tabula_rasa.control", extension / f"tabula_rasa--{__version__}.sql"
    for file in (control, script):
        if not file.exists():
            return Check("extension files", False, f"{file} is missing", INSTALL)
    if f"default_version = '{__version__}'" not in control.read_text():
        return Check("extension files", False, f"{control} is not of version {__version__}", INSTALL)
    return Check("extension files", True, str(script))


def check_package_files(server):
    """The server's OS user must be able to read the package, and only root, or whoever owns the server's programs, to
    write it: a superuser's functions import it."""
    if not server.package.is_dir():
        return Check("package files", False, f"{server.package} is missing", INSTALL)
    owners = {0, server.pkglibdir.stat().st_uid}
    for path in (*server.package.parents, server.package, *server.package.rglob("*")):
        mode, readable = path.stat(), stat.S_IROTH | (stat.S_IXOTH if path.is_dir() else 0)
        if mode.st_mode & readable != readable:
            return Check("package files", False, f"{path} is not readable for everyone", f"chmod o+rX {path}")
        if mode.st_uid not in owners or mode.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            hint = f"chown root {path} && chmod go-w {path}"
            return Check("package files", False, f"{path} can be written by others than root", hint)
    return Check("package files", True, str(server.package))


def check_imports(server):
    """In a fresh interpreter, as the server has it: no user's site-packages, no environment."""
    script = (
        f"import sys; sys.path.insert(0, {str(server.package)!r}); import boto3, psycopg, tabula_rasa;"
        "print(f'boto3 {boto3.__version__}, psycopg {psycopg.__version__} ({psycopg.pq.__impl__}),"
        " tabula_rasa {tabula_rasa.__version__}')"
    )
    result = subprocess.run([sys.executable, "-I", "-B", "-c", script], capture_output=True, text=True)
    if result.returncode:
        return Check("package imports", False, result.stderr.strip().splitlines()[-1], INSTALL)
    return Check("package imports", True, result.stdout.strip())


def check_database(server):
    """The extension in the database that libpq's environment names, and what its own doctor() says."""
    sys.path.insert(0, str(server.package))
    try:
        import psycopg
    except ImportError as error:
        yield Check("database", None, str(error), INSTALL)
        return
    try:
        connection = psycopg.connect(autocommit=True, connect_timeout=5)
    except psycopg.OperationalError as error:
        hint = "name one with PGHOST, PGPORT, PGUSER, PGDATABASE: sudo -u postgres PGDATABASE=... make doctor"
        yield Check("database", None, " ".join(str(error).split()), hint)
        return
    with connection:
        yield check_server(server, connection)
        extension = check_extension(connection)
        yield extension
        if extension.ok:
            try:
                for row in connection.execute("SELECT check_name, ok, detail, hint FROM tabula_rasa.doctor()"):
                    yield Check(row[0], row[1], row[2] or "", row[3] or "")
            except psycopg.Error as error:
                hint = error.diag.message_hint or "start with the first check above that is wrong"
                yield Check("tabula_rasa.doctor()", False, " ".join(str(error).split()), hint)


def check_server(server, connection):
    info = connection.info
    where = f"{info.dbname} on {info.host}:{info.port} as {info.user}"
    if info.server_version // 10000 != server.major:
        detail = f"{where} is PostgreSQL {info.server_version // 10000}, {server.pg_config} is of {server.major}"
        return Check("database", False, detail, "make doctor PG_CONFIG=/usr/lib/postgresql/.../bin/pg_config")
    return Check("database", True, where)


def check_extension(connection):
    row = connection.execute("SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'tabula_rasa'").fetchone()
    if not row:
        return Check("extension", False, "not created in this database", "CREATE EXTENSION tabula_rasa CASCADE;")
    if row[0] != __version__:
        detail = f"version {row[0]}, the installed one is {__version__}"
        return Check("extension", False, detail, "ALTER EXTENSION tabula_rasa UPDATE; then start a new session")
    return Check("extension", True, f"version {row[0]}")


def examine(pg_config):
    """Yields every Check, the files first: what they lack explains what fails after."""
    try:
        server = Installation.of(pg_config)
    except (OSError, subprocess.CalledProcessError) as error:
        yield Check("PostgreSQL", False, str(error), "apt-get install postgresql, or say which: make doctor PG_CONFIG=...")
        return
    yield Check("PostgreSQL", True, f"{server.major} ({pg_config})")
    yield check_plpython(server)
    yield check_python(server)
    yield check_extension_files(server)
    yield check_package_files(server)
    yield check_imports(server)
    yield from check_database(server)


def main():
    wrong = 0
    for check in examine(sys.argv[1]):
        print(check, flush=True)
        wrong += check.ok is False
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
