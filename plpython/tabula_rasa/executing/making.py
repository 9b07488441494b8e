"""Creates and updates: the calls of a change, and what they make known to the others."""

from __future__ import annotations

import asyncio
import json
import time

from ..catalog import model
from ..expressions import arguments, context, fields, holds, search
from ..failure import FAILURES, Failure
from ..recording import arn
from .waiting import LONGEST_LOOK, Refusal, Refused

SETTLING = 15  # seconds in which AWS may not know yet what was just created


class Making:
    """Creates and updates of one execution.

    run      the Executor: its facts, types and names, and its way to AWS
    waiting  Waiting
    """

    def __init__(self, run, waiting):
        self._run = run
        self._waiting = waiting

    async def carry_out(self, change, after_others):
        """The calls of a create or update, in order; each sees the answer of the one before as `_.answer`."""
        if change.of:
            change.key, change.arn = change.of.key, change.of.arn
        if self._run.names:
            change.properties = self._run.names.resolved(change.properties, self._run.types[change.key.resource_type].words)
            change.facts = self._run.names.said(change.facts)
        region, answer, calls = change.key.region, None, change.calls
        if change.made:  # by an earlier run: what is left is to change it
            change.properties = {**change.made.properties, **{name: each for name, each in change.properties.items() if name in self._run.types[change.key.resource_type].updated}}
            self._take(change, change.made.key.resource_id)
            calls = calls[1:]
        for call in calls:
            data = context(change.properties, **{**self._run.facts, **change.facts, "region": region, "resource_id": change.key.resource_id, "arn": change.arn, "answer": answer})
            if call.where and not holds(call.where, data) or call.finds and change.named and not change.untold:
                continue
            for element in search(call.each, data) or [] if call.each else [None]:
                data["_"]["element"] = element
                answer = await self._settled_call(change, call, region, arguments(call.arguments, data), after_others, answer)
            if answer is not None:
                self._named(change, call, answer)
            if call.waiter and answer:
                data = context(change.properties, **{**data["_"], "answer": answer, "resource_id": change.key.resource_id})
                await self._waiting.for_waiter(call.service, region, call.waiter, arguments(call.waiter_arguments, data))

    def _identity(self, change, call, answer):
        """What AWS calls what a call has made, and its properties as they are now; (None, …) where that is no matter of this call."""
        if not (call.item or call.identity):
            return None, change.properties
        rt, made = self._run.types[change.key.resource_type], change.properties
        item = self._item(change, call, answer)
        if isinstance(item, dict):  # what was asked for stays as it was asked for; all else AWS says
            ours = (rt.inserted | rt.updated) - fields(rt.id)
            made = {**made, **{name: each for name, each in item.items() if name not in ours or name not in made}}
        identity = search(call.identity, answer) if call.identity else search(rt.id, context(made, **{**self._run.facts, "region": change.key.region}))
        return identity and str(identity), made

    @staticmethod
    def _item(change, call, answer):
        """What an answer says of what was made or found; its expression sees what was asked for as `_.wanted`."""
        item = search(call.item, context(answer, wanted=change.properties)) if call.item else None
        return {name: each for name, each in item.items() if name != "_"} if isinstance(item, dict) else item

    def _named(self, change, call, answer):
        """Takes over what AWS calls what a call has made or replaced."""
        identity, change.properties = self._identity(change, call, answer)
        if call.item and answer and not identity:
            raise Refused(f"{call.service}:{call.operation}: AWS's answer does not name what it made")
        if identity and call.item:
            self._take(change, identity)
        elif identity:
            change.key = change.key._replace(resource_id=identity)

    def _take(self, change, identity):
        """What is created has a name: whoever mentions it by a placeholder is told."""
        rt = self._run.types[change.key.resource_type]
        data = context(change.properties, **{**self._run.facts, "region": change.key.region})
        change.key, change.named = change.key._replace(resource_id=identity), True
        own = arn(rt, data, change.key.region, identity)
        change.arn = own or change.arn
        names = {"id": identity, "arn": own}
        names = {alias: names[expression] if expression in names else search(expression, data) for alias, expression in change.aliases.items()}
        change.untold = None in names.values()
        for alias, name in names.items():
            self._run.names.add(alias, name, change.key.resource_type, change.aliases[alias])

    async def _settled_call(self, change, call, region, request, after_others, before):
        """The call's answer. What has just been made may not be known everywhere in AWS yet, and what is in the way may be about to go."""
        request = model.fitted(request, model.operation(call.service, call.operation).input_shape)
        if model.HIDDEN in json.dumps(request, default=str):
            raise Refused(f"{call.service}:{call.operation} would write back what the mirror does not show: give the column its whole value")
        began, pause, settling = time.monotonic(), 1.0, SETTLING if after_others or before else 0
        while True:
            try:
                if call.finds:
                    return await self._found(change, call, region, request)
                return await self._run.call(
                    call.service, region, call.operation, request, [change.key], lambda failure: failure.code in call.done, change.edit_id,
                    lambda answer: self._identity(change, call, answer)[0],
                )
            except Refusal as refusal:
                failure, tried = refusal.failure, time.monotonic() - began
                unknown = failure.unanswered and model.makes_another(model.operation(call.service, call.operation))
                unsettled = (failure.gone or failure.unsettled) and tried < settling
                in_the_way = (failure.in_use or failure.taken or failure.passing) and (before or self._run.others_under_way()) and self._run.idle(began) < self._run.patience
                if unknown or not (unsettled or in_the_way):
                    change.denied, change.undecided = failure.denied, failure.unanswered or failure.passing
                    raise Refused(f"{call.service}:{call.operation}: {failure}") from refusal
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_LOOK)

    async def _found(self, change, call, region, request):
        """The answer of a read that finds what AWS has made along with something else."""
        try:
            answer = await self._run.aws.call(call.service, region, call.operation, request)
        except FAILURES as error:
            raise Refusal(Failure.of(error)) from error
        if not self._item(change, call, answer):
            raise Refusal(Failure("NotFound", "AWS makes it along with something else, and has none here"))
        return answer
