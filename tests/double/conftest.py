import itertools
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from aws_double.client import Double  # noqa: E402

DELAY = 1.0  # seconds; a machine that is busy takes some tenths for the two calls between which a state is looked at
numbers = itertools.count(100000000001)


@pytest.fixture(scope="session")
def running():
    with Double.start(delay=DELAY) as double:
        yield double


@pytest.fixture
def double(running):
    yield running
    running.faults()
    running.settings(delay=DELAY)


@pytest.fixture
def account_id():
    """An account that no other test has touched."""
    return str(next(numbers))


@pytest.fixture
def aws(double, account_id):
    """aws('ec2') is a client on the test's account."""
    return lambda service, region="us-east-1": double.boto(service, region, account_id)


@pytest.fixture
def role(aws):
    """The ARN of a role in the test's account."""
    from test_refusals import TRUST  # not above: a test module is rewritten by pytest when it is collected

    return aws("iam").create_role(RoleName="r", AssumeRolePolicyDocument=TRUST, Description="before")["Role"]["Arn"]
