"""From values with outcomes to points: attributes, fit, points table, validation; and Scorecard. Usable alone.

It needs no workspace and nothing of this project but how SQL is written, errors and wording. Its names stand in
`__init__.pyi`; what they take is imported when one is asked for.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)  # pyright: ignore[reportUnknownVariableType] - the library is untyped
