import pytest
from answerer.client import Answerer


@pytest.fixture(scope="session")
def answerer():
    with Answerer.start() as running:
        yield running
