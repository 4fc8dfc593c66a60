"""The same integers from `points(X)` in Python, `to_sql` on DuckDB and `to_pmml` under JPMML, on a million rows.

Every row's points of every characteristic, the total and the score are compared.
"""

import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import credit_sets
import duckdb
import jpmml_evaluator
import jpype
import numpy as np
import pandas as pd

from goodstanding.scorecard import Scorecard

ROWS = 1_000_000


def show(wheel: Path) -> None:
    if shutil.which("java") is None:
        print("needs Java")
        return
    frame, bad = credit_sets.gmsc(wheel)
    frame = _with_words(frame)
    card = Scorecard(crosses=2, special_values={"NumberOfTimes90DaysLate": (96, 98)}).fit(frame, bad)
    table = card.table_
    print(f"{len(table.characteristics)} characteristics, {len(table.crosses)} crosses, special values, words")
    sample = _many(frame, card)
    started = time.process_time()
    python = card.points(sample)
    score = card.total(sample)
    print(f"Python {time.process_time() - started:.1f} CPU-s", flush=True)
    _report("DuckDB", python, score, _from_duckdb(card, sample))
    _report("PMML", python, score, _from_pmml(card, sample))


def _with_words(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with a characteristic of words, some of them odd."""
    words = np.array(["owns", "rents, furnished", "with 'parents'", "租房", "a & b <c>"], dtype=object)
    place = (frame["age"].to_numpy() + frame["NumberRealEstateLoansOrLines"].to_numpy()) % len(words)
    return frame.assign(home=np.where(frame["age"] % 11 == 0, None, words[place]))


def _many(frame: pd.DataFrame, card: Scorecard) -> pd.DataFrame:
    """Rows drawn column by column, a third of the numbers put exactly on a cut or right beside one, some missing."""
    rng = np.random.default_rng(6)
    drawn = {name: frame[name].to_numpy()[rng.integers(len(frame), size=ROWS)] for name in frame}
    for characteristic in card.table_.characteristics:
        if characteristic.named:
            drawn[characteristic.name][rng.random(ROWS) < 0.02] = "never seen"
            continue
        cuts = np.array([attribute.least for attribute in characteristic.attributes[1:]], dtype=np.float64)
        values = drawn[characteristic.name].astype(np.float64)
        at = rng.choice(cuts, size=ROWS)
        beside = np.select(
            [rng.random(ROWS) < 1 / 3, rng.random(ROWS) < 1 / 2],
            [at, np.nextafter(at, -np.inf)],
            np.nextafter(at, np.inf),
        )
        values = np.where(rng.random(ROWS) < 1 / 3, beside, values)
        drawn[characteristic.name] = np.where(rng.random(ROWS) < 0.03, np.nan, values)
    return pd.DataFrame(drawn)


def _from_duckdb(card: Scorecard, sample: pd.DataFrame) -> pd.DataFrame:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "applicants.parquet"
        sample.to_parquet(path)  # NaN stays NaN in a Parquet file
        with duckdb.connect() as engine:
            engine.execute(f"CREATE VIEW applicants AS SELECT * FROM read_parquet('{path}')")
            started = time.process_time()
            found = engine.execute(card.to_sql("duckdb", "applicants")).df()
            print(f"DuckDB {time.process_time() - started:.1f} CPU-s", flush=True)
    added = [name for name in found if name.startswith("points_") or name == "score"]
    return found[added].rename(columns=lambda name: name.removeprefix("points_"))


def _from_pmml(card: Scorecard, sample: pd.DataFrame) -> pd.DataFrame:
    if not jpype.isJVMStarted():
        jpype.startJVM("-Xmx1g", "-XX:+UseSerialGC", classpath=jpmml_evaluator._classpath([]))  # noqa: SLF001
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "card.pmml"
        path.write_text(card.to_pmml(), encoding="utf-8")
        model = jpmml_evaluator.make_evaluator(str(path), backend="jpype").verify().javaEvaluator
    names = [part.name for part in (*card.table_.characteristics, *card.table_.crosses)]
    columns = {c.name: sample[c.name].tolist() for c in card.table_.characteristics}
    points, score = np.zeros((len(sample), len(names)), dtype=np.int64), np.zeros(len(sample), dtype=np.int64)
    target = model.getTargetFields()[0].getName()
    make: Any = jpype.java.util.HashMap
    started = time.process_time()
    for row in range(len(sample)):
        given = make()
        for name, values in columns.items():
            if values[row] is not None and values[row] == values[row]:
                given.put(name, values[row])
        answer = model.evaluate(given)
        points[row] = [int(part.getValue()) for part in answer.get(target).getPartialScores()]
        score[row] = int(answer.get("score"))
    print(f"PMML {time.process_time() - started:.1f} CPU-s", flush=True)
    return pd.DataFrame(points, columns=names).assign(score=score)


def _report(engine: str, python: pd.DataFrame, score: np.ndarray[Any, Any], other: pd.DataFrame) -> None:
    differ = {name: int((python[name].to_numpy() != other[name].to_numpy()).sum()) for name in python}
    differ["score"] = int((score != other["score"].to_numpy()).sum())
    print(
        f"{engine}: {len(score):,} rows, {sum(differ.values())} of {len(differ) * len(score):,} integers differ",
        flush=True,
    )
    for name, count in differ.items():
        if count:
            print(f"  {name}: {count}")
