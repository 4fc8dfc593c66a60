"""`standing serve` on a disk that fills up: is anything lost that it had acknowledged, and does it say so?

    python benchmarks/served_full.py [--rounds 20] [--seed 1]

A workspace lies on a small tmpfs of its own, mounted in a mount namespace (`unshare -rm`, which needs no rights where
the kernel lets users have one). A real server answers clients that give consents, take them back, dispute records and
ask questions; the disk is filled to its last bytes, they go on, and there is room again: for the same server, or for
the next after SIGKILL. Without room each answer is the one that was asked for or a 503, and `/ready` says 503. After
each round all that was ever acknowledged has to be there, what was refused is sent again and has to be there once, and
at the end the log is verified. Ends with 1 if anything was lost, told otherwise, or a traceback was printed.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from calling import Client, Request, clients
from killed import findings
from nursery import HOST, ISSUER, Token, fill
from own_disk import in_its_own, mount_memory

from goodstanding.registry import create_registry, open_registry

# Each may call so often a minute, and all of theirs is looked for after each round.
PEOPLE, CLIENTS, PORT = 600, 4, 8369
# What is acknowledged takes room as well: on a disk that it fills by itself there would rightly never be any again.
SIZE_MIB, EACH_ROUND_MIB = 48, 8
LONGEST_SECONDS = 60
STANDING = str(Path(sys.executable).with_name("standing"))
NO_ROOM, TOO_MANY = 503, 429


@dataclass
class Patient(Client):
    """A client that keeps what was refused for want of room, and sends it again when there is room."""

    refused: list[Request] = field(default_factory=list[Request])

    def write_until(self, port: int, end: float) -> None:
        """Send one write after another."""
        self._open(port)
        while time.monotonic() < end:
            if (sent := self._send_next()) is None:
                return
            request, status, told = sent
            if status == NO_ROOM:
                self.unanswered = None
                self.counts["refused"] += 1
                self.refused.append(request)
                # Whether it was done is found out when it is sent again: until then nothing is asked under it.
                self.active.pop(request.consent or "", None)
            else:
                self._note(request, status, told)

    def _send(
        self, method: str, path: str, token: Token, body: dict[str, Any] | None = None, key: str | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Whoever looks for all of it every time calls often: told that it is too often, they wait, and call again."""
        while (found := super()._send(method, path, token, body, key))[0] == TOO_MANY:
            self.counts["too many"] += 1
            time.sleep(1)
        return found

    def settle(self, port: int) -> None:
        """Send again what was refused, then look for all that was acknowledged."""
        self._open(port)
        refused, self.refused = self.refused, []
        for request in refused:
            if request.consent is not None and request.person is None:
                self.active[request.consent] = request.token
            self._send_again(request)
        self.checked = 0
        super().settle(port)


@contextmanager
def served(room: Path, said: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server of its own process, ready; killed at the end unless it has ended."""
    command = [STANDING, "serve", "--port", str(PORT), "--url", ISSUER, "--workspace", str(room)]
    with said.open("ab") as to, subprocess.Popen(command, stdout=to, stderr=to) as process:
        try:
            wait_for(200)
            yield process
        finally:
            process.kill()


def ready() -> int:
    """What `/ready` says; 0 for nothing."""
    asked = HTTPConnection(HOST, PORT, timeout=10)
    try:
        asked.request("GET", "/ready")
        return asked.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        asked.close()


def wait_for(status: int) -> None:
    """Wait until `/ready` says so."""
    end = time.monotonic() + LONGEST_SECONDS
    while (found := ready()) != status:
        if time.monotonic() > end:
            raise SystemExit(f"/ready says {found}, not {status}, after {LONGEST_SECONDS} s")
        time.sleep(0.05)


def fill_up(room: Path, filler: Path, left: int) -> None:
    """Leave so many bytes."""
    with filler.open("wb") as file, suppress(OSError):
        # Others write at the same time: what is free may be taken before it is had.
        while (free := os.statvfs(room)).f_bavail * free.f_frsize > left:
            size = free.f_bavail * free.f_frsize - left
            os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), size)


def one_round(
    room: Path, said: Path, callers: list[Patient], chance: random.Random, threads: ThreadPoolExecutor
) -> None:
    """Fill the disk amid requests, let there be room again, and look for all that was acknowledged."""
    filler = room / ".filler"
    killed = chance.random() < 0.5
    with served(room, said) as server:
        end = time.monotonic() + 4
        working = [threads.submit(client.write_until, PORT, end) for client in callers]
        time.sleep(chance.uniform(0.2, 1))
        fill_up(room, filler, chance.choice([0, 4096, 65536]))
        for one in working:
            one.result()
        # The last bytes, whatever was still free.
        fill_up(room, room / ".last", 0)
        wait_for(NO_ROOM)
        if killed:
            server.kill()
            server.wait()
        filler.unlink()
        (room / ".last").unlink()
        if not killed:
            wait_for(200)
            list(threads.map(lambda client: client.settle(PORT), callers))
    if killed:
        with served(room, said):
            list(threads.map(lambda client: client.settle(PORT), callers))


def main() -> int:
    """Run the rounds, and print what happened."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if (code := in_its_own()) is not None:
        return code
    folder = Path(tempfile.mkdtemp(prefix="served-full-"))
    room, said = folder / "room", folder / "said"
    room.mkdir()
    mount_memory(room, SIZE_MIB + asked.rounds * EACH_ROUND_MIB)
    create_registry(room)
    with open_registry(room) as registry:
        of = clients(fill(registry, PEOPLE), CLIENTS, asked.seed)
    callers = [Patient(one.merchant, one.people, one.chance) for one in of]
    chance = random.Random(asked.seed)  # noqa: S311 - so that a run can be repeated
    with ThreadPoolExecutor(CLIENTS) as threads:
        for _ in range(asked.rounds):
            one_round(room, said, callers, chance, threads)
    with open_registry(room) as registry:
        found = findings(registry)
    wrong = [one for client in callers for one in client.wrong]
    traces = said.read_text(encoding="utf-8").count("Traceback")
    done, refused = (sum(len(c.noted) for c in callers), sum(c.counts["refused"] for c in callers))
    print(f"{asked.rounds} times full: {done:,} acknowledged, {refused:,} refused for want of room and sent again;")
    print(f"  told to call less often: {sum(client.counts['too many'] for client in callers):,}")
    print(f"  lost or told otherwise: {len(wrong)}; tracebacks: {traces}; found by the check: {found}")
    for one in wrong[:20]:
        print(f"    {one}")
    shutil.rmtree(folder, ignore_errors=True)
    return int(bool(wrong or traces or found))


if __name__ == "__main__":
    sys.exit(main())
