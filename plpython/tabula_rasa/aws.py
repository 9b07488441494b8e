"""The only module that makes AWS clients: credentials, endpoints, retries, threads.

Threads do AWS I/O and nothing else; all else, awaiting included, happens on the thread that called `run`.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError, NoCredentialsError, PartialCredentialsError, ProfileNotFound

from . import __version__
from .catalog.model import loader, method, page_token
from .errors import CredentialsRefused, IdentityMismatch, InvalidArgument, Unreachable
from .expressions import search
from .failure import Failure, Stopped

WIDTH = 16  # calls under way at once; 10 to 20 is where rivals' measurements saw neither throttling nor more gain
HEARTBEAT = 0.1  # seconds between looks at cancel and statement_timeout
LAST_WORD = 1.5  # seconds that a mutating call under way may still take after a cancel, to learn its outcome

_THROTTLED_OUT = {"retries": {"mode": "adaptive", "total_max_attempts": 10}}
_IMPATIENT = {"retries": {"mode": "standard", "total_max_attempts": 3}, "connect_timeout": 3, "read_timeout": 4}


@dataclass(frozen=True)
class Account:
    """A row of the `account` table."""

    account_id: str
    name: str | None = None
    regions: tuple[str, ...] | None = None
    profile: str | None = None
    role_arn: str | None = None
    external_id: str | None = None
    endpoint_url: str | None = None
    disposable: bool = False
    refuse_alias: str | None = None

    @property
    def label(self):
        return f'"{self.account_id}"' + (f" ({self.name})" if self.name else "")


@dataclass(frozen=True)
class Identity:
    """Who the credentials are: sts:GetCallerIdentity. `access_key_id` is the identifier, not the secret."""

    account_id: str
    arn: str
    user_name: str | None
    role_name: str | None
    access_key_id: str | None

    @property
    def partition(self):
        return self.arn.split(":")[1]


class Connection:
    """Clients of one account, kept for the session (a first ec2 client costs 0.2 s). Never keeps a secret of its own."""

    def __init__(self, account: Account):
        self.account = account
        self.stopped = threading.Event()
        self._clients = {}
        try:
            self._session = botocore.session.Session(profile=account.profile)
            self._session.register_component("data_loader", loader())
            self._session.get_scoped_config()  # botocore looks for the profile only when asked
            self._session.user_agent_extra = f"tabula_rasa/{__version__}"
            if account.role_arn:
                self._assume_role()
        except ProfileNotFound:
            raise CredentialsRefused(
                f'account {account.label}: no profile "{account.profile}" in the server\'s AWS configuration',
                hint="Profiles are read by the server's operating-system user, usually from ~postgres/.aws/config.",
            ) from None
        self._session.register("before-send", self._refuse_when_stopped)
        self._clients_of = boto3.Session(botocore_session=self._session)

    def _assume_role(self):
        account = self.account
        extra = {"RoleSessionName": "tabula_rasa"} | ({"ExternalId": account.external_id} if account.external_id else {})
        source = self._session.get_credentials()
        if source is None:
            raise _no_credentials(account)
        sts = lambda name, **given: self._session.create_client(  # noqa: E731 (botocore's own signature)
            name, region_name=self.home_region, endpoint_url=account.endpoint_url, config=Config(**_IMPATIENT), **given
        )
        fetcher = AssumeRoleCredentialFetcher(sts, source, account.role_arn, extra)
        self._session._credentials = DeferredRefreshableCredentials(method="assume-role", refresh_using=fetcher.fetch_credentials)

    @property
    def home_region(self):
        """A region of the account's partition, for calls that belong to none."""
        for region in self.account.regions or ():
            if region.startswith("cn-"):
                return "cn-north-1"
            if region.startswith("us-gov-"):
                return "us-gov-west-1"
        return "us-east-1"

    def _refuse_when_stopped(self, **_):
        if self.stopped.is_set():
            raise Stopped()

    def client(self, service, region, impatient=False):
        """A boto client; region 'global' is the partition's own. Made on the main thread only: making them is not thread-safe."""
        key = service, self.home_region if region == "global" else region, impatient
        if key not in self._clients:
            self._clients[key] = self._clients_of.client(
                service,
                region_name=key[1],
                endpoint_url=self.account.endpoint_url,
                config=Config(max_pool_connections=WIDTH, connect_timeout=5, read_timeout=60).merge(Config(**(_IMPATIENT if impatient else _THROTTLED_OUT))),
            )
        return self._clients[key]

    def offered(self, service, region):
        """Does AWS offer the service there, as far as the SDK knows? A service without regional data is asked."""
        if region == "global":
            return True
        known = self._session.get_available_regions(service, self._session.get_partition_for_region(region))
        return not known or region in known

    def identity(self):
        """Identity of the credentials; CredentialsRefused, Unreachable, IdentityMismatch say what is wrong."""
        account = self.account
        answer = self._first_call("sts", "get_caller_identity")
        if answer["Account"] != account.account_id:
            raise IdentityMismatch(
                f"the credentials for account {account.label} belong to account \"{answer['Account']}\"",
                detail=f"sts:GetCallerIdentity answers {answer['Arn']}.",
                hint="Correct profile or role_arn in the account's row, or the server's own AWS credentials.",
            )
        kind, _, path = answer["Arn"].rpartition(":")[2].partition("/")
        return Identity(
            account.account_id,
            answer["Arn"],
            user_name=path.rpartition("/")[2] if kind == "user" else None,
            role_name=path.partition("/")[0] if kind == "assumed-role" else None,
            access_key_id=self._session.get_credentials().get_frozen_credentials().access_key,
        )

    def aliases(self):
        """The account's aliases: iam:ListAccountAliases."""
        return self._first_call("iam", "list_account_aliases")["AccountAliases"]

    def regions(self):
        """The regions to visit: those of the row, or all that are enabled in the account (ec2:DescribeRegions)."""
        enabled = {each["RegionName"] for each in self._first_call("ec2", "describe_regions")["Regions"]}
        for region in self.account.regions or ():
            if region not in enabled:
                raise unknown_region(region, enabled)
        return sorted(self.account.regions or enabled)

    def _first_call(self, service, name):
        """One call on the calling thread, with errors that say what to do about the set-up."""
        account = self.account
        self.stopped.clear()  # the last run's threads are gone
        try:
            return getattr(self.client(service, "global", impatient=True), name)()
        except (NoCredentialsError, PartialCredentialsError):
            raise _no_credentials(account) from None
        except ClientError as error:
            failure = Failure.of(error)
            if failure.passing:
                raise Unreachable(
                    f"AWS does not answer for account {account.label} now", detail=f"{service}:{error.operation_name}: {failure}", hint="Try again in a minute.",
                ) from None
            raise CredentialsRefused(
                f"AWS does not let account {account.label} call {service}:{error.operation_name}",
                detail=f"{failure.code}: {failure.message}",
                hint="Check the credentials and their rights; `make doctor` shows what the server sees.",
            ) from None
        except (ConnectionError, HTTPClientError) as error:
            raise Unreachable(
                f"cannot reach AWS for account {account.label} at {account.endpoint_url or service + '.' + self.home_region}",
                detail=str(error),
                hint="Check endpoint_url in the account's row, and the server's network and proxy settings.",
            ) from None
        except BotoCoreError as error:
            raise CredentialsRefused(f"cannot call AWS for account {account.label}", detail=str(error)) from None


