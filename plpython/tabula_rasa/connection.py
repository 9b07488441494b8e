"""The only module that makes AWS clients: credentials, endpoints, retries, and whether the credentials are the account's."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import boto3
import botocore
import botocore.session
from botocore.config import Config
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials, RefreshableCredentials
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    UnknownRegionError,
)
from botocore.hooks import HierarchicalEmitter

from . import __version__
from .catalog import GLOBAL, home, model
from .catalog.model import loader
from .errors import CredentialsRefused, IdentityMismatch, InvalidArgument, Unreachable
from .failure import Failure, sdk
from .hosts import one_host, read_whole, to_known_hosts
from .retrying import counted, first_contact, once, remembered, renewed
from .share import Pace, Share
from .stopping import Stop
from .times import timestamp

WIDTH = 16  # calls under way at once, unless the account's row says otherwise; 10 to 20 is where rivals' measurements saw neither throttling nor more gain
CLIENTS = 256  # kept at a time: one costs 0.2 MB, and every service in every region would be some 5,000

# Said as a whole, or botocore puts it together anew for each call: a tenth of a call's processor time.
_AGENT = f"tabula_rasa/{__version__} Botocore/{botocore.__version__}"
# With the adaptive mode's rate limit: see Stop.govern.
_PATIENT = {"retries": {"mode": "standard", "total_max_attempts": 10}, "connect_timeout": 5, "read_timeout": 60, "user_agent": _AGENT}
# The first questions of a call find out whether the set-up is right: a wrong one should say so within seconds.
_IMPATIENT = {"retries": {"mode": "standard", "total_max_attempts": 8}, "connect_timeout": 3, "read_timeout": 4, "user_agent": _AGENT}


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
    width: int | None = None
    page_size: int | None = None
    calls_per_second: float | None = None

    @property
    def most(self):
        """Calls at once to one service in a region."""
        return self.width or WIDTH

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
    """Clients of one account, the latest used kept for the session (a first ec2 client costs 0.2 s). Never keeps a secret of its own.

    stopped     Stop: ends what is under way in threads
    """

    def __init__(self, account: Account):
        self.account = account
        self.stopped = Stop()
        self._clients = {}  # (service, region, quick) -> client, the latest used last
        self._shares = {}  # (service, region) -> Share
        self._paces = {}  # (service, region) -> Pace
        self._heard = set()  # hosts that have answered
        self._assumed = {}  # the fetcher's cache of the role's credentials
        try:
            emitter = HierarchicalEmitter()
            self._session = botocore.session.Session(profile=account.profile, event_hooks=emitter)
            self._session.register_component("event_emitter", emitter)  # its clients' events keep their names, where botocore would look for older ones anew in each client
            self._session.register_component("data_loader", loader())
            self._session.get_scoped_config()  # botocore looks for the profile only when asked
            self._session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=timestamp)
            if account.role_arn:
                self._assume_role()
        except ProfileNotFound:
            raise CredentialsRefused(
                f'account {account.label}: no profile "{account.profile}" in the server\'s AWS configuration',
                hint="Profiles are read by the server's operating-system user, usually from ~postgres/.aws/config.",
            ) from None
        self._clients_of = boto3.Session(botocore_session=self._session)

    def _assume_role(self):
        account = self.account
        extra = {"RoleSessionName": "tabula_rasa"} | ({"ExternalId": account.external_id} if account.external_id else {})
        source = self._session.get_credentials()
        if source is None:
            raise _no_credentials(account)

        def sts(name, **given):
            client = self._session.create_client(name, region_name=self.home_region, endpoint_url=account.endpoint_url, config=Config(**_IMPATIENT), **given)
            self.stopped.govern(client, _IMPATIENT["retries"]["total_max_attempts"])
            client.meta.events.register_first("needs-retry", first_contact(self._heard, quick=True))
            return self._kept_home(client)

        fetcher = AssumeRoleCredentialFetcher(sts, source, account.role_arn, extra, cache=self._assumed)
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

    def is_region(self, name):
        """Can it be a region of the account's partition? The names of hosts are made of it."""
        try:
            return re.fullmatch("[a-z0-9-]{1,63}", name) is not None and model.partition(name) == model.partition(self.home_region)
        except UnknownRegionError:
            return False

    def _kept_home(self, client):
        """The client, which calls AWS, or what was configured as its endpoint, and no other host."""
        known = [urlsplit(client.meta.endpoint_url).netloc, *(() if self.account.endpoint_url else self._aws_domains)]
        client.meta.events.register("before-send", functools.partial(to_known_hosts, known))
        return client

    @functools.cached_property
    def _aws_domains(self):
        """What the names of the partition's hosts end with: amazonaws.com, api.aws …"""
        [partition] = [each for each in self._session.get_data("endpoints")["partitions"] if each["partition"] == model.partition(self.home_region)]
        return sorted({partition["dnsSuffix"], *(each["dnsSuffix"] for each in partition["defaults"].get("variants", ()))})

    def _home_of(self, service):
        """Where a global service is asked."""
        return home(service) if self.home_region == "us-east-1" and home(service) else self.home_region

    def _place(self, service, region):
        return service, self._home_of(service) if region == GLOBAL else region

    def share(self, service, region):
        """The Share of a service in a region."""
        return self._shares.setdefault(self._place(service, region), Share(self.account.most))

    def client(self, service, region, quick=False):
        """A boto client; region 'global' is the partition's own. Made on the main thread only: making them is not thread-safe."""
        key = *self._place(service, region), quick
        client = self._clients[key] = self._clients.pop(key, None) or self._new_client(*key)
        while len(self._clients) > CLIENTS:
            del self._clients[next(iter(self._clients))]
        return client

    def _new_client(self, service, region, quick):
        if not self.is_region(region):
            raise UnknownRegionError(region_name=region, error_msg=f"It is none of partition {model.partition(self.home_region)}.")
        url = self.account.endpoint_url
        manner = _IMPATIENT if quick else _PATIENT
        config = Config(**manner, max_pool_connections=self.account.most, inject_host_prefix=url is None)  # AWS's own hosts have prefixes: api., data- …
        client = self._clients_of.client(service, region_name=region, endpoint_url=url, config=config)
        self.stopped.govern(client, manner["retries"]["total_max_attempts"], limit_rate=not quick)
        client.meta.events.register_first("needs-retry", once)
        client.meta.events.register_first("needs-retry", remembered)
        note, handler = counted(self.share(service, region))
        client.meta.events.register_last("before-parameter-build", note)
        client.meta.events.register_first("needs-retry", handler)
        credentials = self._session.get_credentials()
        if isinstance(credentials, RefreshableCredentials):
            sign, handler = renewed(credentials, self._assumed.clear)
            client.meta.events.register_first("request-created", sign)
            client.meta.events.register_first("needs-retry", handler)
        if self.account.calls_per_second:
            client.meta.events.register_first("before-send", self._paces.setdefault((service, region), Pace(self.account.calls_per_second, self.stopped.wait)))
        client.meta.events.register_first("after-call", read_whole)
        if url:
            client.meta.events.register("before-sign.s3-control", functools.partial(one_host, url))
        client.meta.events.register_first("needs-retry", first_contact(self._heard, quick))
        return self._kept_home(client)

    def rest(self, service, region):
        """Closes the idle connections to a service in a region: its client stays, and opens others when it is used again."""
        client = self._clients.get((*self._place(service, region), False))
        if client:
            client.close()

    def close(self):
        """Closes all idle connections; the clients stay."""
        for client in self._clients.values():
            client.close()

    def offered(self, service, region):
        """Does AWS offer the service there, as far as the SDK knows? A service without regional data is asked."""
        if region == GLOBAL:
            return True
        known = model.known_regions(service, model.partition(region))
        return not known or region in known

    def listed(self, service, region):
        """Does the SDK know that AWS offers the service there?"""
        known = model.known_regions(service, model.partition(self.home_region), also_global=True)
        return bool(known) if region == GLOBAL else region in known

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
        try:
            with sdk():
                return getattr(self.client(service, GLOBAL, quick=True), name)()
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
