"""`python -m aws_double --port 0`: prints the URL when ready, serves until SIGTERM or SIGINT."""

import argparse
import os
import signal
import threading
import warnings

from werkzeug.serving import make_server

from .app import Application, RequestHandler


def main() -> None:
    parser = argparse.ArgumentParser(prog="aws_double", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--delay", type=float, default=1.0, help="seconds that a deletion takes")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", module="moto")
    server = make_server(
        arguments.host, arguments.port, Application(delay=arguments.delay), threaded=True, request_handler=RequestHandler
    )
    # shutdown() waits for the loop that the signal interrupted, so it must be called from elsewhere.
    stop = lambda *_: threading.Thread(target=server.shutdown).start()  # noqa: E731
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"http://{arguments.host}:{server.server_port}", flush=True)
    server.serve_forever(poll_interval=0.05)
    server.server_close()
    # Taking moto's thousands of objects apart one by one takes seconds and serves nobody.
    os._exit(0)


if __name__ == "__main__":
    main()
