"""The REST API: everything that the registry does, over HTTP, for whoever may have it done."""
