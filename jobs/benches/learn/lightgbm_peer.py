"""LightGBM's Python package beside Windsock's jobs: fit, score, and the figures of this process, as one JSON line.

Usage: lightgbm_peer.py fit|score FOLDER PARAMETERS

FOLDER holds train.csv and holdout.csv as Preprocess writes them (no header, the label first) and peer.json, which names the
categorical columns. `fit` writes peer-model.txt and peer-predictions.txt; `score` reads the model and scores holdout.csv.
"""

import csv
import json
import resource
import sys
import time
from pathlib import Path

import lightgbm
import numpy

# With more, its OpenMP threads spin while they wait for a busy core, and CPU seconds say nothing about the work.
THREADS = 1


def read(path, categorical, codes):
    """Labels and a matrix; a category is its place in `codes`, an empty number is missing."""
    labels, rows = [], []
    with open(path, newline="") as file:
        for record in csv.reader(file):
            labels.append(float(record[0]))
            rows.append([
                codes[at].setdefault(field, len(codes[at])) if at in categorical else float(field or "nan")
                for at, field in enumerate(record[1:])
            ])
    return numpy.array(labels), numpy.array(rows)


def cpu():
    return time.process_time()


def figures(**more):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(json.dumps({"peak_mb": peak, "version": lightgbm.__version__, **more}))


def main():
    task, folder, parameters = sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3])
    categorical = json.loads((folder / "peer.json").read_text())
    codes = {at: {} for at in categorical}
    labels, rows = read(folder / "train.csv", categorical, codes)
    if task == "fit":
        rounds = parameters.pop("rounds")
        parameters |= {"objective": "binary", "num_threads": THREADS, "verbosity": -1, "seed": 0, "deterministic": True}
        idle_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
        wall, before = time.perf_counter(), cpu()
        data = lightgbm.Dataset(rows, labels, categorical_feature=categorical)
        booster = lightgbm.train(parameters, data, num_boost_round=rounds)
        wall, spent = time.perf_counter() - wall, cpu() - before
        booster.save_model(folder / "peer-model.txt")
        _, holdout = read(folder / "holdout.csv", categorical, codes)
        numpy.savetxt(folder / "peer-predictions.txt", booster.predict(holdout))
        figures(wall=wall, cpu=spent, idle_mb=idle_mb)
    else:
        booster = lightgbm.Booster(model_file=folder / "peer-model.txt", params={"num_threads": THREADS})
        wall, before = time.perf_counter(), cpu()
        _, matrix = read(folder / "score.csv", categorical, codes)
        read_wall, read_cpu = time.perf_counter() - wall, cpu() - before
        wall, before = time.perf_counter(), cpu()
        booster.predict(matrix, num_threads=THREADS)
        wall, spent = time.perf_counter() - wall, cpu() - before
        figures(wall=wall, cpu=spent, read_wall=read_wall, read_cpu=read_cpu, rows=len(matrix))


main()
