"""Reference values for crates/stats from SciPy, NumPy, statsmodels, scikit-learn and lifelines. See README.md; versions in requirements.txt."""
"""Reference values for crates/stats from SciPy, NumPy, scikit-learn, statsmodels and lifelines. See README.md; versions in requirements.txt."""

import json
import math
import warnings
from pathlib import Path

import numpy as np
import statsmodels.api as sm
from lifelines import KaplanMeierFitter
from lifelines.statistics import multivariate_logrank_test
from lifelines.utils import median_survival_times, qth_survival_times
from scipy import optimize, special, stats
from sklearn import calibration, metrics
from statsmodels.stats.contingency_tables import StratifiedTable, Table2x2
from sklearn import calibration, linear_model, metrics

OUT = Path(__file__).parent / "stats"
LEVELS = (0.90, 0.95)


def write(name, value):
    text = json.dumps(value, indent=None, allow_nan=False)
    OUT.joinpath(name).write_text(text.replace("}, {", "},\n{") + "\n")


def known(number):
    """None instead of what JSON cannot hold."""
    return float(number) if number is not None and math.isfinite(number) else None


# Shares ------------------------------------------------------------------------------------------------------------

SHARES = [(0, 1), (1, 1), (0, 5), (5, 5), (1, 10), (3, 40), (20, 40), (39, 40), (2, 100), (0, 2000), (7, 2000),
          (1000, 2000), (300, 1_000_000), (500_000, 1_000_000), (999_999, 1_000_000),
          (0.3, 7), (2.75, 33), (0.01, 50), (6.999, 7), (12.5, 12.5)]


def jeffreys(k, n, level):
    tail = (1 - level) / 2
    beta = stats.beta(k + 0.5, n - k + 0.5)
    lower = 0.0 if k == 0 else min(beta.ppf(tail), k / n)
    upper = 1.0 if k == n else max(beta.isf(tail), k / n)
    return lower, upper


def wilson(k, n, level):
    z = stats.norm.isf((1 - level) / 2)
    # The two roots of (p̂ − p)² n = z² p (1 − p) in p.
    p = k / n
    roots = np.roots([n + z * z, -(2 * n * p + z * z), n * p * p]).real
    return (0.0 if k == 0 else float(min(roots))), (1.0 if k == n else float(max(roots)))


def proportions():
    rows = []
    for k, n in SHARES:
        for level in LEVELS:
            row = {"failures": k, "trials": n, "level": level, "jeffreys": jeffreys(k, n, level), "wilson": wilson(k, n, level)}
            if float(k).is_integer() and float(n).is_integer() and n < 1e5:
                interval = stats.binomtest(int(k), int(n)).proportion_ci(level, method="wilson")
                assert np.allclose(row["wilson"], (interval.low, interval.high), atol=1e-12), (row, interval)
            rows.append(row)
    limits = []
    for p0 in (0.001, 0.01, 0.05, 0.123, 0.5, 0.9):
        for n in (1, 2, 5, 20, 61, 400, 12_345, 1_000_000):
            for tail in (0.001, 0.025):
                low, high = stats.binom.ppf([tail, 1 - tail], n, p0)
                limits.append({"p0": p0, "n": n, "tail": tail, "low": int(low), "high": int(high)})
    write("proportion.json", {"intervals": rows, "limits": limits})


def tails():
    """Exact binomial tails, and the incomplete beta functions that continue them between whole numbers."""
    rows = []
    for k, n in [(0, 5), (5, 5), (1, 10), (3, 40), (0, 150), (2, 100), (7, 2000), (300, 20_000), (0.3, 7), (2.75, 33), (12.5, 400)]:
        for rate in (0.02, 0.05, 0.3):
            few, many = float(special.betainc(n - k, k + 1, 1 - rate)) if k < n else 1.0, float(special.betainc(k, n - k + 1, rate)) if k > 0 else 1.0
            if float(k).is_integer():
                assert np.allclose((few, many), (stats.binom.cdf(k, n, rate), stats.binom.sf(k - 1, n, rate)), rtol=1e-10), (k, n, rate)
            rows.append({"failures": k, "trials": n, "rate": rate, "few": few, "many": many})
    write("tails.json", rows)


# Strata ------------------------------------------------------------------------------------------------------------

