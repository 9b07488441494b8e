"""An answerer: any of AWS's services over HTTP, made from botocore's models and the catalog, with generated resources of every type.

Where the AWS double (tests/aws_double) knows how AWS behaves, this one knows only what the models and the catalog say, but of all types:

    values.py     a value for every shape
    lens.py       JMESPath read backwards: where a value stands that the catalog reads by an expression
    record.py     one resource: what its list call and its details show of it, and what the extension should read of it
    holdings.py   the resources of an account in a region, which mention each other as the catalog declares
    questions.py  which read call of the catalog's is answered by which records
    pages.py      lists in pages
    deletions.py  which records a call deletes, what goes with them, what a waiter is shown
    account.py    which call is answered how
    wire.py       HTTP requests to calls, answers to HTTP responses, in all of AWS's protocols
    server.py     the server; __main__.py starts it, client.py is what tests use

Every request is checked against the operation's input shape; one that does not fit is answered with the error InvalidByModel.
"""
