"""Who is calling: people by passkey or printed code, firms and operators by a signed assertion; and their tokens."""

from goodstanding.registry.authentication.access_tokens import read_token, sign_token
from goodstanding.registry.authentication.callers import Caller, NotAuthenticated, check_caller
from goodstanding.registry.authentication.clients import client_of, enter_client

__all__ = ["Caller", "NotAuthenticated", "check_caller", "client_of", "enter_client", "read_token", "sign_token"]