def strata():
    """Risk ratios over strata: statsmodels where it has them, the variance of Greenland and Robins written out table by table."""
    cases = {
        "one": [(12, 100, 6, 120)], "one, none differ": [(5, 50, 10, 100)], "two, Simpson": [(30, 60, 90, 180), (4, 180, 1, 60)],
        "three": [(3, 41, 5, 220), (8, 60, 6, 70), (1, 9, 12, 310)], "a stratum without failures": [(4, 40, 3, 60), (0, 25, 0, 31)],
        "a stratum of one group": [(4, 40, 3, 60), (2, 9, 0, 0), (0, 0, 7, 30)], "sparse": [(1, 2, 0, 3), (0, 1, 1, 4), (1, 1, 1, 5), (0, 3, 2, 2)],
        "large": [(310, 4000, 1200, 18_000), (90, 700, 400, 4100)],
        "none in the group": [(0, 40, 3, 60)], "none in the other": [(2, 40, 0, 60)], "all failed": [(5, 5, 8, 8)],
        "expected": [(2.31, 40, 1.05, 37), (0.42, 12, 3.9, 160)],
    }
    rows = []
    for name, tables in cases.items():
        used = [t for t in tables if t[1] > 0 and t[3] > 0 and t[0] + t[2] > 0]
        top = sum(a * n0 / (n1 + n0) for a, n1, b, n0 in used)
        below = sum(b * n1 / (n1 + n0) for a, n1, b, n0 in used)
        value = top / below if below > 0 else None
        if value and all(float(x).is_integer() for t in used for x in t):
            blocks = [np.array([[a, n1 - a], [b, n0 - b]], dtype=float) for a, n1, b, n0 in used]
            assert np.isclose(StratifiedTable(blocks).riskratio_pooled, value), name
        spread = sum(((a + b) * n1 * n0 - a * b * (n1 + n0)) / (n1 + n0) ** 2 for a, n1, b, n0 in used)
        error = math.sqrt(spread / (top * below)) if value else None
        if value and len(used) == 1 and error > 0:
            block = Table2x2(np.array([[used[0][0], used[0][1] - used[0][0]], [used[0][2], used[0][3] - used[0][2]]], dtype=float))
            assert np.isclose(block.log_riskratio_se, error), (name, block.log_riskratio_se, error)
        for level in LEVELS:
            z = stats.norm.isf((1 - level) / 2)
            rows.append({"name": name, "level": level, "strata": tables, "told": len(used), "value": value,
                         "lower": value * math.exp(-z * error) if value else None, "upper": value * math.exp(z * error) if value else None,
                         "p": float(2 * stats.norm.sf(abs(math.log(value)) / error)) if value and error > 0 else None})
    write("strata.json", rows)


# Counts ------------------------------------------------------------------------------------------------------------

def counts():
    rows = []
    for events in (0, 1, 2, 5, 12, 100, 2500, 1_000_000, 0.02, 3.7):
        for level in LEVELS:
            tail = (1 - level) / 2
            gamma = stats.gamma(events + 0.5)
            exposure = 26.0
            lower = 0.0 if events == 0 else min(gamma.ppf(tail), events)
            rows.append({"events": events, "exposure": exposure, "level": level,
                         "lower": lower / exposure, "upper": max(gamma.isf(tail), events) / exposure})
    write("count.json", rows)


# Excess ------------------------------------------------------------------------------------------------------------

EXCESSES = [(0, 3, 0.2), (3, 3, 0.2), (4, 4, 0.5), (6, 6, 0.263158), (3, 4, 0.0613267), (87, 400, 0.04), (27, 30, 0.018), (5, 900, 0.009),
            (1, 1, 1e-6), (12, 12, 1e-4), (2000, 9000, 0.2), (40, 100, 0.4)]


def excesses():
    rows = []
    for here, every, share in EXCESSES:
        for level in LEVELS:
            ends = stats.binomtest(here, every).proportion_ci(level, method="exact")
            rows.append({"here": here, "all": every, "share": share, "level": level, "expected": every * share,
                         "p": stats.binomtest(here, every, share, alternative="greater").pvalue,
                         "lower": ends.low / share, "upper": ends.high / share})
    write("excess.json", rows)


# Samples -----------------------------------------------------------------------------------------------------------

