"""Journeys are made when first asked for, and kept for the tests of all their types."""

import os

import pytest
from answerer.client import Answerer
from every_type.journey import Journey, chunks


@pytest.fixture(scope="session")
def answerer():
    with Answerer.start() as running:
        yield running


@pytest.fixture(scope="session")
def journey_of(postgres, answerer):
    """journey_of(service): the Journey that its types have made; its failure is that of each of its types."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    groups = {service: tuple(group) for group in chunks() for service in group}
    made = {}

    def journey_of(service):
        group = groups[service]
        if group not in made:
            try:
                made[group] = Journey(postgres, answerer, group, worker)
            except Exception as error:
                made[group] = error
        if isinstance(made[group], Exception):
            raise AssertionError(f"the journey of {', '.join(group)} ended early") from made[group]
        return made[group]

    return journey_of
