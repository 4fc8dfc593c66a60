"""How well does the card by hand tell good from bad, on people whom it never saw?

    python benchmarks/by_hand_card.py SHARED_DATA

On the Czech bank (berka/): each loan by what was known at the end of the month before it. On Taiwan's card holders
(taiwan/): each month's bill is a due of kind card, open until a month whose status says that nothing is owed; bill and
limit are balances at the month's end; good and bad is the default of the month after. Prints the AUC of the expert card
with its 95 % interval, and on the Czech bank that of the card fitted to 1996, out of time.
"""

import os
import sys
import tempfile
from datetime import date
from pathlib import Path

import numpy as np

os.environ.setdefault("STANDING_TODAY", "2026-06-15")

from goodstanding.cards import expert_card
from goodstanding.cards.development_sample import development_sample
from goodstanding.cards.training import learn_card
from goodstanding.engines import Duck, files, literal
from goodstanding.months import Month
from goodstanding.programmes import load_programme
from goodstanding.records import folder_feeds, load
from goodstanding.records.adapters import berka_feeds
from goodstanding.scorecard import Discrimination, discrimination
from goodstanding.scorecard.table import free_total, table_points
from goodstanding.scoring import score_month
from goodstanding.scoring.manifest import scores_files
from goodstanding.statements import build_statements
from goodstanding.store import Workspace

TODAY = date(2026, 6, 15)
SEPTEMBER = Month(2005, 9)


def said(what: str, found: Discrimination | None) -> None:
    if found is None:
        print(f"{what}: too few")
        return
    low, high = found.auc_interval
    interval = f"95 % interval {low:.3f} - {high:.3f}"
    print(f"{what}: AUC {found.auc:.3f}, {interval}, n {found.n:,}, bad {found.bad:,}", flush=True)


def berka(folder: Path, room: Workspace) -> None:
    load(room, berka_feeds(folder), TODAY)
    build_statements(room)
    definition = load_programme("sesame")
    sample, card = development_sample(room, definition.programme), expert_card(definition)
    values = {c.name: sample.values[c.name] for c in card.characteristics}
    total = free_total(card, table_points(card, values), len(sample))
    known = {name: found for name, found in sample.values.items() if name in {c.characteristic for c in card.ceilings}}
    held = [
        card.score({name: found[n] for name, found in known.items() if not np.isnan(found[n])}, int(total[n]))
        for n in range(len(sample))
    ]
    said("Czech bank, card by hand, all loans", discrimination(np.array(held, dtype=np.float64), sample.bad))
    fitted = learn_card(room, definition, Month(1996, 12))
    said("Czech bank, card fitted to 1996, out of time", fitted.out_of_time)
    said("Czech bank, the same without caps", fitted.uncapped_out_of_time)


def taiwan(file: Path, folder: Path, room: Workspace) -> None:
    folder.mkdir()
    with Duck() as duck:
        duck.run(f"CREATE TABLE given AS SELECT * FROM {files([file])}")
        # Status, bill and limit from September back to April.
        status = [f"PAY_{n}" for n in (0, 2, 3, 4, 5, 6)]
        bills = [f"BILL_AMT{n}" for n in range(1, 7)]
        duck.run("CREATE TABLE p AS SELECT 'P' || row_number() OVER () AS person_id, * FROM given")
        parts = [
            f'SELECT person_id, {5 - n} AS month, CAST("{s}" AS INTEGER) AS status, CAST("{b}" AS BIGINT) AS bill, '
            "CAST(LIMIT_BAL AS BIGINT) AS credit FROM p"
            for n, (s, b) in enumerate(zip(status, bills, strict=True))
        ]
        duck.run(f"CREATE TABLE m AS {' UNION ALL '.join(parts)}")
        first = literal(SEPTEMBER.plus(-5).first_day)
        day, paid = (f"CAST({first} + to_months(CAST({month} AS INTEGER)) AS DATE)" for month in ("month", "settled"))
        common = "'bank' AS source"
        once = f"{first} AS happened_on, {first} AS known_on, {common}"
        duck.write_parquet(f"SELECT person_id, person_id AS record_id, {once} FROM p", folder / "people.parquet")
        later = (
            "SELECT min(l.month) FROM m AS l WHERE l.person_id = m.person_id AND l.month >= m.month AND l.status <= 0"
        )
        duck.run(f"CREATE TABLE s AS SELECT *, ({later}) AS settled FROM m")
        known = f"coalesce({paid}, {day}) + 9"
        due = (
            f"SELECT person_id, person_id || '/' || month AS record_id, {day} + 9 AS happened_on, "
            f"{known} AS known_on, {common}, 'card' AS kind, greatest(bill, 1) * 100 AS amount_minor, "
            f"{paid} + 9 AS paid_on, CASE WHEN settled IS NULL THEN 0 ELSE greatest(bill, 1) * 100 END AS paid_minor, "
            "'TWD' AS currency FROM s"
        )
        duck.write_parquet(due, folder / "dues.parquet")
        balances = " UNION ALL ".join(
            f"SELECT person_id, person_id || '/{kind}/' || month AS record_id, last_day({day}) AS happened_on, "
            f"last_day({day}) AS known_on, {common}, '{kind}' AS kind, {amount} * 100 AS amount_minor, "
            "'TWD' AS currency FROM m"
            for kind, amount in (("card_used", "greatest(bill, 0)"), ("card_limit", "credit"))
        )
        duck.write_parquet(balances, folder / "balances.parquet")
        load(room, folder_feeds(folder), TODAY)
        build_statements(room)
        definition = load_programme("sesame")
        run = score_month(room, definition, SEPTEMBER, TODAY)
        scores = files(scores_files(room, "sesame", SEPTEMBER, run.run))
        bad = "CAST(p.default_payment_next_month AS INTEGER) AS bad"
        chosen = f"{scores} AS s JOIN p USING (person_id) WHERE score IS NOT NULL"
        found = duck.columns(f"SELECT CAST(score AS DOUBLE) AS score, {bad} FROM {chosen}")
    said("Taiwan, card by hand", discrimination(found["score"], found["bad"].astype(bool)))
    print(
        f"  {run.people:,} people, {run.scored:,} scored, not scored: {dict(run.not_scored)}; bands: {dict(run.bands)}"
    )


if __name__ == "__main__":
    data = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as made:
        berka(data / "berka", Workspace(Path(made) / "berka"))
        clients = data / "taiwan" / "default_of_credit_card_clients.parquet"
        taiwan(clients, Path(made) / "files", Workspace(Path(made) / "taiwan"))