def samples():
    rng = np.random.default_rng(20)
    cases = {
        "one": [3.5], "two": [1.0, 4.0], "three": [7.25, 0.5, 2.0], "five": [5.0, 1.0, 4.0, 2.0, 3.0],
        "ties": [2.0, 2.0, 2.0, 9.0, 1.0, 2.0], "all equal": [4.0] * 7, "with zero and negative": [0.0, -3.0, 12.5, 1e-3],
        "long tail": np.round(rng.lognormal(1, 1.8, 60), 4).tolist(), "thousand": np.round(rng.exponential(5, 1000), 6).tolist(),
    }
    rows = []
    for name, values in cases.items():
        n = len(values)
        quantiles = {str(q): float(np.quantile(values, q)) for q in (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1.0)}
        row = {"name": name, "values": values, "mean": float(np.mean(values)), "median": float(np.median(values)),
               "lower_median": float(np.percentile(values, 50, method="inverted_cdf")), "quantiles": quantiles, "intervals": []}
        for level in LEVELS:
            student = stats.t.interval(level, n - 1, np.mean(values), stats.sem(values)) if n > 1 and len(set(values)) > 1 else None
            row["intervals"].append({"level": level, "student": student, "order": {
                str(q): order_statistics(sorted(values), q, level) for q in (0.5, 0.9)}})
        rows.append(row)
    write("sample.json", rows)


def order_statistics(ordered, q, level):
    """By trying every index: the narrowest bounds with at most (1 − level)/2 outside on each side."""
    n, tail = len(ordered), (1 - level) / 2
    lower = [ordered[i - 1] for i in range(1, n + 1) if stats.binom.cdf(i - 1, n, q) <= tail]
    upper = [ordered[i - 1] for i in range(1, n + 1) if stats.binom.sf(i - 1, n, q) <= tail]
    return (max(lower) if lower else None), (min(upper) if upper else None)


# Tests -------------------------------------------------------------------------------------------------------------

def tests():
    rng = np.random.default_rng(4)
    lists = [[0.03], [0.01, 0.02, 0.03, 0.04, 0.05], [0.5, 0.5, 0.001, 1.0], rng.uniform(0, 1, 40).round(4).tolist() + [1e-7, 0.0]]
    adjusted = [{"p": p, "adjusted": stats.false_discovery_control(p).tolist()} for p in lists]
    # Tests that were made and have no p-value here are ones: so the first adjusted values of the longer list.
    among = [{"p": p, "tests": 3 * len(p), "adjusted": stats.false_discovery_control(p + [1.0] * 2 * len(p)).tolist()[:len(p)]} for p in lists]
    write("tests.json", {"benjamini_hochberg": adjusted, "among": among})


# Survival ----------------------------------------------------------------------------------------------------------

def survival_cases():
    rng = np.random.default_rng(7)
    def censored(draws, share, digits):
        limit = rng.exponential(np.mean(draws) / share, len(draws))
        return np.round(np.minimum(draws, limit), digits).tolist(), (draws <= limit).astype(int).tolist()
    cases = {
        "one restored": ([5.0], [1]), "one open": ([5.0], [0]), "all open": ([3.0, 4.0, 4.0], [0, 0, 0]),
        "all at one instant": ([2.0] * 5, [1] * 5), "one instant, one open there": ([2.0] * 5, [1, 1, 1, 1, 0]),
        "at once": ([0.0, 0.0, 1.0, 2.5], [1, 0, 1, 1]),
        "flat at one half": ([1.0, 2.0, 3.0, 4.0], [1, 1, 1, 1]),
        "flat at one half with open inside": ([1.0, 2.0, 2.5, 3.0, 3.0, 9.0], [1, 1, 0, 1, 1, 1]),
        "ends flat at one half": ([1.0, 5.0], [1, 0]), "ends flat above one half": ([1.0, 2.0, 5.0, 6.0, 7.0], [1, 1, 0, 0, 0]),
        "flat at one tenth": (list(map(float, range(1, 11))), [1] * 10),
        "ties": ([1.0, 1.0, 2.0, 2.0, 2.0, 3.0, 3.0, 5.0, 8.0, 8.0], [1, 0, 1, 1, 0, 1, 0, 1, 1, 0]),
        "eight": ([0.4, 7.5, 1.1, 2.2, 3.0, 0.9, 30.0, 5.5], [1] * 8),
        "open first": ([1.0, 2.0, 3.0, 4.0, 5.0], [0, 1, 0, 1, 0]),
        "forty": censored(rng.lognormal(1, 1.5, 40), 0.2, 1), "five hundred": censored(rng.exponential(8, 500), 0.1, 1),
        "mostly open": censored(rng.lognormal(2, 1, 60), 3.0, 2),
    }
    weighted = {
        "repeats": ([1.0, 2.0, 2.0, 3.0, 5.0, 8.0], [1, 1, 0, 1, 0, 1], [2.0, 1.0, 3.0, 2.0, 1.0, 4.0]),
        "probabilities": (*censored(rng.lognormal(1, 1.2, 30), 0.2, 1), np.round(rng.uniform(0.02, 1, 30), 3).tolist()),
        "some without weight": ([1.0, 2.0, 3.0, 4.0], [1, 1, 1, 0], [1.0, 0.0, 1.0, 1.0]),
    }
    return cases, weighted


