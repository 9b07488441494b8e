"""The bar of a mirror: its calls by plain boto3, outside PostgreSQL, in a process of its own.

`python -m bench.pool CALLS URL WIDTH [EVERY]` makes the calls of a file that `Recorder` has written, WIDTH at a time, or each EVERYth of
them one after another; prints {"clients": seconds, "calls": seconds, "made": number, "processor": seconds}.
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import botocore.session
from botocore.config import Config
from embedded import ENVIRONMENT

from tabula_rasa.aws import Aws, _answers
from tabula_rasa.catalog.model import method

from .stage import ROOT


class Recorder(Aws):
    """Access to AWS that writes down what it was asked: (service, region of the client, operation, request, whether in pages)."""

    def __init__(self, connection):
        super().__init__(connection)
        self.asked = []

    async def call(self, service, region, operation, request, mutating=False):
        self.asked.append((service, self._place(service, region), operation, request, False))
        return await super().call(service, region, operation, request, mutating)

    async def pages(self, service, region, operation, request):
        self.asked.append((service, self._place(service, region), operation, request, True))
        return await super().pages(service, region, operation, request)

    def _place(self, service, region):
        return self.connection.client(service, region).meta.region_name


def measured(calls: Path, url, width, every=1):
    """What the process of its own prints."""
    environment = {"PYTHONPATH": f"{ROOT / 'tests'}:{ROOT / 'plpython'}", **ENVIRONMENT}
    command = [sys.executable, "-m", "bench.pool", str(calls), url, str(width), str(every)]
    return json.loads(subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout)


def main():
    path, url, width, every = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    calls = pickle.loads(path.read_bytes())[::every]
    session = boto3.Session(botocore_session=botocore.session.Session())
    config = Config(retries={"mode": "adaptive", "total_max_attempts": 10}, max_pool_connections=width, inject_host_prefix=False)
    began = time.monotonic()
    clients = {place: session.client(place[0], region_name=place[1], endpoint_url=url, config=config) for place in dict.fromkeys(each[:2] for each in calls)}
    ready = time.monotonic()

    def make(call):
        service, region, operation, request, in_pages = call
        client = clients[service, region]
        try:
            if in_pages:
                return sum(1 for _ in _answers(client, service, operation, request))
            getattr(client, method(operation))(**request)
        except client.exceptions.ClientError:  # a refusal is an answer, too
            pass
        return 1

    with ThreadPoolExecutor(width) as pool:
        made = sum(pool.map(make, calls))
    print(json.dumps({"clients": ready - began, "calls": time.monotonic() - ready, "made": made, "processor": time.process_time()}))


if __name__ == "__main__":
    main()
