"""Whatever IaSQL had a table for is a type here, or a column of one."""

import pathlib
import tomllib

import pytest

from tabula_rasa import catalog

MODULES = tomllib.loads((pathlib.Path(__file__).parent / "iasql_tables.toml").read_text())
TABLES = [(module, table, counterpart) for module, tables in MODULES.items() for table, counterpart in tables.items()]


def test_all_of_them_are_listed():
    assert len(TABLES) == 70


@pytest.mark.parametrize("module, table, counterpart", TABLES)
def test_table_has_its_counterpart(module, table, counterpart):
    types = catalog.types()
    resource_type, _, column = counterpart.partition(".")
    assert resource_type in types
    assert not column or column in [each.name for each in types[resource_type].columns]
