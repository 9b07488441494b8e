"""What tests use: start the double, talk to its admin endpoints, get boto3 clients on its accounts."""

import contextlib
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator

import boto3
import botocore.session
from botocore.config import Config
from served import served

# The operator's credentials: they may assume a role in any account.
CREDENTIALS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}


class Double:
    def __init__(self, url: str):
        self.url = url
        self._sessions: dict[str, boto3.Session] = {}
        # One loader for all accounts: reading EC2's model takes 0.2 s.
        self._sts = boto3.client("sts", region_name="us-east-1", endpoint_url=url, **CREDENTIALS)
        self._loader = botocore.session.Session().get_component("data_loader")

    @classmethod
    @contextlib.contextmanager
    def start(cls, port: int = 0, delay: float = 1.0) -> Iterator["Double"]:
        """A running double, in a process of its own that ends with the block. `delay`: seconds that a deletion takes."""
        with served("aws_double", "--port", port, "--delay", delay) as url:
            yield cls(url)

    def boto(self, service: str, region: str = "us-east-1", account_id: str = "123456789012", **config):
        """A boto3 client that has assumed the role tabula-rasa in this account."""
        return self.session(account_id).client(
            service, region_name=region, endpoint_url=self.url, config=Config(**{"retries": {"max_attempts": 0}, "inject_host_prefix": False, **config})
        )

    def session(self, account_id: str) -> boto3.Session:
        if account_id not in self._sessions:
            role = self._sts.assume_role(RoleArn=f"arn:aws:iam::{account_id}:role/tabula-rasa", RoleSessionName="test")
            found = role["Credentials"]
            shared = botocore.session.Session()
            shared.register_component("data_loader", self._loader)
            keys = (found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
            self._sessions[account_id] = boto3.Session(*keys, botocore_session=shared)
        return self._sessions[account_id]

    def calls(self, account: str | None = None, since: int = 0, mutating: bool | None = None) -> list[dict]:
        """The call log, oldest first; `since` is the `n` of the last one already seen."""
        query = {"account": account, "since": since, "mutating": None if mutating is None else str(mutating).lower()}
        query = {key: value for key, value in query.items() if value is not None}
        return self._admin("GET", "calls?" + urllib.parse.urlencode(query))

    def clear_calls(self) -> None:
        self._admin("DELETE", "calls")

    def settings(self, **settings) -> dict:
        """Change and return the settings: `delay`, the seconds that a deletion takes; `ids`, what the ids follow from that AWS makes up."""
        return self._admin("POST", "settings", settings)

    def faults(self, *rules: dict) -> None:
        """Replace the fault rules; without any, everything works again."""
        self._admin("POST", "faults", list(rules))

    def storm(self, **settings) -> None:
        """Let a storm begin (see storm.SETTINGS; `seed` says which); without any settings, it is over."""
        self._admin("POST", "storm", settings or None)

    def provide(self, account_id: str, *names: str) -> None:
        """Put things of AWS's into an account that only some accounts have (see factory.ON_REQUEST)."""
        self._admin("POST", f"accounts/{account_id}", list(names))

    def reset(self) -> None:
        """Forget all accounts, calls, faults and pending deletions."""
        self._admin("POST", "reset")
        self._sessions.clear()

    def _admin(self, method: str, path: str, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_double/{path}", data=data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise ValueError(f"{method} {path}: {error.code} {error.read().decode()}") from error
