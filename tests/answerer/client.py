"""What tests use: start the answerer, say what an account holds, ask what was called."""

import contextlib
import json
import urllib.parse
import urllib.request
from collections.abc import Iterator

import boto3
from botocore.config import Config
from served import served


class Answerer:
    """A running answerer. `url` is what a row of `account` names as its endpoint."""

    def __init__(self, url: str):
        self.url = url

    @classmethod
    @contextlib.contextmanager
    def start(cls, port: int = 0, delay: float = 0.0) -> Iterator["Answerer"]:
        """A running answerer, in a process of its own that ends with the block. `delay`: seconds that every answer takes."""
        with served("answerer", "--port", port, "--delay", delay) as url:
            yield cls(url)

    def hold(self, account_id: str, *services: str, size: int | dict[str, int] = 2, regions=("us-east-1",), links=None) -> None:
        """The account holds `size` resources of each type of these services, in every region, global ones once; what it held is forgotten.

        A dict as `size` tells it type by type; `links`, {type: {expression: type}}, what they mention beside what the catalog declares.
        """
        self._admin("POST", f"accounts/{account_id}", {"services": list(services), "size": size, "regions": list(regions), "links": links})

    def held(self, account_id: str, region: str = "us-east-1") -> dict:
        """{records: [{resource_type, region, resource_id, …, properties as the extension should read them}], unplaced}."""
        return self._admin("GET", f"accounts/{account_id}?region={region}")

    def calls(self, account: str | None = None, mutating: bool | None = None) -> list[dict]:
        """The call log, oldest first."""
        found = self._admin("GET", "calls" + (f"?account={account}" if account else ""))
        return [each for each in found if mutating in (None, each["mutating"])]

    def clear_calls(self) -> None:
        self._admin("DELETE", "calls")

    def settings(self, **settings) -> dict:
        """Change and return the settings: `delay`, the seconds that every answer takes."""
        return self._admin("POST", "settings", settings)

    def boto(self, service: str, region: str = "us-east-1", account_id: str = "123456789012", **config):
        """A boto3 client with keys of this account."""
        config = Config(**{"retries": {"max_attempts": 0}, "inject_host_prefix": False, **config})
        keys = {"aws_access_key_id": f"ASIA{account_id}", "aws_secret_access_key": "secret", "aws_session_token": "token"}
        return boto3.client(service, region_name=region, endpoint_url=self.url, config=config, **keys)

    def _admin(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_answerer/{path}", data=data, method=method)
        with urllib.request.urlopen(request, timeout=120) as response:
            return json.load(response)
