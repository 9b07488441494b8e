"""In charge of ending at once what botocore does in threads: connecting, requests under way, pauses between its tries, waits for its own rate limit.

Without it a cancel would be answered when AWS has answered, and after a throttling up to 20 seconds later.
"""

from __future__ import annotations

import contextlib
import functools
import socket
import threading
import weakref

from botocore.retries import adaptive, standard
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from .failure import Stopped

UNLIMITED = 1e9  # requests a second


class Stop:
    """A switch that all clients of a connection hang on. While it is set no request is sent, none is tried again, and no pause goes on."""

    def __init__(self):
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._opened = weakref.WeakSet()  # urllib3's connections
        self._buckets = weakref.WeakSet()  # of botocore's rate limits
        self.set, self.clear, self.is_set, self.wait = self._event.set, self._event.clear, self._event.is_set, self._event.wait

    def govern(self, client, attempts, limit_rate=False):
        """Hangs a client on the switch. It must have botocore's standard retries, of so many attempts; `limit_rate`: and is to have the adaptive ones' rate limit."""
        events, service = client.meta.events, client.meta.service_model.service_id.hyphenize()
        if limit_rate:
            self._buckets.add(adaptive.register_retry_handler(client)._token_bucket)
        retries = standard.register_retry_handler(client, attempts)  # botocore hands out its own retries only to who registers them anew
        events.unregister(f"needs-retry.{service}", unique_id=f"retry-config-{service}")
        events.register_last("needs-retry", functools.partial(self._pause, retries.needs_retry))
        events.register_last("before-send", self._refuse)  # after a wait for the rate limit
        pools = client._endpoint.http_session._pool_classes_by_scheme
        pools.update({scheme: functools.partial(self._pool, kind) for scheme, kind in pools.items()})

    def hang_up(self):
        """Ends the requests under way and the attempts to connect, and lets go who waits for a rate limit: one per limit, so that it is called until all have ended."""
        with self._lock:
            opened, buckets = list(self._opened), list(self._buckets)
        for connection in opened:
            if (line := connection.sock) is not None:
                with contextlib.suppress(OSError):  # closed meanwhile
                    line.shutdown(socket.SHUT_RDWR)
        for bucket in buckets:
            bucket.max_rate = UNLIMITED  # until AWS's next answer

    def _refuse(self, request, **_):
        if self.is_set():
            raise Stopped(tried=request.context["retries"]["attempt"] > 1)

    def _pause(self, needs_retry, **answer):
        """What botocore would do between two tries, after which it pauses no more; when stopped, the last answer stands."""
        pause = needs_retry(**answer)
        if pause is None or pause is False:
            return pause
        return None if self._event.wait(pause) else 0

    def _pool(self, kind, *given, **more):
        pool = kind(*given, **more)
        make = type(pool.ConnectionCls.__name__, (_SeenConnecting, pool.ConnectionCls), {})

        def connect(*given, **more):
            connection = make(*given, **more)
            with self._lock:
                self._opened.add(connection)
            return connection

        pool.ConnectionCls = connect
        return pool


class _SeenConnecting:
    """Before one of urllib3's connections: its `sock` is there as soon as there is a socket, for whoever wants to shut that down, not once it is connected."""

    def _new_conn(self):
        try:
            found = socket.getaddrinfo(self._dns_host.strip("[]"), self.port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        for family, kind, protocol, _, address in found:
            try:
                self.sock = socket.socket(family, kind, protocol)
                for option in self.socket_options or ():
                    self.sock.setsockopt(*option)
                self.sock.settimeout(self.timeout)
                self.sock.connect(address)
                return self.sock
            except OSError as error:
                refused = error
                if self.sock:
                    self.sock.close()
                    self.sock = None
        if isinstance(refused, TimeoutError):
            raise ConnectTimeoutError(self, f"Connection to {self.host} timed out. (connect timeout={self.timeout})") from refused
        raise NewConnectionError(self, f"Failed to establish a new connection: {refused}") from refused
