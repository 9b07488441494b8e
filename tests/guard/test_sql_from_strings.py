"""Whatever stands in SQL and is no parameter is quoted, or listed here with the reason why it may stand there as it is."""

import ast
import re
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "plpython" / "tabula_rasa"
_STATEMENT = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH|ALTER|CREATE|DROP|SET|GRANT|LOCK|COMMENT|EXISTS|CASE)\b|.*(\b(SELECT|WHERE|FROM aws)\b|\)::)", re.S)
_QUOTED = re.compile(r"(self\.)?(database\.)?(quote|literal|_literal|_array)\(.*\)|', '\.join\(map\(database\.literal, names\)\)")  # an identifier, a literal, an array of them
_CONSTANT = re.compile(r"_?[A-Z][A-Z_]+|GRANTED\.format\('\w+', '\w+'\)|TRUSTED\.format\('\w+'\)|', '\.join\(BASE_COLUMNS\)")  # of this package

# {module: {expression: why it may stand in SQL}}
AS_IT_IS = {
    "as_sql.py": {
        "columns": "a text for people, which nobody here executes", "values": "the same", "there": "the same",
    },
    "conditions.py": {
        "relation": "Database.relation or Database.table: names quoted",
        "'true' if rule.condition is None else rule.condition": "an administrator's SQL, looked at as PostgreSQL has parsed it (require), run by a role that may read the mirror only, in a read-only transaction",
    },
    "database.py": {
        "self.relation(resource_types)": "names quoted", "self.relation([resource_type])": "names quoted", "table": "in relation(): quoted a line above", "self.table(name)": "quoted",
        "condition": "of records(), records_of() and records_but(): written there, values are parameters",
        "self.connection_back()['user']": "regrole as text: PostgreSQL quotes it",
    },
    "saving.py": {
        "table": "Database.table: quoted", "columns": "names of columns, each quoted", "columns.replace(', ', ', excluded.')": "the same",
        "values": "_value() of the catalog's columns", "same": "written there", "properties": "one of two words", "name": "the catalog's name of a property, a quote in it doubled",
        "column.type": "the catalog's, one of its few",
    },
    "staging.py": {
        "table": "_tables(): quoted", "columns": "_tables(): quote_ident", "row": "of _write(): written there", "condition": "of _select() and _write(): written there",
        "values": "of _write(): columns and row", "these": "of _write() and lay(): written there", "here": "of find(): written there", "on_conflict": "of _save(): written there",
        "before": "a setting that is one of three words",
    },
    "tables.py": {
        "table": "quoted where it is made", "tables": "joined of quoted ones", "columns": "of _create(): quoted names, types of the catalog", "each.type": "the catalog's, one of its few",
        "', '.join(actions)": "of _alter(): quoted names, types of the catalog", "condition": "written in the module", "schema": "one of two words",
        "row['privileges']": "PostgreSQL's words", "row['grantee']": "regrole as text: PostgreSQL quotes it", "' WITH GRANT OPTION' if row['is_grantable'] else ''": "a word",
    },
}
EXECUTED = {  # file: what its EXECUTE is given
    "privileges.sql": "tables' names as regclass shows them: PostgreSQL quotes them", "roles.sql": "format() with %I and %L",
    "condition_view.sql": "a condition, as the role of the conditions, to be looked at and undone", "records_matching.sql": "the query of a condition that was looked at, as the same role",
}
NO_SQL = {"entrypoints.py", "visit.py", "errors.py"}  # errors and hints that show SQL to people


def put_in():
    """(module, expression) of all that is put into texts that look like SQL."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr) and _STATEMENT.match("".join(each.value if isinstance(each, ast.Constant) else "x" for each in node.values)):
                for each in node.values:
                    if isinstance(each, ast.FormattedValue):
                        yield path.relative_to(PACKAGE).as_posix(), ast.unparse(each.value)


def test_what_stands_in_sql_is_quoted_or_has_a_reason():
    unknown = {
        (module, expression) for module, expression in put_in()
        if module not in NO_SQL and not _QUOTED.fullmatch(expression) and not _CONSTANT.fullmatch(expression) and expression not in AS_IT_IS.get(module, {})
    }
    assert unknown == set()


def test_no_reason_is_left_over():
    there = set(put_in())
    assert {(module, expression) for module, reasons in AS_IT_IS.items() for expression in reasons} <= there


def test_no_other_function_executes_text():
    places = (path for folder in ("sql", "migrations") for path in (PACKAGE.parents[1] / folder).rglob("*.sql"))
    executing = {path.name for path in places if re.search(r"\bEXECUTE\s+(?!FUNCTION\b|ON\b|PROCEDURE\b)", re.sub(r"--[^\n]*|COMMENT ON .*", "", path.read_text()))}
    assert executing == EXECUTED.keys()
