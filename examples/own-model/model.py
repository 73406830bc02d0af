#!/usr/bin/env python3
"""A model of one's own in Windsock's loop: `model.py train|evaluate|serve`, under SageMaker's container contract.

scikit-learn's histogram gradient boosting, its numbers as they are and its texts as categories. Put another estimator in
the place of `estimator` and keep the rest.

Everything lies under /opt/ml, or under WINDSOCK_ML_ROOT in its place. A job that cannot do its work says why in one
sentence, where SageMaker reads it, and ends with exit code 1. An artefact of joblib is a program to whoever opens it:
this one opens those that its own project's runs wrote, and nobody else's.
"""

import collections
import csv
import http.server
import io
import json
import os
import pathlib
import signal
import sys
import tarfile
import threading
import zlib

import joblib
import numpy
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.inspection import permutation_importance
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

ROOT = pathlib.Path(os.environ.get("WINDSOCK_ML_ROOT", "/opt/ml"))
FORMAT = 1
RESAMPLES = 300
BLOCKS_MIN = 5
MISSING = ("", "NA", "NaN", "nan")
KNOWN = {
    "rounds": 200,
    "learning_rate": 0.05,
    "max_depth": 5,
    "min_leaf_rows": 20,
    "early_stopping_rounds": 20,
    "seed": 0,
    "objective_metric": "auc",
}


class Refused(Exception):
    """A sentence for a person."""


# --- Rows ------------------------------------------------------------------------------------------------------------


def read_json(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def read_rows(folder):
    """What Preprocess wrote: rows without headers, the label first."""
    labels, rows = [], []
    for path in sorted(folder.rglob("*.csv")) if folder.is_dir() else []:
        with open(path, newline="", encoding="utf-8") as file:
            for record in csv.reader(file):
                labels.append(int(record[0]))
                rows.append(record[1:])
    return numpy.array(labels, dtype=int), rows


class Model:
    """An estimator, and the features (name and kind) whose fields it reads, in their order."""

    def __init__(self, features, fitted):
        self.features = features
        self.fitted = fitted

    def table(self, rows):
        """One column a feature, for scikit-learn: numbers as numbers, texts as texts, a missing field as NaN or ''."""
        table = numpy.empty((len(rows), len(self.features)), dtype=object)
        for at, row in enumerate(rows):
            table[at] = self.fields(row)
        return table

    def fields(self, row):
        if len(row) != len(self.features):
            raise Refused(f"{len(row)} fields where {len(self.features)} are right")
        return [number(feature, field) if is_number(feature) else field for feature, field in zip(self.features, row)]

    def probabilities(self, rows):
        return self.fitted.predict_proba(self.table(rows))[:, 1]


def is_number(feature):
    return feature["kind"] == "numeric"


def number(feature, field):
    if field.strip() in MISSING:
        return numpy.nan
    try:
        value = float(field)
    except ValueError:
        value = numpy.inf
    if not numpy.isfinite(value):
        raise Refused(f"`{feature['name']}` is not a number: `{field}`")
    return value


# --- Train -----------------------------------------------------------------------------------------------------------


def hyperparameters():
    """All values are strings; an unknown name is refused, so that a typing error never trains something else."""
    path = ROOT / "input/config/hyperparameters.json"
    given = read_json(path) if path.exists() else {}
    wanted = dict(KNOWN)
    for name, text in given.items():
        if name not in KNOWN:
            raise Refused(f"There is no hyperparameter `{name}`: known are {', '.join(KNOWN)}")
        try:
            wanted[name] = type(KNOWN[name])(text)
        except ValueError as error:
            raise Refused(f"The hyperparameter {name} is `{text}`: a number is right") from error
    return wanted


def estimator(features, wanted, rounds):
    """What learns. Values that are rare, or that were never seen, share one category."""
    numbers = [at for at, feature in enumerate(features) if is_number(feature)]
    texts = [at for at, feature in enumerate(features) if not is_number(feature)]
    codes = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=numpy.nan, min_frequency=20, max_categories=200
    )
    columns = ColumnTransformer([("numbers", "passthrough", numbers), ("texts", codes, texts)])
    boosting = HistGradientBoostingClassifier(
        max_iter=rounds,
        learning_rate=wanted["learning_rate"],
        max_depth=wanted["max_depth"],
        min_samples_leaf=wanted["min_leaf_rows"],
        categorical_features=list(range(len(numbers), len(features))),
        early_stopping=False,
        random_state=wanted["seed"],
    )
    return make_pipeline(columns, boosting)


