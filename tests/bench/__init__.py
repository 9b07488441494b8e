"""`make bench`: how fast the extension is, each figure beside a bar measured in the same run.

What answers is a tape player: a practice run goes through it to the answerer or the AWS double, slow as they are, and it keeps the
bytes of every answer; measured runs are given those, each 50 ms after it was asked for.

    tape.py      what was asked and answered
    player.py    the server: keeps answers, or gives them again; __main__ of its process
    stage.py     an embedded PostgreSQL, a player, an account: what a line stands on
    pool.py      the bar: the same calls by plain boto3 in a thread pool, in a process of its own
    lines/       one module per line of the table, each with run(stage, size) -> [Line]
    __main__.py  prints the table
"""