def kaplan_meier(name, durations, restored, weights=None):
    case = {"name": name, "durations": durations, "restored": restored, "weights": weights, "levels": []}
    kept = [i for i in range(len(durations)) if weights is None or weights[i] > 0]
    pick = lambda values: None if values is None else [values[i] for i in kept]
    for level in LEVELS:
        fit = KaplanMeierFitter(alpha=1 - level).fit(pick(durations), pick(restored), weights=pick(weights))
        table, band = fit.event_table, fit.confidence_interval_
        steps = []
        for time in table.index[table["observed"] > 0]:
            survival = float(fit.survival_function_.loc[time].iloc[0])
            inside = 1e-12 < survival < 1 - 1e-12
            steps.append({"time": float(time), "at_risk": float(table.loc[time, "at_risk"]), "events": float(table.loc[time, "observed"]),
                          "survival": survival, "lower": known(band.loc[time].iloc[0]) if inside else None,
                          "upper": known(band.loc[time].iloc[1]) if inside else None})
        # The first time at which curve or band is at or below 1 − q; where S is 1 or 0 lifelines has no usable band.
        defined = band[(fit.survival_function_.iloc[:, 0] > 1e-12) & (fit.survival_function_.iloc[:, 0] < 1 - 1e-12)]
        first = {}
        for q in (0.5, 0.9):
            ends = qth_survival_times(1 - q, defined) if len(defined) else None
            first[str(q)] = {"value": known(float(qth_survival_times(1 - q, fit.survival_function_.iloc[:, 0]))),
                             "lower": known(float(ends.iloc[0, 0])) if ends is not None else None,
                             "upper": known(float(ends.iloc[0, 1])) if ends is not None else None}
        if len(defined):
            median = median_survival_times(defined)
            assert [known(x) for x in median.iloc[0]] == [first["0.5"]["lower"], first["0.5"]["upper"]]
        case["levels"].append({"level": level, "steps": steps, "first_at_or_below": first})
    return case


def survival():
    cases, weighted = survival_cases()
    rows = [kaplan_meier(name, *case) for name, case in cases.items()] + [kaplan_meier(name, *case) for name, case in weighted.items()]
    write("survival.json", rows)


def log_rank():
    rng = np.random.default_rng(11)
    def group(scale, size, share):
        draws = np.round(rng.exponential(scale, size), 1)
        return draws.tolist(), (rng.uniform(0, 1, size) > share).astype(int).tolist()
    cases = {
        "two": [group(3, 25, 0.2), group(6, 30, 0.1)],
        "two small, without overlap": [([1.0, 2.0, 3.0], [1, 1, 1]), ([4.0, 5.0, 6.0], [1, 1, 1])],
        "two with ties only": [([1.0, 1.0, 2.0, 2.0], [1, 0, 1, 1]), ([1.0, 2.0, 2.0, 2.0], [1, 1, 0, 1])],
        "identical": [([1.0, 2.0, 3.0], [1, 1, 1]), ([1.0, 2.0, 3.0], [1, 1, 1])],
        "three": [group(3, 12, 0.0), group(3, 18, 0.3), group(7, 15, 0.1)],
        "one all open, late": [group(3, 20, 0.1), group(4, 20, 0.1), ([30.0, 40.0], [0, 0])],
        "eight": [group(scale, 40, 0.1) for scale in (3, 3, 3, 3, 3, 4, 5, 9)],
    }
    rows = []
    for name, groups in cases.items():
        durations, restored, labels = pooled(groups)
        test = multivariate_logrank_test(durations, labels, restored)
        rest = [multivariate_logrank_test(durations, labels == index, restored) for index in range(len(groups))]
        rows.append({"name": name, "groups": [{"durations": d, "restored": r} for d, r in groups],
                     "statistic": float(test.test_statistic), "degrees": len(groups) - 1, "p_value": float(test.p_value),
                     "rest": [{"statistic": float(one.test_statistic), "p_value": float(one.p_value)} for one in rest]})
    write("log_rank.json", rows)


def pooled(groups):
    durations = np.concatenate([np.array(group[0]) for group in groups])
    restored = np.concatenate([np.array(group[1]) for group in groups])
    labels = np.concatenate([np.full(len(group[0]), index) for index, group in enumerate(groups)])
    return durations, restored, labels


