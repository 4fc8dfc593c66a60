"""The engines: the only room that knows DuckDB and Spark, and the vocabulary that both run.

Its names stand in `__init__.pyi`; what they take is imported when one is asked for.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)  # pyright: ignore[reportUnknownVariableType] - the library is untyped
