"""Finding whatever was changed, removed or added behind the registry's back, and saying which row it is."""

from goodstanding.registry.verifying.finding import Finding
from goodstanding.registry.verifying.noting import is_put_back, note_workspace
from goodstanding.registry.verifying.verify import KEYRING, Verified, verify_registry
from goodstanding.registry.verifying.witnessed import Wanted

__all__ = ["KEYRING", "Finding", "Verified", "Wanted", "is_put_back", "note_workspace", "verify_registry"]
