"""The registry: people, their consents, what was answered, what they contest, and the proof that nobody changed it.

The front door: a registry is created or opened here, read and written in transactions, and what each of its folders
does is asked for there. Its names stand in `__init__.pyi`; what they take is imported when one is asked for.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)  # pyright: ignore[reportUnknownVariableType] - the library is untyped
