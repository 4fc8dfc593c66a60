"""Adapters: from the files of someone else to feeds for our tables."""

from goodstanding.records.adapters.berka import berka_feeds

__all__ = ["berka_feeds"]