# Comparison of teams -----------------------------------------------------------------------------------------------

def compare(teams, level):
    """The beta-binomial model integrated on its grid, with SciPy's distributions and a bracketing root finder."""
    k, n = np.array(teams, dtype=float).T
    tail, pooled_rate = (1 - level) / 2, k.sum() / n.sum()
    log_s = np.linspace(np.log(3), np.log(3000), 24)
    log_odds = special.logit((k.sum() + 0.5) / (n.sum() + 1)) + np.linspace(-1.5, 1.5, 24)
    s, m = np.meshgrid(np.exp(log_s), special.expit(log_odds), indexing="ij")
    a, b = s * m, s * (1 - m)
    log_weight = stats.norm.logpdf(np.log(s), np.log(30), 1.5)
    for failures, trials in teams:
        log_weight = log_weight + special.betaln(a + failures, b + trials - failures) - special.betaln(a, b)
    weight = np.exp(log_weight - special.logsumexp(log_weight))
    rows = []
    for failures, trials in teams:
        posterior = stats.beta(a + failures, b + trials - failures)
        def quantile(probability):
            # In log odds, for relative accuracy near zero.
            excess = lambda log_odds: (weight * posterior.cdf(special.expit(log_odds))).sum() - probability
            return float(special.expit(optimize.brentq(excess, -100, 30, xtol=1e-13, rtol=1e-14)))
        verdict = None
        if trials > 0:
            low, high = stats.binom.ppf([0.001, 0.999], round(trials), pooled_rate)
            verdict = "above" if failures > high else "below" if failures < low else "inside"
        rows.append({"value": float((weight * posterior.mean()).sum()), "lower": quantile(tail), "upper": quantile(1 - tail),
                     "p_worse": float((weight * posterior.sf(pooled_rate)).sum()), "funnel": verdict})
    return rows


def comparison():
    rng = np.random.default_rng(3)
    sizes = rng.integers(1, 900, 40)
    rates = rng.beta(3, 50, 40)
    cases = {
        "one": [(3, 40)], "one without failures": [(0, 12)], "two": [(1, 10), (9, 300)],
        "four, one outside": [(2, 60), (4, 120), (38, 267), (9, 400)], "one far below": [(1, 1500), (60, 800), (30, 500)],
        "fractional": [(2.35, 41), (0.2, 17), (11.9, 160.0), (0.0, 30)], "one idle": [(3, 60), (0, 0), (6, 90)],
        "forty": [(int(rng.binomial(size, rate)), int(size)) for size, rate in zip(sizes, rates)],
        "large": [(3000, 100_000), (3600, 110_000), (10, 500)],
    }
    write("comparison.json", [{"name": name, "teams": teams, "level": level, "standings": compare(teams, level)}
                              for name, teams in cases.items() for level in LEVELS])


# A month against those before ---------------------------------------------------------------------------------------

def months():
    """Beta-binomial tails; the overdispersion by moments, written out month by month."""
    rng = np.random.default_rng(11)
    series = {"equal": [(5, 100)] * 12, "few": [(1, 9), (0, 14), (2, 7)], "none failed": [(0, 40), (0, 35), (0, 50), (0, 42)],
              "uneven": [(int(rng.binomial(size, rate)), int(size)) for size, rate in zip(rng.integers(50, 900, 12), rng.beta(4, 80, 12))],
              "fractional": [(2.5, 60), (3.25, 80), (7.75, 71), (0.4, 55)]}
    rows = []
    for name, before in series.items():
        k, n = np.array(before, dtype=float).T
        share, count = (k.sum() + 0.5) / (n.sum() + 1), len(k)
        pearson = sum(size * (failed / size - share) ** 2 / (share * (1 - share)) for failed, size in before)
        weight = sum((1 - size / n.sum()) * (size - 1) for _, size in before)
        rho = min(max((pearson - (count - 1)) / weight, 0), 0.5) * count / (count + 6)
        precision = 1 / (1 / (n.sum() + 2) + rho * (1 + 1 / count)) - 1
        for failed, size in ((0, 50), (4, 60), (30, 200), (12, 1000), (100, 1000), (2000, 40_000), (7, 7)):
            law = stats.betabinom(size, share * precision, (1 - share) * precision)
            rows.append({"name": name, "before": before, "failed": failed, "size": size, "share": share, "overdispersion": rho,
                         "low": float(law.cdf(failed)), "high": float(law.sf(failed - 1))})
    write("signal.json", rows)


