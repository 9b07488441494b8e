"""Journeys are made when first asked for, and kept for the tests of all their types."""

import os

import pytest
from answerer.client import Answerer
from every_type.journey import Journey, chunks

from tabula_rasa import catalog


@pytest.fixture(scope="session")
def answerer():
    with Answerer.start() as running:
        yield running


@pytest.fixture(scope="session")
def journey_of(request, postgres, answerer):
    """journey_of(service): the Journey that its types have made, with others that tests are to be run of; its failure is that of each of its types."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    wanted = {each.callspec.params.get("service") for each in request.session.items if hasattr(each, "callspec")}
    groups = {service: tuple(group) for group in chunks(each for each in catalog.services() if each in wanted) for service in group}
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
