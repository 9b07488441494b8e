"""How many calls are under way at once is the account's to say."""

import threading
import time

import pytest

from tabula_rasa.aws import Aws
from tabula_rasa.connection import WIDTH, Account, Connection


class Counting(Connection):
    """A connection whose calls count how many of them go on at once."""

    def __init__(self, account):
        super().__init__(account)
        self.lock, self.now, self.most = threading.Lock(), 0, 0

    def client(self, *_):
        return self

    def __enter__(self):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)

    def __exit__(self, *_):
        with self.lock:
            self.now -= 1


def _call(connection):
    with connection:
        time.sleep(0.02)


@pytest.mark.parametrize(("row", "most"), [({}, WIDTH), ({"width": 3}, 3), ({"width": 40}, 40)])
def test_as_many_calls_at_once_as_the_account_says(row, most):
    import asyncio

    connection = Counting(Account("123456789012", **row))
    aws = Aws(connection)
    for _ in range(most):  # a service that answers well
        connection.share("ec2", "us-east-1").answered(False)

    async def many():
        await asyncio.gather(*(aws.work(_call, "ec2", "us-east-1") for _ in range(100)))

    aws.run(many(), lambda: None)
    assert connection.most == most
