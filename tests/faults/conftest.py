"""One database for all storms, for a fresh session costs a second; each storm has an account of its own."""

import pytest
import stormy
from world import ROLE, World

# botocore's waits, a hundred times faster, in the session's own Python: a storm that is to last seconds has AWS's codes, not AWS's times.
HASTE = """
DO $do$
import time
from botocore.retries import bucket, standard
SPEED, amount, delay = 100, bucket.TokenBucket._sleep_amount, standard.ExponentialBackoff.delay_amount
standard.ExponentialBackoff.delay_amount = lambda self, context: delay(self, context) / SPEED
bucket.Clock.current_time = lambda clock: time.time() * SPEED
bucket.TokenBucket._sleep_amount = lambda self, wanted: amount(self, wanted) / SPEED
$do$ LANGUAGE plpython3u
"""


class StormyWorld(World):
    """A World whose one account is another from storm to storm."""

    def enter(self, account_id, seed, full=True):
        """Takes up an account, full of things unless told otherwise, in a double whose ids follow from the seed."""
        self.sql("DELETE FROM account")
        self.sql(
            "INSERT INTO account (account_id, regions, role_arn, endpoint_url, disposable) VALUES (%s, %s, %s, %s, true)",
            account_id, list(stormy.REGIONS), ROLE.format(account_id), self.double.url,
        )
        self.account_id = account_id
        self.double.settings(ids=seed)
        if full:
            stormy.fill(self.aws, account_id)


@pytest.fixture(scope="module")
def session(postgres, double):
    postgres.create_database("storms", template="with_extension")
    world = StormyWorld(postgres, double, "storms", "550000000000", stormy.REGIONS, stormy.SERVICES)
    world.sql("SELECT FROM resource_type LIMIT 1")  # botocore can be imported from now on
    world.sql(HASTE)
    yield world
    world.close()
    with postgres.connect("postgres") as connection:  # a worker may come to this module a second time
        connection.execute("DROP DATABASE storms WITH (FORCE)")
