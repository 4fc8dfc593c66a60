"""Every verb on disks that are full to different degrees, and on one that can only be read.

    python benchmarks/no_room.py [--steps 0 64 512 4096]

Each verb runs in a workspace on a tmpfs of its own, mounted in a mount namespace (`unshare -rm`, which needs no rights
where the kernel lets users have one), that has so many KiB free. It has to say one sentence and exit with 1, or do its
work; afterwards, with room, it has to exit as it does undisturbed. Exits with 1 if a verb does otherwise.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from own_disk import in_its_own, mount_memory

STANDING = str(Path(sys.executable).with_name("standing"))
BY = ["--by", "bob"]
VERBS: list[list[str]] = [
    ["ingest", "records", "{town}/town/people.parquet"],
    ["statements"],
    ["fit", "sesame"],
    ["score", "sesame", "--as-of", "2025-03"],
    ["relations", "--as-of", "2025-03"],
    ["show", "P000003"],
    ["page", "P000003"],
    ["registry", "create"],
    ["registry", "publish", "sesame"],
    ["registry", "collect"],
    ["registry", "rotate", "sealing"],
    ["registry", "rotate", "lookup"],
    ["programme", "draft", "sesame", "--by", "ann"],
    ["programme", "review", "sesame", "1.0.0", *BY],
    ["programme", "publish", "sesame", "1.0.0", *BY],
    ["programme", "list"],
    ["operator", "admit", "Ann", "--role", "registrar", "--key", "{town}/ann.jwk.pub", *BY],
    ["operator", "key", "{room}/new.jwk"],
    ["operator", "list"],
    ["verify", "--keep", "{room}/head"],
    ["town", "--people", "200", "--months", "18", "--workspace", "{room}/new"],
    ["demo", "--no-serve", "--people", "20", "--months", "18", "--workspace", "{room}/new"],
]


def call(arguments: list[str], room: Path) -> subprocess.CompletedProcess[str]:
    """Run a verb in a workspace."""
    takes_none = arguments[:2] == ["operator", "key"] or "--workspace" in arguments
    more = [] if takes_none else ["--workspace", str(room)]
    environment = os.environ | {"LC_ALL": "C.UTF-8", "STANDING_TODAY": "2026-06-15", "COLUMNS": "200"}
    return subprocess.run([STANDING, *arguments, *more], capture_output=True, text=True, env=environment, check=False)


def filled_in(words: list[str], town: Path, room: Path) -> list[str]:
    """A verb's arguments with its folders."""
    return [word.format(town=town, room=room) for word in words]


def system(*words: str, check: bool = True) -> int:
    """Run a program of the system's."""
    return subprocess.run([shutil.which(words[0]) or words[0], *words[1:]], check=check, capture_output=True).returncode


def mounted(room: Path, source: Path, free: int | None) -> None:
    """A copy of a workspace on a file system of its own, with so many KiB free; None: that can only be read."""
    system("umount", "-l", str(room), check=False)
    mount_memory(room, 512)
    shutil.copytree(source, room, dirs_exist_ok=True)
    if free is None:
        system("mount", "-o", "remount,ro", str(room))
        return
    left = os.statvfs(room)
    with (room / ".filler").open("wb") as filler:
        os.posix_fallocate(filler.fileno(), 0, max(4096, left.f_bavail * left.f_frsize - free * 1024))


def with_room(room: Path) -> None:
    """Let it be written, and have room."""
    system("mount", "-o", "remount,rw", str(room))
    (room / ".filler").unlink(missing_ok=True)


def main() -> int:
    """Run them all, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, nargs="+", default=[0, 64, 512, 4096])
    steps = parser.parse_args().steps
    if (code := in_its_own()) is not None:
        return code
    folder = Path(tempfile.mkdtemp(prefix="no-room-"))
    room, source = folder / "room", folder / "source"
    room.mkdir()
    for arguments in (
        ["demo", "--no-serve", "--people", "200", "--months", "24"],
        ["registry", "create"],
        ["programme", "draft", "sesame", "--by", "ann"],
        ["operator", "key", str(folder / "ann.jwk")],
    ):
        done = call(arguments, source)
        assert done.returncode == 0, done.stderr
    shutil.move(source / "town", folder / "town")
    wrong = 0
    columns = [*(f"{step} KiB" for step in steps), "read only"]
    print(f"{'verb':<30}" + "".join(f"{column:>12}" for column in columns))
    for verb in VERBS:
        told = filled_in(verb, folder, room)
        mounted(room, source, 100_000)
        plain = call(told, room).returncode
        cells: list[str] = []
        for free in [*steps, None]:
            mounted(room, source, free)
            said = call(told, room)
            sentences = said.stderr.count("standing: ")
            fine = said.returncode == plain or (said.returncode == 1 and sentences == 1)
            fine &= "Traceback" not in said.stderr and "fault of the program" not in said.stderr
            with_room(room)
            again = call(told, room) if said.returncode else said
            fine &= again.returncode == plain
            cells.append(("done" if said.returncode == 0 else "refused") if fine else "WRONG")
            if not fine:
                wrong += 1
                print(said.stderr[-2000:], again.stderr[-500:], file=sys.stderr)
        print(f"{' '.join(verb[:2])[:29]:<30}" + "".join(f"{cell:>12}" for cell in cells), flush=True)
    system("umount", "-l", str(room), check=False)
    shutil.rmtree(folder, ignore_errors=True)
    print(f"wrong: {wrong}")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
