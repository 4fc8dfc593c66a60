"""What the program itself is, so that a result can name what made it."""

import hashlib
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable


@cache
def code_digest() -> str:
    """SHA-256 over the program's own files: the code and the data it ships."""
    found = hashlib.sha256()
    root = resources.files("goodstanding")
    for path, entry in sorted(_files(root, "")):
        found.update(path.encode() + b"\0" + hashlib.sha256(entry.read_bytes()).digest())
    return found.hexdigest()


def _files(folder: Traversable, path: str) -> list[tuple[str, Traversable]]:
    found: list[tuple[str, Traversable]] = []
    for entry in folder.iterdir():
        name = f"{path}/{entry.name}"
        if entry.is_dir():
            found += _files(entry, name)
        elif entry.name.endswith((".py", ".toml")):
            found.append((name, entry))
    return found
