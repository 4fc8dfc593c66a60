"""A benchmark run again where it may mount disks of its own, and a disk in memory."""

import os
import shutil
import subprocess
import sys
from pathlib import Path


def in_its_own() -> int | None:
    """Run this command again in a mount namespace of its own, and give its exit code; None in there.

    `unshare -rm` needs no rights where the kernel lets users have one.
    """
    if os.environ.get("IN_ITS_OWN") is not None:
        return None
    own = [shutil.which("unshare") or "unshare", "-rm", sys.executable, *sys.argv]
    return subprocess.run(own, env=os.environ | {"IN_ITS_OWN": "1"}, check=False).returncode


def mount_memory(folder: Path, mebibytes: int) -> None:
    """Have a file system of its own in a folder, so large."""
    mount = [shutil.which("mount") or "mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", str(folder)]
    subprocess.run(mount, check=True, capture_output=True)
