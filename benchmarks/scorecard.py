"""The scorecard engine beside its peers, on one machine in one run: binning, the same points, fits, odds, accuracy.

    python benchmarks/scorecard.py WHYNOT_WHEEL [binning] [points] [fit] [calibration] [accuracy]

Needs an environment with benchmarks/requirements.txt, goodstanding itself, and for `points` Java; the wheel of whynot
0.12.0, fetched without its dependencies, carries "Give Me Some Credit". Without names all five parts are run, in about
two hours and a half, most of it the peers'. `accuracy:german` runs the cases of that part whose names start so. Every
figure is computed here; medians where a thing is done more than once.
"""

import os
import sys
from importlib import import_module
from pathlib import Path

# One core for everybody: CPU seconds are then comparable. Set before anything that starts threads.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
sys.path.insert(0, str(Path(__file__).parent))


MODULES = {
    "binning": "binning_speed",
    "points": "same_points",
    "fit": "fit_speed",
    "calibration": "true_odds",
    "accuracy": "accuracy",
}


def main(wheel: Path, asked: list[str]) -> None:
    cases = [part.removeprefix("accuracy:") for part in asked if part.startswith("accuracy:")]
    parts = {"accuracy" if part.startswith("accuracy:") else part for part in asked}
    unknown = sorted(parts - set(MODULES))
    if unknown:
        sys.exit(f"no part {', '.join(unknown)}; there are {', '.join(MODULES)}")
    for name, module in MODULES.items():
        if not parts or name in parts:
            print(f"\n== {name}", flush=True)
            show = import_module(module).show
            if name == "accuracy":
                show(wheel, cases)
            else:
                show(wheel)


if __name__ == "__main__":
    if len(sys.argv) < 2 or not Path(sys.argv[1]).is_file():
        sys.exit(__doc__)
    main(Path(sys.argv[1]), sys.argv[2:])
