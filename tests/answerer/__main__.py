"""`python -m answerer --port 0`: prints the URL when ready, serves until SIGTERM."""

import argparse
import os
import signal

from .server import make_server


def main():
    parser = argparse.ArgumentParser(prog="answerer", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds that every answer takes")
    arguments = parser.parse_args()
    server = make_server("127.0.0.1", arguments.port, arguments.delay)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever(poll_interval=0.05)


if __name__ == "__main__":
    main()
