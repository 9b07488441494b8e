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
            for line in (connection.line, connection.sock):
                with contextlib.suppress(OSError):  # closed meanwhile
                    if line is not None:
                        socket.socket.shutdown(line, socket.SHUT_RDWR)  # SSLSocket's own would let go of TLS first: what is sent in between would be readable
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
        make = type(pool.ConnectionCls.__name__, (_Seen, pool.ConnectionCls), {})

        def connect(*given, **more):
            connection = make(*given, **more)
            with self._lock:
                self._opened.add(connection)
            return connection

        pool.ConnectionCls = connect
        return pool


class _Seen:
    """Before one of urllib3's connections, whose `sock` is there for others only once it is connected, and not while TLS is agreed on: its `line` is there meanwhile."""

    line = None

    def connect(self):
        try:
            super().connect()
        finally:
            self._let_go()

    def _let_go(self):
        if self.line is not None:
            self.line.close()
            self.line = None

    def _new_conn(self):
        try:
            found = socket.getaddrinfo(self._dns_host.strip("[]"), self.port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        for *kind, _, address in found:
            try:
                return self._connected(*kind, address)
            except OSError as error:
                refused = error
        if isinstance(refused, TimeoutError):
            raise ConnectTimeoutError(self, f"Connection to {self.host} timed out. (connect timeout={self.timeout})") from refused
        raise NewConnectionError(self, f"Failed to establish a new connection: {refused}") from refused

    def _connected(self, family, kind, protocol, address):
        sock = socket.socket(family, kind, protocol)
        try:
            self._let_go()
            self.line = sock.dup()
            for option in self.socket_options or ():
                sock.setsockopt(*option)
            sock.settimeout(self.timeout)
            sock.connect(address)
        except OSError:
            sock.close()
            raise
        return sock
