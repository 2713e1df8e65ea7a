"""Reference values for crates/attribution: a small simulated organisation and what the Python model of the design makes of it.

usage: attribution.py REFERENCE_FOLDER ORGANISATION...   (folders written by make_org.py; both stand beside the project)
"""

import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, sys.argv[1])
import attribution as model  # noqa: E402
import run_reference as runner  # noqa: E402

OUT = Path(__file__).parent / "attribution"
HOUR = 3_600_000_000


def captured(folder, sensitivity):
    """The problem as the reference builds it, and its fit."""
    kept = {}
    problem, fit = model.Problem, model.fit

    def keep_problem(*arguments, **named):
        kept["problem"] = problem(*arguments, **named)
        return kept["problem"]

    def keep_fit(data, factors, **named):
        kept["factors"] = factors
        kept["fit"] = fit(data, factors, **named)
        return kept["fit"]

    runner.M.Problem, runner.M.fit = keep_problem, keep_fit
    incidents, deployments, _ = runner.solve(folder, sensitivity)
    runner.M.Problem, runner.M.fit = problem, fit
    return kept["problem"], kept["factors"], kept["fit"], incidents, deployments


def without_differences(folder, problem):
    """Takes out what the two differ in by design, so that the rest can be compared exactly: known causes beyond the look-back (the
    reference ignores them) and incidents of the last four hours (it takes a rollback that has not happened yet for none)."""
    far = set(np.flatnonzero((problem.lab >= 0) & (problem.labpair < 0)))
    late = set(np.flatnonzero(problem.it > problem.T - 4))
    path = Path(folder) / "incidents.csv"
    header, *rows = path.read_text().splitlines()
    rows = [row.rsplit(",", 1)[0] + "," if place in far else row for place, row in enumerate(rows) if place not in late]
    path.write_text("\n".join([header, *rows]) + "\n")
    return len(far | late)


def case(folder, sensitivity):
    while True:
        problem, factors, fit, incidents, deployments = captured(folder, sensitivity)
        if not without_differences(folder, problem):
            break
    dep, inc, svc, edge, span = runner.load(folder)
    names = {name: place for place, name in enumerate(svc["service"])}
    teams = {name: place for place, name in enumerate(sorted(set(svc["team"])))}
    ids = {name: place for place, name in enumerate(dep["deployment_id"])}
    micros = lambda hours: [int(round(value * HOUR)) for value in hours]
    back = [None] * len(dep)
    for row, target in enumerate(dep["rolls_back_deployment_id"]):
        if target:
            at = micros([dep["t"][row]])[0]
            back[ids[target]] = at if back[ids[target]] is None else min(back[ids[target]], at)
    consumers = [set() for _ in names]
    for consumer, provider in edge.iter_rows():
        consumers[names[provider]].add(names[consumer])
    rounded = lambda values: [round(float(value), 12) for value in values]
    return {
        "span_hours": span,
        "sensitivity": sensitivity,
        "deployments": {"at": micros(dep["t"]), "service": [names[name] for name in dep["service"]], "rolled_back_at": back},
        "factors": {name: [int(level) for level in levels] for name, levels in factors.items()},
        "incidents": {
            "at": micros(inc["t"]),
            "service": [names[name] for name in inc["service"]],
            "label": [ids[name] if name else None for name in inc["caused_by_deployment_id"]],
        },
        "consumers": [sorted(row) for row in consumers],
        "teams": [teams[name] for name in svc["team"]],
        "expected": {
            "pairs": len(problem.pd),
            "iterations": int(fit.iters),
            "objective": rounded(fit.hist),
            "p_change": rounded(incidents["p_change"]),
            "top_probability": rounded(incidents["top_probability"]),
            "p_failed": rounded(deployments["p_failed"]),
            "kernel": rounded(fit.g[0]),
            "relations": rounded(fit.rho),
            "classes": rounded(fit.v),
            "ratios": rounded(fit.LR),
        },
    }


OUT.mkdir(exist_ok=True)
for folder in sys.argv[2:]:
    for sensitivity in ("conservative", "normal"):
        text = json.dumps(case(folder, sensitivity), separators=(",", ":"))
        OUT.joinpath(f"{Path(folder).name}-{sensitivity}.json").write_text(text + "\n")