# Draws -------------------------------------------------------------------------------------------------------------

DISTRIBUTIONS = {
    "normal": (stats.norm(), []), **{f"gamma {shape}": (stats.gamma(shape), [shape]) for shape in (0.05, 0.5, 1.0, 2.5, 40.0, 5000.0)},
    **{f"beta {a} {b}": (stats.beta(a, b), [a, b]) for a, b in ((28.0, 2.5), (0.5, 0.5), (3.5, 97.5))},
}


def variates():
    """Moments and quantiles of what is drawn from, and intervals of equal mixtures of betas by root finding."""
    rows = [{"name": name.split()[0], "parameters": parameters, "mean": float(law.mean()), "variance": float(law.var()),
             "quantiles": [[q, float(law.ppf(q))] for q in (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)]}
            for name, (law, parameters) in DISTRIBUTIONS.items()]
    mixtures = []
    for draws, trials in (([1.0, 5.0], 40.0), ([0.0, 0.0, 1.1], 12.0), ([30.2, 33.7, 41.5, 28.0, 36.6], 500.0), ([9.0, 10.0], 10.0)):
        law = stats.beta(np.array(draws) + 0.5, trials - np.array(draws) + 0.5)
        root = lambda q: optimize.brentq(lambda x: law.cdf(x).mean() - q, 1e-12, 1 - 1e-12, xtol=1e-15, rtol=1e-14)
        at_edge = lambda count, tail: np.mean(np.array(draws) == count) >= tail
        mixtures += [{"draws": draws, "trials": trials, "level": level,
                      "lower": 0.0 if at_edge(0, (1 - level) / 2) else root((1 - level) / 2),
                      "upper": 1.0 if at_edge(trials, (1 - level) / 2) else root((1 + level) / 2)}
                     for level in LEVELS]
    write("variate.json", {"distributions": rows, "mixtures": mixtures})


# Evaluation --------------------------------------------------------------------------------------------------------

def evaluation():
    """Scores of probabilities by scikit-learn, and tau-a by undoing what SciPy's tau-b divides by."""
    rng = np.random.default_rng(5)
    def drawn(size, sharpness):
        p = rng.beta(sharpness, sharpness, size).round(4)
        # Off the edges of the ten classes: scikit-learn puts an edge into the class below.
        p = np.where((p * 10) % 1 == 0, np.abs(p - 0.0003), p)
        return p.tolist(), (rng.uniform(0, 1, size) < p**1.3).astype(int).tolist()
    cases = {"six": ([0.91, 0.52, 0.43, 0.61, 0.0, 1.0], [1, 1, 1, 0, 0, 1]), "one or nothing": ([1.0, 1.0, 0.0, 0.0, 1.0], [1, 0, 1, 0, 1]),
             "all right": ([0.88, 0.97, 0.03], [1, 1, 0]), "forty": drawn(40, 0.5), "four hundred": drawn(400, 0.4)}
    rows = []
    for name, (p, y) in cases.items():
        called = (np.array(p) >= 0.5).astype(int)
        share, mean = calibration.calibration_curve(y, p, n_bins=10, strategy="uniform")
        counts = np.histogram(p, bins=np.linspace(0, 1, 11))[0]
        counts = counts[counts > 0]
        rows.append({"name": name, "probabilities": p, "truths": y, "precision": metrics.precision_score(y, called),
                     "recall": metrics.recall_score(y, called), "f1": metrics.f1_score(y, called), "brier": metrics.brier_score_loss(y, p),
                     "bins": [{"n": int(n), "mean": float(m), "share": float(s)} for n, m, s in zip(counts, mean, share)],
                     "calibration_error": float((counts / counts.sum() * np.abs(share - mean)).sum())})
    p, y = map(np.array, cases["four hundred"])
    intervals = [{"level": level, **resampled(lambda p, y: metrics.brier_score_loss(y, p), p, y, level)} for level in LEVELS]
    pairs = [[(1, 1), (2, 2), (3, 1)], [(1, 1), (2, 2), (3, 2)], [(1, 3), (2, 2), (3, 1)], [(0.5, 0.1), (0.2, 0.4)],
             rng.integers(0, 6, (30, 2)).tolist(), rng.uniform(0, 1, (25, 2)).round(3).tolist()]
    write("evaluation.json", {"cases": rows, "brier_intervals": intervals, "tau": [{"pairs": q, "tau": tau_a(q)} for q in pairs]})


