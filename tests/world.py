"""What a test holds in its hands: one database with the extension, and one account on the AWS double that it knows."""

import time

import psycopg
from psycopg.rows import dict_row

from tabula_rasa.iam_policy import actions

ROLE = "arn:aws:iam::{}:role/tabula-rasa"


class World:
    """A database and an account on the double.

    sql(...) runs SQL and returns dicts; aws(service, region) is a boto3 client on the account; psql(...) is the real psql.
    """

    def __init__(self, postgres, double, database, account_id, regions=("us-east-1",), services=None, connect_only=False):
        self.postgres, self.double, self.database, self.account_id = postgres, double, database, account_id
        self.connection = postgres.connect(database)
        self.connection.row_factory = dict_row
        if connect_only:  # the database knows the account already
            return
        self.sql(
            "INSERT INTO account (account_id, name, regions, role_arn, endpoint_url, disposable) VALUES (%s, 'test', %s, %s, %s, true)",
            account_id, list(regions), ROLE.format(account_id), double.url,
        )
        self.sql("INSERT INTO setting (name, value) VALUES ('patience', '2')")
        if services:
            self.only(*services)

    def only(self, *services):
        """Mirror these services only: a wipe of all takes seconds of moto's time."""
        self.sql("DELETE FROM enabled_service WHERE service <> ALL (%s)", list(services))

    def sql(self, query, *arguments):
        cursor = self.connection.execute(query, arguments or None)
        return cursor.fetchall() if cursor.description else []

    def value(self, query, *arguments):
        return next(iter(self.sql(query, *arguments)[0].values()))

    def psql(self, script):
        return self.postgres.psql(script, self.database)

    def aws(self, service, region="us-east-1"):
        return self.double.boto(service, region, self.account_id)

    def calls(self, mutating=None):
        """What the double has seen of this account since the last `forget_calls`."""
        return [each for each in self.double.calls(account=self.account_id, mutating=mutating) if each["service"] != "sts"]

    def forget_calls(self):
        self.double.clear_calls()

    def denied(self, function):
        """The calls since the last `forget_calls` that IAM would have denied, had the account's role only the policies that the extension names for a function."""
        policies = self.sql("SELECT policy FROM iam_policy(%s)", function)
        allowed = {action for row in policies for statement in row["policy"]["Statement"] for action in statement["Action"]}
        return sorted({(each["service"], each["operation"]) for each in self.calls() if not actions(each["service"], each["operation"]) <= allowed})

    def wipe(self, **arguments):
        return self._call("delete_all_records", arguments)

    def restore(self, **arguments):
        return self._call("restore_account_defaults", arguments)

    def check(self, **arguments):
        return self._call("check_account_defaults", arguments)

    def mirror(self, **arguments):
        return self._call("mirror_account", arguments)

    def _call(self, function, arguments):
        given = ", ".join(f"{name} => %s" for name in arguments)
        return self.sql(f"SELECT * FROM {function}({given})", *arguments.values())

    def close(self):
        self.connection.close()


def wait_for(condition, seconds=30):
    """What the condition gives as soon as that is true; AssertionError if it is not in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("waited in vain")


def is_closed(connection):
    """Has the server ended this session?"""
    try:
        connection.execute("SELECT 1")
        return False
    except psycopg.OperationalError:
        return True
