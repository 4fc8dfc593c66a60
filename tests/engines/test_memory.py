"""A bound on memory is read as people write it, and holds."""

import subprocess
import sys

import pytest

from goodstanding.engines.choice import open_engine
from goodstanding.engines.memory import bytes_of, queries_share
from goodstanding.errors import BadInput


@pytest.mark.parametrize(
    ("said", "expected"),
    [("2GB", 2 * 10**9), ("1.5 gb", 15 * 10**8), ("1GiB", 2**30), ("1200MB", 12 * 10**8), ("1TB", 10**12)],
)
def test_an_amount_is_read(said: str, expected: int) -> None:
    assert bytes_of(said) == expected


@pytest.mark.parametrize("said", ["", "2", "GB", "two GB", "-2GB", "2GB!", "900MB", "0GB"])
def test_what_is_no_amount_or_too_little_is_refused(said: str) -> None:
    with pytest.raises(BadInput, match="at least 1GB"):
        bytes_of(said)


def test_queries_get_less_than_the_whole() -> None:
    assert 0 < queries_share("1GB") < 1_000_000_000


# The peak of this process alone: ru_maxrss begins with that of whoever started it.
BIG = """
import re, sys
from pathlib import Path
from goodstanding.engines import Duck
with Duck(sys.argv[1] or None) as duck:
    texts = "SELECT md5(i::VARCHAR) AS x FROM range(12000000) t(i)"
    rows = duck.value(f"SELECT count(*) FROM (SELECT x, count(*) FROM ({texts}) GROUP BY x)")
print(rows, int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024)
"""


@pytest.mark.parametrize(("memory", "within"), [("1GB", True), ("", False)], ids=["bounded", "not bounded"])
def test_a_large_query_keeps_within_it(memory: str, within: bool) -> None:  # noqa: FBT001 - what is expected
    done = subprocess.run([sys.executable, "-c", BIG, memory], capture_output=True, text=True, check=True)
    rows, peak = map(int, done.stdout.split())
    assert rows == 12_000_000
    assert (peak < 1_000_000_000) is within


@pytest.mark.parametrize(
    ("engine", "master", "said"), [("duckdb", "local[2]", "--engine spark"), ("spark", None, "a Spark master")]
)
def test_an_engine_and_a_master_that_do_not_go_together_are_refused(engine: str, master: str | None, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        open_engine(engine, master)  # type: ignore[arg-type]