def resampled(score, p, y, level):
    found = stats.bootstrap((p, y), score, paired=True, vectorized=False, n_resamples=20_000, confidence_level=level, method="basic", rng=3)
    return {"lower": float(found.confidence_interval.low), "upper": float(found.confidence_interval.high)}


def tau_a(pairs):
    left, right = np.array(pairs, dtype=float).T
    everything = math.comb(len(left), 2)
    untied = lambda values: everything - sum(math.comb(n, 2) for n in np.unique(values, return_counts=True)[1])
    return float(stats.kendalltau(left, right, variant="b").statistic * math.sqrt(untied(left) * untied(right)) / everything)


# Two rates -----------------------------------------------------------------------------------------------------------

def rate_ratios():
    rows = []
    for first, second in ((4, 8), (0, 6), (6, 0), (1, 1), (12, 9), (250, 1000), (30_000, 28_000), (0, 1), (3, 5)):
        for exposures in ((168.0, 672.0), (168.0, 31.5)):
            for level in LEVELS:
                share = stats.binomtest(first, first + second).proportion_ci(level, method="exact")
                scale = exposures[1] / exposures[0]
                odds = [p / (1 - p) * scale if p < 1 else math.inf for p in share]
                rows.append({"first": first, "second": second, "exposures": exposures, "level": level,
                             "value": known(first / second * scale) if second else None, "lower": odds[0], "upper": known(odds[1])})
    limits = []
    for events in (0, 1, 5, 8, 20, 300, 20_000):
        for exposure in (1.0, 7.0):
            for tail in (0.01, 0.001):
                share = exposure / (exposure + 28.0)
                k = 0
                while stats.binom.sf(k, events + k + 1, share) > tail:
                    k += 1
                limits.append({"events": events, "earlier": 28.0, "exposure": exposure, "tail": tail, "limit": k})
    write("rate_ratio.json", {"ratios": rows, "limits": limits})
# Association ---------------------------------------------------------------------------------------------------------

def correlations():
    """SciPy's rho; p by all orders up to eight pairs, else Student's; the interval of Bonett and Wright written out."""
    rng = np.random.default_rng(12)
    def noisy(size, ties):
        left = rng.normal(0, 1, size).round(ties)
        return list(zip(left.tolist(), (0.5 * left + rng.normal(0, 1, size)).round(ties).tolist()))
    cases = {"five": [(1, 2), (2, 3), (3, 1), (4, 9), (5, 4)], "one order": [(1, 1), (2, 4), (3, 9), (4, 16), (5, 25)],
             "ties": [(1, 0), (1, 0), (2, 0), (3, 1), (3, 2), (4, 0)], "eight": noisy(8, 1), "three": [(1, 2), (2, 1), (3, 3)],
             "twelve": noisy(12, 1), "two hundred": noisy(200, 2), "mostly ties": noisy(60, 0)}
    rows = []
    for name, pairs in cases.items():
        x, y = np.array(pairs, dtype=float).T
        n, found = len(x), stats.spearmanr(x, y)
        r, p = float(found.statistic), float(found.pvalue)
        if n <= 8:
            p = float(stats.permutation_test((x,), lambda x: abs(stats.spearmanr(x, y).statistic), permutation_type="pairings",
                                             alternative="greater", n_resamples=np.inf).pvalue)
        for level in LEVELS:
            ends = (None, None)
            if n > 3 and abs(r) < 1 - 1e-12:
                half = stats.norm.isf((1 - level) / 2) * math.sqrt((1 + r * r / 2) / (n - 3))
                ends = (float(np.tanh(np.arctanh(r) - half)), float(np.tanh(np.arctanh(r) + half)))
            rows.append({"name": name, "pairs": pairs, "level": level, "value": r, "lower": ends[0], "upper": ends[1], "p_value": p})
    write("correlation.json", rows)


