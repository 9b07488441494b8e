"""The call log: every request that arrived, in order."""

import itertools
import threading
import time
from collections.abc import Iterator

from .call import Call, jsonable


class Record:
    """`started` and `finished` are seconds since the epoch; `finished` is None while the call is under way."""

    def __init__(self):
        self._calls: list[dict] = []
        self._number = itertools.count(1)
        self._lock = threading.Lock()

    def start(self, call: Call) -> dict:
        entry = {
            "account_id": call.account_id,
            "region": call.region,
            "service": call.service,
            "operation": call.name,
            "mutating": call.mutating,
            "params": jsonable(call.params, call.operation.input_shape if call.operation else None),
            "status": None,
            "error_code": None,
            "started": time.time(),
            "finished": None,
        }
        with self._lock:
            entry["n"] = next(self._number)
            self._calls.append(entry)
        return entry

    def finish(self, entry: dict, status: int | None, error_code: str | None) -> None:
        entry.update(status=status, error_code=error_code, finished=time.time())

    def calls(self, account: str | None = None, since: int = 0, mutating: bool | None = None) -> Iterator[dict]:
        """Entries of `account` with n > since; `mutating` true or false keeps only such."""
        with self._lock:
            entries = list(self._calls)
        for entry in entries:
            wanted = (account in (None, entry["account_id"]), entry["n"] > since, mutating in (None, entry["mutating"]))
            if all(wanted):
                yield entry

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()
