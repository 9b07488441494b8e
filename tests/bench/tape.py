"""What was asked and answered: requests by what they ask, answers as the bytes that go over the wire."""

from __future__ import annotations

import pickle
import re
from dataclasses import dataclass, field
from pathlib import Path

# What the SDK makes up anew for each call, to make it safe to send twice.
_ONCE = re.compile(rb"(?i)((?:client|request|idempotency)\w*token[\"']?[=:]\s*\"?)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
# How many items at a time is no matter of what is asked: while a tape was recorded an answer may have been too slow for long pages.
_SIZE = re.compile(rb"(?i)((?:max_?(?:results|items|records)|page_?size|limit)[\"']?[=:]\s*\"?)\d+")
_SCOPE = re.compile(rb"Credential=[^/]+/\d+/([^/]+)/([^/]+)/")
_TARGET = re.compile(rb"(?im)^x-amz-target: *(\S+)")
_ACTION = re.compile(rb"(?:^|&)Action=(\w+)")


def question(head, body):
    """(key, kind) of a request: what it asks, and the operation as far as the bytes tell it (the path where nothing else does)."""
    method, path, _ = head.split(b"\r\n", 1)[0].split(b" ")
    scope = _SCOPE.search(head)
    target = _TARGET.search(head)
    action = _ACTION.search(body)
    kind = (scope and scope[2], method, target[1] if target else action[1] if action else path)
    return (scope and scope[1], *kind[:2], _SIZE.sub(rb"\1", path), target and target[1], _SIZE.sub(rb"\1", _ONCE.sub(rb"\1", body))), kind


@dataclass
class Tape:
    """answers  {key of a request: its answers, in the order in which they were given}; the last one holds from then on
    alike     {(region, service, method, operation): an answer}, for a request of which only the grouping is new: the ids in a batch
    """

    answers: dict = field(default_factory=dict)
    alike: dict = field(default_factory=dict)

    def keep(self, key, kind, answer):
        self.answers.setdefault(key, []).append(answer)
        self.alike[key[0], *kind] = answer

    def answer(self, key, kind, turn):
        """The answer to a question that has been asked `turn` times before; None where the tape has none."""
        answers = self.answers.get(key)
        if answers:
            return answers[min(turn, len(answers) - 1)]
        return self.alike.get((key[0], *kind))

    def save(self, path: Path):
        path.write_bytes(pickle.dumps(self))

    @staticmethod
    def load(path: Path) -> Tape:
        return pickle.loads(path.read_bytes())
