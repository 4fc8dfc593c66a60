"""Ctrl-C in the middle of a query."""

import signal
import subprocess
import sys
import time

# What runs in the background of a shell is started deaf to Ctrl-C.
LONG = """
import signal
from goodstanding.engines import Duck
signal.signal(signal.SIGINT, signal.default_int_handler)
with Duck() as duck:
    # With more, and none of them left for it, the thread that hears waits for the others and hears nothing meanwhile.
    duck.run("SET threads = 1")
    print("begun", flush=True)
    try:
        duck.run("SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b")
    except KeyboardInterrupt:
        print("interrupted")
"""


def test_a_query_that_is_interrupted_ends_as_anything_that_is_interrupted() -> None:
    command = [sys.executable, "-c", LONG]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "begun\n"
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
            assert process.communicate(timeout=30) == ("interrupted\n", "")
        finally:
            process.kill()
