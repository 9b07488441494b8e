"""Data flows one way: a stage imports the shared words, never another stage, the database or AWS clients."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "plpython" / "tabula_rasa"
WORDS = {"calls", "catalog", "change", "errors", "expressions", "failure", "packing", "placeholders", "recording"}  # what every stage may use
STAGES = {
    "reading": WORDS,
    "references": WORDS,
    "cleanup": WORDS,
    "account_defaults": WORDS,
    "editing": WORDS,
    "proposals": WORDS | {"editing"},
    "as_sql": WORDS | {"editing"},
    "planning": WORDS,
    "executing": WORDS,
    "tables": WORDS,
    "iam_policy": WORDS | {"account_defaults"},
    "progress": set(),
    "retrying": WORDS,
    "hosts": set(),
    "stopping": WORDS,
    "share": set(),
    "limits": set(),
    "group_commit": set(),
    "session_client": set(),
}


def imports(path):
    """The modules of the package that a module imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            found |= {node.module.split(".")[0]} if node.module else {alias.name for alias in node.names}
    return found


def modules(stage):
    """The files of a stage: one, or those of a package of that name."""
    return sorted((PACKAGE / stage).glob("*.py")) or [PACKAGE / f"{stage}.py"]


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_imports_no_other(stage):
    for path in modules(stage):
        assert imports(path) <= STAGES[stage] | {each.stem for each in modules(stage)}


def test_only_connection_makes_clients():
    """And the SDK's models are read by the catalog alone."""
    makers = {path.name for path in PACKAGE.rglob("*.py") if "botocore.session" in path.read_text() or "import boto3" in path.read_text()}
    assert makers - {"doctor.py"} == {"connection.py", "model.py"}  # doctor only looks whether they can be imported


def test_only_the_database_and_the_journal_run_sql():
    speakers = {
        path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py")
        if any(word in path.read_text() for word in ("psycopg", "SELECT ", "INSERT INTO"))
    }
    assert speakers <= {"database.py", "journal.py", "group_commit.py", "conditions.py", "saving.py", "as_sql.py", "staging.py", "tables.py", "entrypoints.py", "doctor.py", "errors.py", "conninfo.py"}


def test_no_stage_decides_what_is_kept_by_type():
    """No resource type is named in code: what is special about one stands in its catalog entry."""
    from tabula_rasa import catalog

    names = set(catalog.types())
    for path in PACKAGE.rglob("*.py"):
        words = {node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        assert not words & names, path