def fit(features, train, validation, wanted):
    """As many rounds as the validation rows get better by: they are Windsock's, held out by time, and not drawn here."""
    labels, rows = train
    fitted = estimator(features, wanted, wanted["rounds"])
    model = Model(features, fitted)
    fitted.fit(model.table(rows), labels)
    if not len(validation[0]):
        return model
    columns, boosting = fitted[0], fitted[-1]
    judged = columns.transform(model.table(validation[1]))
    best, best_loss = 0, numpy.inf
    for turn, said in enumerate(boosting.staged_predict_proba(judged), start=1):
        loss = log_loss(validation[0], said[:, 1], labels=[0, 1])
        print(f"[{turn}] validation-logloss:{loss:.6f}")
        if loss < best_loss:
            best, best_loss = turn, loss
        if turn - best >= wanted["early_stopping_rounds"]:
            break
    model.fitted = estimator(features, wanted, best)
    model.fitted.fit(model.table(rows), labels)
    return model


def importance(model, labels, rows):
    """How much worse the model gets when a column's values are dealt anew, as shares."""
    found = permutation_importance(
        model.fitted, model.table(rows), labels, scoring="neg_log_loss", n_repeats=3, random_state=0
    )
    worse = numpy.maximum(found.importances_mean, 0)
    total = worse.sum() or 1.0
    names = [feature["name"] for feature in model.features]
    shares = [{"feature": name, "share": float(share / total)} for name, share in zip(names, worse)]
    return sorted(shares, key=lambda it: (-it["share"], it["feature"]))


def train():
    wanted = hyperparameters()
    if wanted["objective_metric"] not in METRICS:
        raise Refused(f"This model tells two classes apart; the objective `{wanted['objective_metric']}` is another's")
    channels = ROOT / "input/data"
    schema = read_json(channels / "schema/schema.json")
    rows, judging = read_rows(channels / "train"), read_rows(channels / "validation")
    if len(set(rows[0])) < 2:
        raise Refused("The training rows are all of one class: there is nothing to tell apart")
    model = fit(schema["features"], rows, judging, wanted)
    folder = ROOT / "model"
    folder.mkdir(parents=True, exist_ok=True)
    joblib.dump({"features": model.features, "fitted": model.fitted}, folder / "model.joblib")
    record = {"run": read_json(channels / "schema/run.json"), "importance": importance(model, *rows)}
    for name, value in [("schema.json", schema), ("training.json", record)]:
        (folder / name).write_text(json.dumps(value), encoding="utf-8")
    return f"train: {all_metrics(rows[0], model.probabilities(rows[1]))}"


# --- Evaluate --------------------------------------------------------------------------------------------------------

METRICS = {
    "auc": lambda labels, said, counts: roc_auc_score(labels, said, sample_weight=counts),
    "logloss": lambda labels, said, counts: log_loss(labels, said, sample_weight=counts, labels=[0, 1]),
    "accuracy": lambda labels, said, counts: accuracy_score(labels, said >= 0.5, sample_weight=counts),
}


def metric_of(name, labels, said, counts):
    """None where it is not defined: nothing ranks rows of one class."""
    if name == "auc" and len(set(labels[counts > 0])) < 2:
        return None
    return float(METRICS[name](labels, said, counts))


