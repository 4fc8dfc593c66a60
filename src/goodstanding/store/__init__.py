"""The workspace on disk: files that never change, and one catalogue that says which of them count.

A change is staged aside and takes effect by one atomic rename of the catalogue, so that a process killed
at any moment leaves the workspace as it was before or as it is after. What each change did stands in a history.
"""

from goodstanding.store.catalogue import Catalogue, Entry
from goodstanding.store.code import code_digest
from goodstanding.store.digests import sha256_of
from goodstanding.store.workspace import Staging, Workspace, is_workspace

__all__ = ["Catalogue", "Entry", "Staging", "Workspace", "code_digest", "is_workspace", "sha256_of"]
