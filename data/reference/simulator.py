"""Reference values for crates/testkit: how the organisations of the Python simulator of the design are distributed, and what its
scorer says of one small case.

usage: simulator.py REFERENCE_FOLDER   (it stands beside the project; takes some minutes)
"""

import contextlib
import csv
import io
import json
import subprocess
import sys
from multiprocessing import Pool
from pathlib import Path

import numpy as np

REFERENCE = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(REFERENCE))
sys.argv = ["make_org.py", "--list"]
with contextlib.redirect_stdout(io.StringIO()):
    import make_org  # noqa: E402
import simulator  # noqa: E402

HERE = Path(__file__).parent
SEEDS = 64
NORMAL, FIX, ROLLBACK = range(3)


def quantile(values, level):
    return float(np.quantile(values, level)) if len(values) else 0.0


def share(mask):
    return float(np.mean(mask)) if len(mask) else 0.0


def working(hours, first, last):
    hour = np.floor(hours).astype(int) % 168
    return (hour < 120) & (hour % 24 >= first) & (hour % 24 < last)


def dispersion(services, hours, block, fewest, size):
    """Mean over services with enough events: variance over mean of their counts by block of time."""
    ratios = []
    for service in range(size):
        own = hours[services == service]
        if len(own) >= fewest:
            counts = np.bincount(np.floor(own / block).astype(int))
            ratios.append(counts.var() / counts.mean())
    return float(np.mean(ratios)) if ratios else 0.0


def follow_closely(services, hours):
    """Share of events within two hours after another one on the same service."""
    order = np.lexsort((hours, services))
    services, hours = services[order], hours[order]
    close = (services[1:] == services[:-1]) & (hours[1:] - hours[:-1] <= 2)
    return float(close.sum() / max(len(hours), 1))


def noise_of(services, size):
    """Services with more than five times as many background incidents as the median."""
    counts = np.bincount(services, minlength=size)
    return counts > 5 * np.median(counts)


def seen_on(consumers, services, deployed):
    """Among incidents whose deployed service has such consumers: the share on one of them."""
    rows = [seen in consumers[cause] for seen, cause in zip(services, deployed) if len(consumers[cause])]
    return float(np.mean(rows)) if rows else 0.0


def unrelated(organisation, services, deployed):
    near, far = organisation["consumers"], organisation["cons2"]
    rows = [seen != cause and seen not in near[cause] and seen not in far[cause] for seen, cause in zip(services, deployed)]
    return float(np.mean(rows)) if rows else 0.0