def all_metrics(labels, said):
    once = numpy.ones(len(labels))
    found = {name: metric_of(name, labels, said, once) for name in METRICS}
    return {name: value for name, value in found.items() if value is not None}


def opened(path):
    """A model.tar.gz, read without laying anything down."""
    with tarfile.open(path) as archive:
        members = {member.name.removeprefix("./"): archive.extractfile(member) for member in archive if member.isfile()}
        record = json.load(members["training.json"])
        return Model(**joblib.load(io.BytesIO(members["model.joblib"].read()))), record


def units(report, rows):
    """What a resample draws: whole time blocks where there are any, because rows of one block are alike."""
    path = report / "holdout.csv"
    blocks = collections.defaultdict(list)
    if path.exists():
        with open(path, newline="", encoding="utf-8") as file:
            for row, record in enumerate(csv.reader(file)):
                blocks[record[0]].append(row)
    if len(blocks) >= BLOCKS_MIN:
        return "time-block", [blocks[block] for block in sorted(blocks)]
    return "row", [[row] for row in range(rows)]


def compared(labels, ours, theirs, drawn, metric, sign, seed):
    """The gain over the champion, and the interval that holds 90 % of its resamples; both models see the same ones."""

    def gain(counts):
        one, other = (metric_of(metric, labels, said, counts) for said in (ours, theirs))
        return None if one is None or other is None else sign * (one - other)

    draw, gains = numpy.random.default_rng(zlib.crc32(seed.encode())), []
    for _ in range(RESAMPLES):
        counts = numpy.zeros(len(labels))
        for unit in draw.integers(len(drawn), size=len(drawn)):
            counts[drawn[unit]] += 1
        gains.append(gain(counts))
    gains = [it for it in gains if it is not None]
    if len(gains) < RESAMPLES / 2:
        raise Refused("The gain over the champion is not defined on this holdout: deliver more rows")
    low, high = numpy.quantile(gains, [0.05, 0.95])
    return gain(numpy.ones(len(labels))), float(low), float(high)


def approval(rule, found):
    holds = {
        "at-least": lambda value, bound: value >= bound,
        "at-most": lambda value, bound: value <= bound,
        "above": lambda value, bound: value > bound,
        "below": lambda value, bound: value < bound,
    }
    rules = rule.get("automatic", {}) if isinstance(rule, dict) else {}
    each = [
        metric in found and holds[kind](found[metric], bound)
        for metric, bounds in rules.items()
        for kind, bound in bounds.items()
    ]
    return "Approved" if each and all(each) else "PendingManualApproval"


def evaluate():
    inputs = ROOT / "processing/input"
    manifest = read_json(inputs / "manifest/manifest.json")
    project = manifest["project"]
    objective = project["training"]["objective"]
    metric, wanted = objective["metric"], objective["must_beat_champion_by"]
    labels, rows = read_rows(inputs / "holdout")
    if not len(labels):
        raise Refused("The holdout has no rows, so nothing can be compared on it")
    challenger, trained = opened(inputs / "challenger/model.tar.gz")
    ours = challenger.probabilities(rows)
    found = all_metrics(labels, ours)
    if metric not in found:
        raise Refused(f"The metric {metric} is not defined on the holdout's {len(labels)} rows: deliver more rows")
    by, drawn = units(inputs / "report", len(labels))
    champion, accepted = None, True
    verdict = f"There is no champion to beat: {metric} {found[metric]:.4f} on {len(labels)} held-out rows"
    if manifest["champion"]:
        version = manifest["champion"]["version"]
        archives = sorted((inputs / "champion").rglob("model.tar.gz"))
        if not archives:
            raise Refused(f"The manifest names version {version} as champion, and its model.tar.gz is not in the input")
        model, before = opened(archives[0])
        if before["run"]["split"] != project["data"]["split"]:
            raise Refused(f"The champion (version {version}) was trained under another split: the comparison would leak")
        theirs = model.probabilities(rows)
        sign = 1 if objective["direction"] == "maximize" else -1
        gain, low, high = compared(labels, ours, theirs, drawn, metric, sign, manifest["slot"])
        accepted = gain > wanted and low > 0
        before = all_metrics(labels, theirs)
        champion = {"version": version, "metrics": before, "gain": gain, "gain_low": low, "gain_high": high}
        verdict = (
            f"The challenger {'wins' if accepted else 'loses'}: {metric} {found[metric]:.4f} against "
            f"{before[metric]:.4f} of the champion (version {version}) on {len(labels)} held-out rows, a gain of "
            f"{gain:+.4f} (90 % of resamples between {low:+.4f} and {high:+.4f})"
        )
    evaluation = {
        "format": FORMAT,
        "metric": metric,
        "rows": len(labels),
        "metrics": found,
        "champion": champion,
        "must_beat_champion_by": wanted,
        "accepted": 1.0 if accepted else 0.0,
        "approval_status": approval(project["approval"], found),
        "verdict": verdict,
        "resampled": {"by": by, "units": len(drawn)},
        "importance": trained["importance"],
    }
    folder = ROOT / "processing/output"
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / ".evaluation.json.draft"
    draft.write_text(json.dumps(evaluation, indent=2), encoding="utf-8")
    draft.rename(folder / "evaluation.json")
    return verdict


