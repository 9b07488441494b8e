"""What the README shows is what there is."""

import re
from pathlib import Path

import pytest

from embedded import EmbeddedPostgres
from world import ROLE

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
SQL = re.findall(r"```sql\n(.*?)```", README, re.DOTALL)


def test_the_harness_is_the_one_that_runs():
    [shown] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert shown.strip() == (ROOT / "tests/harness/suites/conftest.py").read_text().strip()


@pytest.fixture(scope="module")
def server(double):
    """A server that finds the double where others find AWS: the README's rows name no endpoint."""
    with EmbeddedPostgres(environment={"AWS_ENDPOINT_URL": double.url}) as server:
        server.create_database("readme")
        server.create_extension("readme")
        server.psql("CREATE ROLE alice; CREATE ROLE ci", "readme")
        yield server


def test_its_sql_runs(server, double):
    assert ROLE.format("123456789012") in README
    for block in sorted(SQL, key=lambda block: "INSERT INTO account" not in block):
        server.psql(block, "readme")
    assert [vpc["IsDefault"] for vpc in double.boto("ec2", "eu-west-1", "123456789012").describe_vpcs()["Vpcs"]] == [True]


@pytest.mark.parametrize("code", re.findall(r"^\| `(TR\d+|[0-9A-Z]{5})` \|", README, re.MULTILINE))
def test_its_error_codes_are_raised(code):
    assert any(code in path.read_text() for path in (ROOT / "plpython/tabula_rasa").glob("*.py"))


def test_every_error_code_is_in_it():
    codes = set(re.findall(r'sqlstate = "(\w+)"', (ROOT / "plpython/tabula_rasa/errors.py").read_text())) - {"TR000"}
    assert codes <= set(re.findall(r"`(\w{5})`", README))


def test_its_make_targets_exist():
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"make ([a-z]+)", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_its_relations_and_functions_exist(server):
    for name in re.findall(r"^\| `(\w+)`(?: \(view\)|, `\w+`)? \| ", README.split("## SQL reference")[1].split("### Errors")[0], re.MULTILINE):
        server.psql(f"SELECT 'tabula_rasa.{name}'::regclass", "readme")


@pytest.mark.parametrize("document", ["README.md", "SECURITY.md"])
def test_the_tests_that_are_named_exist(document):
    """Also those that are named after another of the same file: `…::test_name`."""
    text, named, file = (ROOT / document).read_text(), 0, None
    for path, name in re.findall(r"`(tests/[\w/.]+|…)(?:::(\w+))?`", text):
        file = file if path == "…" else ROOT / path
        assert file.exists(), path
        assert not name or f"\ndef {name}(" in file.read_text(), name
        named += 1
    assert named > 5
