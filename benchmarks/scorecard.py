"""The scorecard engine beside its peers, on one machine in one run: accuracy, binning, whole fits, the same points.

    python benchmarks/scorecard.py WHYNOT_WHEEL [accuracy] [binning] [fit] [points]

Needs an environment with benchmarks/requirements.txt, goodstanding itself, and for `points` Java; the wheel of whynot
0.12.0, fetched without its dependencies, carries "Give Me Some Credit". Without names all four parts are run, in about
an hour and a half, most of it the peers'. Every figure is computed here; medians where a thing is done more than once.
"""

import os
import sys
from importlib import import_module
from pathlib import Path

# One core for everybody: CPU seconds are then comparable. Set before anything that starts threads.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
sys.path.insert(0, str(Path(__file__).parent))


def main(wheel: Path, parts: list[str]) -> None:
    known = {"binning": "binning_speed", "points": "same_points", "fit": "fit_speed", "accuracy": "accuracy"}
    unknown = sorted(set(parts) - set(known))
    if unknown:
        sys.exit(f"no part {', '.join(unknown)}; there are {', '.join(known)}")
    for name, module in known.items():
        if not parts or name in parts:
            print(f"\n== {name}", flush=True)
            import_module(module).show(wheel)


if __name__ == "__main__":
    if len(sys.argv) < 2 or not Path(sys.argv[1]).is_file():
        sys.exit(__doc__)
    main(Path(sys.argv[1]), sys.argv[2:])