# --- Serve -----------------------------------------------------------------------------------------------------------


def scored(model, body):
    """One prediction a record, in their order, or a sentence about the first that cannot be scored."""
    rows, reader = [], csv.reader(io.StringIO(body.decode("utf-8"), newline=""))
    for record in reader:
        if record:
            try:
                model.fields(record)
            except Refused as reason:
                raise Refused(f"Line {reader.line_num}: {reason}") from reason
            rows.append(record)
    if not rows:
        raise Refused("The request holds no record")
    return "".join(f"{float(said)!r}\n" for said in model.probabilities(rows))


def serve():
    model = Model(**joblib.load(ROOT / "model/model.joblib"))

    class Handler(http.server.BaseHTTPRequestHandler):
        """One request a connection (HTTP/1.0), so that an idle one never keeps the program from ending."""

        def answer(self, status, text=""):
            body = text.encode("utf-8")
            self.send_response(status)
            self.send_header("content-type", "text/csv")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self):
            self.answer(200 if self.path == "/ping" else 404)

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            try:
                self.answer(200, scored(model, body))
            except (Refused, UnicodeDecodeError) as reason:
                self.answer(400, f"{reason}\n")

        def log_message(self, *_):
            """A request is no news."""

    # With a port given we are on somebody's laptop, where nobody else may listen in.
    port = os.environ.get("SAGEMAKER_BIND_TO_PORT")
    address = ("127.0.0.1", int(port)) if port else ("0.0.0.0", 8080)
    server = http.server.ThreadingHTTPServer(address, Handler)
    # Requests under way are answered before the program ends.
    server.daemon_threads = False
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"Listening on {address[0]}:{server.server_address[1]}", file=sys.stderr, flush=True)
    server.serve_forever()
    server.server_close()
    return "Served until it was told to stop"


def main():
    jobs = {"train": (train, "failure"), "evaluate": (evaluate, "message"), "serve": (serve, "message")}
    if len(sys.argv) != 2 or sys.argv[1] not in jobs:
        print(f"Usage: model.py {'|'.join(jobs)}", file=sys.stderr)
        return 2
    job, sentence_file = jobs[sys.argv[1]]
    try:
        print(job())
        return 0
    except (Refused, OSError, KeyError, ValueError) as error:
        sentence = str(error) if isinstance(error, Refused) else f"{sys.argv[1]}: {type(error).__name__}: {error}"
        print(sentence, file=sys.stderr)
        (ROOT / "output").mkdir(parents=True, exist_ok=True)
        (ROOT / "output" / sentence_file).write_text(sentence[:1000], encoding="utf-8")
        return 1


if __name__ == "__main__":
    sys.exit(main())