def summary(organisation):
    dep, inc, team = organisation["dep"], organisation["inc"], organisation["team"]
    services, span = organisation["S"], organisation["T"]
    kind, at, owner = dep["kind"], dep["t"], dep["s"]
    planned = kind == NORMAL
    caused = inc["cause"] >= 0
    first = caused & ~inc["dup"]
    lags = inc["t"][first] - at[inc["cause"][first]]
    failed = np.zeros(len(at), bool)
    failed[inc["cause"][caused]] = True
    base = kind != ROLLBACK
    rates = np.array([share(failed[base & (team[owner] == number)]) for number in range(organisation["G"])])
    per_service = np.bincount(owner[planned], minlength=services)
    background = inc["t"][~caused], inc["s"][~caused]
    noise = np.sort(np.bincount(background[1], minlength=services))[::-1]
    backs = np.flatnonzero(dep["rbptr"] >= 0)
    undone = at[backs] - at[dep["rbptr"][backs]]
    culprit = failed[dep["rbptr"][backs]]
    loud = noise_of(background[1], services)
    loud_rows = loud[background[1]]
    minute = (at[planned] % 24) - 14
    day = np.floor(at[planned] / 24).astype(int) % 7
    result = {
        "planned deployments": planned.sum(),
        "fixes to planned deployments": (kind == FIX).sum() / planned.sum(),
        "rollbacks to planned deployments": (kind == ROLLBACK).sum() / planned.sum(),
        "share of rollbacks with a pointer": len(backs) / max((kind == ROLLBACK).sum(), 1),
        "log median hours until rolled back": np.log(max(quantile(undone, 0.5), 1e-9)),
        "recorded rollbacks of culprits to caused": culprit.sum() / max(first.sum(), 1),
        "recorded rollbacks in vain to background": (~culprit).sum() / max((~caused).sum(), 1),
        "fixes to incidents": (kind == FIX).sum() / (~inc["dup"]).sum(),
        "share of small deployments": share(dep["size"][planned] == 0),
        "share of large deployments": share(dep["size"][planned] == 2),
        "share deployed in working hours": share(working(at[planned], 9, 18)),
        "share deployed with a train": share((minute >= 0) & (minute < 0.5) & (day >= 1) & (day <= 3)),
        "share of the busiest service": per_service.max() / per_service.sum(),
        "median deployments of a service": np.median(per_service),
        "weekly dispersion of deployments": dispersion(owner[planned], at[planned], 168, 50, services),
        "incidents": len(inc["t"]),
        "share caused": share(caused),
        "share of duplicates": share(inc["dup"]),
        "share of caused on the deployed service": share(inc["s"][first] == owner[inc["cause"][first]]),
        "share on a consumer where there is one": seen_on(organisation["consumers"], inc["s"][first], owner[inc["cause"][first]]),
        "share two hops away where there is one": seen_on(organisation["cons2"], inc["s"][first], owner[inc["cause"][first]]),
        "share on an unrelated service": unrelated(organisation, inc["s"][first], owner[inc["cause"][first]]),
        "share of caused found at night": share((inc["t"][first] % 24 < 8) | (inc["t"][first] % 24 >= 22)),
        "share of caused found in working hours": share(working(inc["t"][first], 8, 19)),
        "incidents of a failed deployment": caused.sum() / max(failed.sum(), 1),
        "change failure rate": share(failed[base]),
        "failure rate of small deployments": share(failed[planned & (dep["size"] == 0)]),
        "failure rate of large deployments": share(failed[planned & (dep["size"] == 2)]),
        "labelled share of caused": share(inc["lab"][caused] >= 0),
        "labelled share of background": share(inc["lab"][~caused] >= 0),
        "share of background on the noisiest tenth": noise[: services // 10].sum() / noise.sum(),
        "share of loud services": share(loud),
        "share of loud background that follows closely": follow_closely(background[1][loud_rows], background[0][loud_rows]),
        "share of background in working hours": share(working(background[0], 8, 19)),
        "share of background that follows closely": follow_closely(background[1], background[0]),
        "four-weekly dispersion of background": dispersion(background[1], background[0], 672, 20, services),
        "dependencies": sum(map(len, organisation["consumers"])),
        "most consumers of a service": max(map(len, organisation["consumers"])),
        "largest team's share of services": np.bincount(team).max() / services,
    }
    for level in (10, 25, 50, 75, 90, 99):
        result[f"log lag in hours, quantile {level}"] = np.log(max(quantile(lags, level / 100), 1e-9))
    for level in (10, 50, 90):
        result[f"team failure rate, quantile {level}"] = quantile(rates, level / 100)
    return {name: float(value) for name, value in result.items()}


def figures(job):
    regime, seed = job
    return summary(simulator.simulate(simulator.Cfg(seed=seed, **make_org.REGIMES[regime])))


def distributions():
    regimes = {}
    with Pool(2) as pool:
        for regime in make_org.REGIMES:
            rows = pool.map(figures, [(regime, 1000 + seed) for seed in range(SEEDS)])
            column = lambda name: [row[name] for row in rows]
            regimes[regime] = {
                name: {"mean": float(f"{np.mean(column(name)):.8g}"), "deviation": float(f"{np.std(column(name), ddof=1):.8g}")}
                for name in rows[0]
            }
            print(regime, flush=True)
    HERE.joinpath("simulator.json").write_text(json.dumps({"seeds": SEEDS, "regimes": regimes}, indent=1) + "\n")


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def write(path, rows):
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def scores():
    """A small organisation with made-up answers of every quality, and what the reference's scorer says of them."""
    folder, tables = HERE / "score", HERE / "score" / "tables"
    tables.mkdir(parents=True, exist_ok=True)
    settings = ["S=10", "G=6", "weeks=4", "rate_hi=2", "rate_lo=0.2", "cfr_scale=4", "labels=0.2"]
    command = [sys.executable, "make_org.py", "--regime", "small", "--seed", "5", "--out", folder.resolve(), "--set", *settings]
    subprocess.run(command, cwd=REFERENCE, check=True)
    for name in ("as_of", "dependencies.csv"):
        (folder / name).unlink()
    random = np.random.default_rng(7)
    deployments = [row["deployment_id"] for row in rows_of(folder / "deployments.csv")]
    answers = []
    for row in rows_of(folder / "truth.csv"):
        cause = row["cause_deployment_id"]
        p = round(float(random.beta(4, 2) if cause else random.beta(2, 4)), 3)
        guess = cause if cause and random.random() < 0.6 else str(random.choice(deployments))
        if random.random() < 0.9:  # what has no answer counts as probability 0
            top = guess if random.random() < 0.9 else ""
            answers.append({"incident_id": row["incident_id"], "p_change": p, "top_deployment_id": top})
    write(tables / "incident_attribution.csv", answers)
    outcomes = [{"deployment_id": name, "p_failed": round(float(random.beta(1, 5)), 3)} for name in deployments if random.random() < 0.95]
    write(tables / "deployment_outcomes.csv", outcomes)
    subprocess.run([sys.executable, REFERENCE / "score_org.py", folder, tables], check=True)
    said = json.loads((folder / "score.json").read_text())["sequela"]
    (folder / "score.json").unlink()
    (folder / "expected.json").write_text(json.dumps(said, indent=1) + "\n")


if __name__ == "__main__":
    scores()
    distributions()
