"""Reference values for gibbs.rs and placebo.rs of crates/attribution: long runs of the Python model of the design on the organisations
of `attribution/*.json`.

usage: intervals.py REFERENCE_FOLDER   (stands beside the project; the organisations are written by attribution.py; about ten minutes)
"""

import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, sys.argv[1])
import attribution as model  # noqa: E402

FOLDER = Path(__file__).parent / "attribution"
HOUR = 3_600_000_000
SWEEPS, BURN, BATCH, COPIES = 20_500, 500, 1_000, 200


def related(organisation):
    """Relations and fan-out as the model takes them: nearest first, own service, direct, two hops, same team."""
    consumers, team = [set(row) for row in organisation["consumers"]], np.array(organisation["teams"])
    lists = [[(service, 0)] for service in range(len(team))]
    reach = np.zeros((len(team), 4))
    reach[:, 0] = 1
    for provider, direct in enumerate(consumers):
        second = {far for near in direct for far in consumers[near]} - direct - {provider}
        same = set(np.flatnonzero(team == team[provider]).tolist()) - direct - second - {provider}
        for relation, services in ((1, direct), (2, second), (3, same)):
            reach[provider, relation] = len(services)
            for service in sorted(services):
                lists[service].append((provider, relation))
    return lists, reach


class Organisation:
    def __init__(self, name):
        self.data = json.loads(FOLDER.joinpath(name).read_text())
        given = self.data["deployments"]
        self.at, self.service = np.array(given["at"]) / HOUR, np.array(given["service"])
        self.back = np.array([np.inf if value is None else value / HOUR for value in given["rolled_back_at"]])
        self.factors = {name: np.array(self.data["factors"][name]) for name in ("team", "service", "size", "kind", "freq")}
        self.related, self.reach = related(self.data)
        given = self.data["incidents"]
        self.incident_at, self.incident_service = np.array(given["at"]) / HOUR, np.array(given["service"])
        self.labels = np.array([-2 if label is None else label for label in given["label"]])

    def marks(self, problem):
        ahead = self.back[problem.pd] - problem.it[problem.pi]
        key = problem.pi * 4 + problem.pr
        newest = np.full(key.max() + 1, np.inf)
        np.minimum.at(newest, key, problem.lag)
        stratum = np.where(problem.pr == 0, np.where(problem.lag <= newest[key] + 1e-12, 0, 1), 2)
        return 2 * stratum + ((ahead > 0) & (ahead <= 4))

    def problem(self, at, service, labels):
        return model.Problem(self.at, self.service, at, service, len(self.related), self.data["span_hours"], self.related, self.reach,
                             marks=self.marks, lab=labels)

    def fit(self, problem, sensitivity):
        return model.fit(problem, self.factors, sens=sensitivity)

    def placebo(self, copy, sensitivity):
        span, random = self.data["span_hours"], np.random.default_rng(copy)
        at, service, _ = model.shift_weeks(self.incident_at, self.incident_service, span, random)
        return float(self.fit(self.problem(at, service, np.full(len(at), -2)), sensitivity).p_caused.mean())


def summary(draws):
    """Mean, quantiles, and how far the mean of 1,000 draws lies from that of all (standard deviation over batches)."""
    batches = draws.reshape(-1, BATCH)
    return {"mean": draws.mean(), "deviation": draws.std(), "low": np.quantile(draws, 0.05), "high": np.quantile(draws, 0.95),
            "batch_mean": batches.mean(1).std(ddof=1), "batch_deviation": batches.std(1).std(ddof=1)}


def case(name):
    organisation = Organisation(name)
    sensitivity = organisation.data["sensitivity"]
    problem = organisation.problem(organisation.incident_at, organisation.incident_service, organisation.labels)
    fit = organisation.fit(problem, sensitivity)
    assert np.abs(fit.p_caused - organisation.data["expected"]["p_change"]).max() < 1e-9, name
    team, counts = organisation.factors["team"], organisation.factors["kind"] != 2
    failed, *_ = model.gibbs(problem, fit, team, counts, team.max() + 1, sweeps=SWEEPS, burn=BURN)
    placebo = np.array([organisation.placebo(copy, sensitivity) for copy in range(COPIES)])
    rows = [summary(failed[:, group].astype(float)) for group in range(failed.shape[1])] + [summary(failed.sum(1).astype(float))]
    rounded = [{key: round(float(value), 6) for key, value in row.items()} for row in rows]
    return {"organisation": name, "share": float(fit.p_caused.mean()), "teams": rounded[:-1], "all": rounded[-1],
            "placebo": {"copies": COPIES, "mean": placebo.mean(), "deviation": placebo.std(ddof=1)}}


NAMES = ("small-normal.json", "labels-normal.json")
FOLDER.joinpath("intervals.json").write_text(json.dumps([case(name) for name in NAMES]).replace("}, {", "},\n{") + "\n")
