"""What data cannot say: one small module per resource type that needs it, listed with its reason in tests/catalog.

Each has `empty(client, properties, begin, end)`: called in a thread with a boto client just before the resource is deleted. It announces every
mutating call by `begin(operation, request)` and reports it by `end(number, answer or Failure)`; it never decides whether to delete.
CALLS are the operations that it calls, for the IAM policy.
"""
