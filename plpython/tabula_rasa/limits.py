"""Limits to a query that somebody else wrote, kept by the kernel: time, and memory.

PostgreSQL arms statement_timeout when a statement begins, not within one; and while a query runs, PL/Python holds the interpreter's lock,
so no thread of ours could watch it. The kernel's own timer can: it sends this process the signal that a cancel is. And of memory PostgreSQL
limits single values (1 GB) and sorts (work_mem), not what a query takes altogether: the kernel refuses it more, and the query ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import time

_libc = ctypes.CDLL(None, use_errno=True)
_MONOTONIC, _SEND_SIGNAL = 1, 0  # Linux's CLOCK_MONOTONIC and SIGEV_SIGNAL


class _Event(ctypes.Structure):
    """struct sigevent"""

    _fields_ = [("value", ctypes.c_void_p), ("signo", ctypes.c_int), ("notify", ctypes.c_int), ("room", ctypes.c_int * 12)]


class _Setting(ctypes.Structure):
    """struct itimerspec: the interval after the first time, and the first time; all zero disarms"""

    _fields_ = [(name, ctypes.c_long) for name in ("again", "again_ns", "first", "first_ns")]


class Deadline:
    """Use as a context manager: `seconds` after it was entered, and each second after that, the query under way is cancelled.

    passed   has the time run out? Asked after it was left: then a cancel may still be due, which the next query meets.
    """

    def __init__(self, seconds):
        self._seconds = seconds
        self._timer = ctypes.c_void_p()
        self.passed = False

    def __enter__(self):
        event = _Event(signo=signal.SIGINT, notify=_SEND_SIGNAL)
        _must(_libc.timer_create(_MONOTONIC, ctypes.byref(event), ctypes.byref(self._timer)))
        whole = int(self._seconds)
        self._ends = time.monotonic() + self._seconds
        self._set(_Setting(again=1, first=whole, first_ns=max(1, int((self._seconds - whole) * 1e9))))
        return self

    def __exit__(self, *_):
        # What it has sent is delivered by the time this call returns, for no other thread takes signals; nothing comes after it.
        self._set(_Setting())
        self.passed = time.monotonic() >= self._ends
        _must(_libc.timer_delete(self._timer))

    def _set(self, setting):
        _must(_libc.timer_settime(self._timer, 0, ctypes.byref(setting), None))


@contextlib.contextmanager
def memory(more):
    """Within, the process gets at most so many bytes more than it has; PostgreSQL then raises its error "out of memory"."""
    with open("/proc/self/statm") as told:
        has = int(told.read().split()[5]) * resource.getpagesize()
    before, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limits = [each for each in (has + more, before, hard) if each != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(limits), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (before, hard))


def _must(answer):
    if answer:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