def logistic():
    """Ridge by scikit-learn, fractional outcomes as two weighted rows; the rest by statsmodels."""
    rng = np.random.default_rng(13)
    def organisation(services, size, fractional):
        service = np.sort(rng.integers(0, services, size))
        shared, own = rng.normal(0, 1, services)[service].round(3), rng.normal(0, 1, size).round(3)
        p = special.expit(-1.5 + 0.8 * own + 0.4 * shared + rng.normal(0, 0.5, services)[service])
        y = (rng.uniform(0, 1, size) < p).astype(float)
        y = np.where(rng.uniform(0, 1, size) < 0.5, y, (0.7 * y + 0.1).round(3)) if fractional else y
        return np.column_stack([own, shared]), y, service
    cases = {"forty": organisation(8, 40, False), "fractional": organisation(6, 60, True), "four hundred": organisation(25, 400, True)}
    rows = []
    for name, (x, y, service) in cases.items():
        row = {"name": name, "measures": x.tolist(), "outcomes": y.tolist(), "clusters": service.tolist(), "ridge": [], "odds": []}
        for penalty in (0.5, 20.0):
            model = linear_model.LogisticRegression(C=1 / penalty, tol=1e-12, max_iter=100_000, solver="newton-cholesky")
            model.fit(np.vstack([x, x]), np.repeat([1, 0], len(y)), sample_weight=np.concatenate([y, 1 - y]))
            row["ridge"].append({"penalty": penalty, "coefficients": [float(model.intercept_[0]), *model.coef_[0].tolist()]})
        found = sm.GLM(y, sm.add_constant(x), family=sm.families.Binomial()).fit(tol=1e-14, maxiter=200)
        row |= {"coefficients": found.params.tolist(), "covariance": (found.cov_params() / found.scale).ravel().tolist()}
        row["clustered"] = (lambda moved: (len(moved) - 1) / len(moved) * moved.T @ moved)(left_out(x, y, service)[1]).ravel().tolist()
        row["odds"] = [jackknifed(x[:, column], y, service, level) | {"column": column} for column in (0, 1) for level in LEVELS]
        rows.append(row)
    write("logistic.json", rows)


def left_out(x, y, service):
    """Coefficients, and how they move when one cluster at a time is left out of the weighted least squares that the fit ends in."""
    design = sm.add_constant(x)
    found = sm.GLM(y, design, family=sm.families.Binomial()).fit(tol=1e-14, maxiter=200)
    p = found.fittedvalues
    weight, response = p * (1 - p), special.logit(p) + (y - p) / (p * (1 - p))
    fits = [sm.WLS(response[service != g], design[service != g], weights=weight[service != g]).fit().params for g in np.unique(service)]
    return found.params, np.array(fits) - found.params


def jackknifed(x, y, service, level):
    """Odds ratio of one measure with Student's interval over clusters."""
    (_, slope), moved = left_out(x, y, service)
    g = len(moved)
    error = math.sqrt((g - 1) / g * (moved[:, 1] ** 2).sum())
    half = stats.t.isf((1 - level) / 2, g - 1) * error
    return {"level": level, "value": math.exp(slope), "lower": math.exp(slope - half), "upper": math.exp(slope + half),
            "p_value": float(2 * stats.t.sf(abs(slope) / error, g - 1))}


def prospects():
    """Scores of probabilities: scikit-learn with outcomes as two weighted rows; slope and intercept by statsmodels."""
    rng = np.random.default_rng(14)
    def drawn(size, fractional):
        p = rng.beta(1, 8, size).round(2).clip(0.01, 0.99)
        y = (rng.uniform(0, 1, size) < p**0.8).astype(float)
        return p, (np.where(rng.uniform(0, 1, size) < 0.5, y, (0.8 * y + 0.05).round(3)) if fractional else y)
    cases = {"four": (np.array([0.1, 0.4, 0.35, 0.8]), np.array([0.0, 0.0, 1.0, 1.0])), "hundred": drawn(100, False), "fractional": drawn(300, True)}
    rows = []
    for name, (p, y) in cases.items():
        truth, weight, both = np.repeat([1, 0], len(y)), np.concatenate([y, 1 - y]), np.concatenate([p, p])
        own, pairs = (y * (1 - y)).sum(), y.sum() * (1 - y).sum()
        auc = (metrics.roc_auc_score(truth, both, sample_weight=weight) * pairs - own / 2) / (pairs - own)
        binomial, log_odds = sm.families.Binomial(), special.logit(p)
        slope = sm.GLM(y, sm.add_constant(log_odds), family=binomial).fit(tol=1e-14, maxiter=200).params[1]
        shift = sm.GLM(y, np.ones(len(y)), family=binomial, offset=log_odds).fit(tol=1e-14, maxiter=200).params[0]
        rows.append({"name": name, "probabilities": p.tolist(), "outcomes": y.tolist(), "auc": float(auc), "slope": float(slope),
                     "in_the_large": float(shift), "brier": float(metrics.brier_score_loss(truth, both, sample_weight=weight))})
    write("prospects.json", rows)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    OUT.mkdir(exist_ok=True)
    proportions(), tails(), strata(), counts(), samples(), tests(), survival(), log_rank(), comparison(), variates(), months(), evaluation()
    rate_ratios(), excesses(), correlations(), logistic(), prospects()
