#!/usr/bin/env python3
"""Makes expected.json: pairs of samples, and how far apart SciPy finds them.

    python3 -m venv venv && venv/bin/pip install scipy==1.17.1 numpy==2.4.6
    venv/bin/python expected.py

Numbers: scipy.stats.ks_2samp, whose statistic is the largest difference of the two empirical distribution functions. Categories:
scipy.stats.chisquare, against the baseline's shares; and the largest difference of two shares, by SciPy's Chebyshev distance.
"""

import json
import pathlib

import numpy
import scipy
from scipy.spatial.distance import chebyshev
from scipy.stats import chisquare, ks_2samp

random = numpy.random.default_rng(20261127)


def numbers(name, baseline, current):
    baseline, current = ([float(value) for value in numpy.round(side, 3)] for side in (baseline, current))
    found = ks_2samp(baseline, current)
    return {"name": name, "baseline": baseline, "current": current, "distance": float(found.statistic)}


def categories(name, baseline, current):
    names = [f"k{at}" for at in range(len(baseline))]
    baseline, current = numpy.array(baseline), numpy.array(current)
    shares = baseline / baseline.sum()
    return {
        "name": name,
        "baseline": dict(zip(names, map(int, baseline))),
        "current": dict(zip(names, map(int, current))),
        "distance": float(chebyshev(shares, current / current.sum())),
        "p_value": float(chisquare(current, shares * current.sum()).pvalue),
    }


def main():
    normal = random.normal
    found = {
        "scipy": scipy.__version__,
        "numbers": [
            numbers("the same", normal(15, 9, 400), normal(15, 9, 300)),
            numbers("moved", normal(15, 9, 400), normal(21, 9, 250)),
            numbers("wider", normal(0, 1, 300), normal(0, 3, 500)),
            numbers("integers with ties", random.integers(0, 12, 500), random.integers(2, 12, 200)),
            numbers("apart", random.uniform(0, 1, 50), random.uniform(2, 3, 70)),
            numbers("mostly zeros", random.exponential(2, 400) * (random.random(400) < 0.15), random.exponential(3, 350) * (random.random(350) < 0.3)),
            numbers("heavy tails", random.standard_cauchy(300) * 1000, random.standard_cauchy(300) * 800),
            numbers("one value against many", numpy.full(60, 7.0), normal(7, 1, 120)),
        ],
        "categories": [
            categories("the same", [500, 300, 200], [252, 148, 100]),
            categories("moved", [500, 300, 200], [120, 100, 80]),
            categories("many", random.multinomial(2000, [1 / 40] * 40), random.multinomial(900, [1 / 40] * 40)),
            categories("one gone", [400, 400, 200], [160, 140, 0]),
        ],
    }
    pathlib.Path(__file__).with_name("expected.json").write_text(json.dumps(found, indent=1).replace("\n    ", " ") + "\n")


main()
