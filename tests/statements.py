"""Records written down as SQL, and what a person fills in before they are executed again."""

import re


def dump(world, **arguments):
    """The statements of records_as_sql."""
    given = ", ".join(f"{name} => %s" for name in arguments)
    return [row["statement"] for row in world.sql(f"SELECT statement FROM records_as_sql({given}) AS statement", *arguments.values())]


def table_of(statement):
    return re.match(r"(?:-- )?INSERT INTO aws\.(\w+) ", statement)[1]


def completed(statement, given):
    """A statement that stands in a comment, as a person would complete it; given: {type: {column: value}}."""
    if not statement.startswith("-- "):
        return statement
    columns = given[table_of(statement)]
    statement = re.sub(r"^-- ", "", statement, flags=re.MULTILINE)
    names, values = "".join(f"{column}, " for column in columns), "".join(f"'{value}', " for value in columns.values())
    return statement.replace("(", f"({names}", 1).replace(" VALUES (", f" VALUES ({values}", 1)