def _no_credentials(account):
    return CredentialsRefused(
        f"no AWS credentials for account {account.label}",
        detail="The server's operating-system user has none in its environment, files or instance role.",
        hint="Give the server credentials the way AWS's SDKs find them, or set profile or role_arn in the account's row.",
    )


def unknown_region(region, enabled):
    return InvalidArgument(
        f'unknown region "{region}"',
        detail=f"Enabled in this account: {', '.join(sorted(enabled))}.",
        hint="Name one of these; a region that AWS does not enable by itself has to be enabled in the account first.",
    )


class Aws:
    """One function call's access to AWS: a pool of threads, and awaiting for what they do."""

    def __init__(self, connection: Connection, width=WIDTH):
        self.connection = connection
        connection.stopped.clear()
        self._pool = ThreadPoolExecutor(width, thread_name_prefix="tabula_rasa")
        _start_threads(self._pool, width)

    def run(self, coroutine, heartbeat):
        """The coroutine's result. `heartbeat()` runs every 0.1 s on this thread; what it raises ends the run.

        When this returns or raises, no thread is left and no request leaves the process any more.
        """
        loop = asyncio.new_event_loop()
        try:
            return loop.run_until_complete(self._watched(coroutine, heartbeat))
        finally:
            self.connection.stopped.set()
            self._pool.shutdown(wait=True, cancel_futures=True)
            loop.close()

    async def _watched(self, coroutine, heartbeat):
        task = asyncio.ensure_future(coroutine)
        try:
            while not (await asyncio.wait({task}, timeout=HEARTBEAT))[0]:
                heartbeat()
        except BaseException:
            self.connection.stopped.set()
            task.cancel()
            await _ended(task)
            raise
        return task.result()

    @property
    def stopped(self):
        return self.connection.stopped.is_set()

    async def call(self, service, region, operation, request, mutating=False):
        """The answer of one call, or the ClientError/BotoCoreError that botocore's retries ended with.

        A mutating call under way is given LAST_WORD seconds when the run is cancelled: its caller writes down the outcome, then asks `stopped`.
        """
        client = self.connection.client(service, region)
        return await self._in_thread(lambda: getattr(client, method(operation))(**request), LAST_WORD if mutating else 0)

    async def pages(self, service, region, operation, request):
        """Every page of a list call: by botocore's paginator, or by the token in the answer where the SDK forgot to describe one."""
        client = self.connection.client(service, region)
        name = method(operation)
        if client.can_paginate(name):
            return await self._in_thread(lambda: list(client.get_paginator(name).paginate(**request)))
        return await self._in_thread(lambda: list(_pages(getattr(client, name), request, page_token(service, operation))))

    async def work(self, function, service, region):
        """function(client) in a thread: for what needs many calls in a row with little memory, as emptying a bucket."""
        client = self.connection.client(service, region)
        return await self._in_thread(lambda: function(client), LAST_WORD)

    async def _in_thread(self, function, last_word=0):
        future = asyncio.get_running_loop().run_in_executor(self._pool, function)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            until = time.monotonic() + last_word
            while not future.done() and time.monotonic() < until:
                with contextlib.suppress(asyncio.CancelledError):  # a TaskGroup cancels its tasks again
                    await asyncio.wait({future}, timeout=until - time.monotonic())
            if last_word and future.done():
                return future.result()
            future.add_done_callback(lambda late: late.cancelled() or late.exception())
            raise


def _pages(call, request, token):
    """The answers of a call repeated while its answer has a token; `token` is (path in the answer, input member) or None."""
    while True:
        answer = call(**request)
        yield answer
        following = token and search(token[0], answer)
        if not following or following == request.get(token[1]):
            return
        request = {**request, token[1]: following}


async def _ended(task):
    """Waits until the cancelled task, and whatever it had under way, has ended; how it ended no longer matters."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for each in others:
        each.cancel()
    await asyncio.gather(task, *others, return_exceptions=True)


def _start_threads(pool, width):
    """Starts all threads with every signal blocked, so that the server's handlers stay on the main thread."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        barrier = threading.Barrier(width + 1)
        for _ in range(width):
            pool.submit(barrier.wait)
        barrier.wait(timeout=30)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
