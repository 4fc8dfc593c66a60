"""Finding whatever was changed, removed or added behind the registry's back, and saying which row it is."""

from goodstanding.registry.verification.cosigned_heads import Wanted
from goodstanding.registry.verification.findings import Finding
from goodstanding.registry.verification.history_notes import is_put_back, note_workspace
from goodstanding.registry.verification.whole_check import KEYRING, Verified, verify_registry

__all__ = ["KEYRING", "Finding", "Verified", "Wanted", "is_put_back", "note_workspace", "verify_registry"]
