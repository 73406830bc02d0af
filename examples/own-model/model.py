#!/usr/bin/env python3
"""A model of one's own in Windsock's loop: `model.py train|evaluate|serve`, under SageMaker's container contract.

Logistic regression over bins: every number becomes one of a few quantile bins, every text one of its values, and a
missing number is a bin of its own. Nothing but Python's standard library is needed, so that the example runs anywhere;
put scikit-learn or XGBoost in the place of `fit` and `Model` and keep the rest.

Everything lies under /opt/ml, or under WINDSOCK_ML_ROOT in its place. A job that cannot do its work says why in one
sentence, where SageMaker reads it, and ends with exit code 1.
"""

import bisect
import collections
import csv
import http.server
import io
import json
import math
import os
import pathlib
import random
import signal
import sys
import tarfile
import threading

ROOT = pathlib.Path(os.environ.get("WINDSOCK_ML_ROOT", "/opt/ml"))
FORMAT = 1
RESAMPLES = 300
BLOCKS_MIN = 5
KNOWN = {"rounds": 60, "learning_rate": 0.3, "bins": 8, "l2": 0.0005, "patience": 5, "seed": 0, "objective_metric": "auc"}


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
    return labels, rows


class Bins:
    """Turns a row's fields into the numbers of the weights that it uses."""

    def __init__(self, columns):
        self.columns = columns
        self.offsets = []
        self.width = 0
        for column in columns:
            self.offsets.append(self.width)
            self.width += len(column.get("edges", column.get("values"))) + 2

    @staticmethod
    def learned(features, rows, bins):
        columns = []
        for at, feature in enumerate(features):
            fields = [row[at] for row in rows]
            if feature["kind"] == "numeric":
                numbers = sorted(float(field) for field in fields if field)
                edges = sorted({numbers[len(numbers) * cut // bins] for cut in range(1, bins)} if numbers else set())
                columns.append({"name": feature["name"], "edges": edges})
            else:
                counts = collections.Counter(fields)
                values = sorted(value for value, count in counts.items() if count >= 20)
                columns.append({"name": feature["name"], "values": values})
        return Bins(columns)

    def used(self, row):
        if len(row) != len(self.columns):
            raise Refused(f"{len(row)} fields where {len(self.columns)} are right")
        return [offset + self.bin(column, field) for offset, column, field in zip(self.offsets, self.columns, row)]

    def bin(self, column, field):
        """0 is missing, or a value that was rare or never seen."""
        if "edges" in column:
            if field.strip() in ("", "NA", "NaN", "nan"):
                return 0
            try:
                number = float(field)
            except ValueError:
                number = math.inf
            if not math.isfinite(number):
                raise Refused(f"`{column['name']}` is not a number: `{field}`")
            return 1 + bisect.bisect_right(column["edges"], number)
        at = bisect.bisect_left(column["values"], field)
        return 1 + at if at < len(column["values"]) and column["values"][at] == field else 0


class Model:
    def __init__(self, bins, weights):
        self.bins = bins
        self.weights = weights

    def probability(self, row):
        score = self.weights[-1] + sum(self.weights[at] for at in self.bins.used(row))
        return 1 / (1 + math.exp(-max(-35.0, min(35.0, score))))

    def importance(self):
        """The spread of each column's weights, as shares."""
        spreads = []
        for at, column in enumerate(self.bins.columns):
            end = self.bins.offsets[at + 1] if at + 1 < len(self.bins.offsets) else self.bins.width
            weights = self.weights[self.bins.offsets[at] : end]
            spreads.append((column["name"], max(weights) - min(weights)))
        total = sum(spread for _, spread in spreads) or 1.0
        shares = [{"feature": name, "share": spread / total} for name, spread in spreads]
        return sorted(shares, key=lambda it: (-it["share"], it["feature"]))

    def saved(self):
        return {"format": FORMAT, "columns": self.bins.columns, "weights": self.weights}

    @staticmethod
    def loaded(saved):
        return Model(Bins(saved["columns"]), saved["weights"])


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


def fit(model, train, validation, wanted):
    """Adagrad, one row at a time in an order that the seed decides, until the validation rows get no better."""
    labels, rows = train
    used = [model.bins.used(row) for row in rows]
    gradients = [1e-8] * len(model.weights)
    order, shuffle = list(range(len(rows))), random.Random(wanted["seed"])
    best, best_loss, since = list(model.weights), math.inf, 0
    for turn in range(wanted["rounds"]):
        shuffle.shuffle(order)
        for at in order:
            active = used[at] + [len(model.weights) - 1]
            score = sum(model.weights[weight] for weight in active)
            miss = 1 / (1 + math.exp(-max(-35.0, min(35.0, score)))) - labels[at]
            for weight in active:
                gradient = miss + wanted["l2"] * model.weights[weight]
                gradients[weight] += gradient * gradient
                model.weights[weight] -= wanted["learning_rate"] * gradient / math.sqrt(gradients[weight])
        loss = metrics(*train, model)["logloss"]
        judged = metrics(*validation, model)["logloss"] if validation[0] else loss
        print(f"[{turn}] train-logloss:{loss:.6f} validation-logloss:{judged:.6f}")
        best, best_loss, since = (list(model.weights), judged, 0) if judged < best_loss else (best, best_loss, since + 1)
        if since >= wanted["patience"]:
            break
    model.weights = best


def train():
    wanted = hyperparameters()
    if wanted["objective_metric"] not in ("auc", "logloss", "accuracy"):
        raise Refused(f"This model tells two classes apart; the objective `{wanted['objective_metric']}` is another's")
    channels = ROOT / "input/data"
    schema = read_json(channels / "schema/schema.json")
    rows, judging = read_rows(channels / "train"), read_rows(channels / "validation")
    if len(set(rows[0])) < 2:
        raise Refused("The training rows are all of one class: there is nothing to tell apart")
    bins = Bins.learned(schema["features"], rows[1], wanted["bins"])
    model = Model(bins, [0.0] * (bins.width + 1))
    fit(model, rows, judging, wanted)
    folder = ROOT / "model"
    folder.mkdir(parents=True, exist_ok=True)
    record = {"run": read_json(channels / "schema/run.json"), "importance": model.importance()}
    for name, value in [("model.json", model.saved()), ("schema.json", schema), ("training.json", record)]:
        (folder / name).write_text(json.dumps(value), encoding="utf-8")
    return f"train: {metrics(*rows, model)}"


# --- Evaluate --------------------------------------------------------------------------------------------------------


def auc(labels, said, counts):
    """The chance that a row of class 1 is said above a row of class 0; equals count half."""
    tally = collections.defaultdict(lambda: [0, 0])
    for label, prediction, count in zip(labels, said, counts):
        tally[prediction][label] += count
    below = won = ones = 0
    for prediction in sorted(tally):
        zeros_here, ones_here = tally[prediction]
        won += ones_here * (below + zeros_here / 2)
        below += zeros_here
        ones += ones_here
    return won / (below * ones) if below and ones else None


def all_metrics(labels, said, counts):
    rows = sum(counts)
    losses = (-count * math.log(p if label else 1 - p) for label, p, count in zip(labels, said, counts))
    hits = (count * ((p >= 0.5) == bool(label)) for label, p, count in zip(labels, said, counts))
    found = {"auc": auc(labels, said, counts), "logloss": sum(losses) / rows, "accuracy": sum(hits) / rows}
    return {name: value for name, value in found.items() if value is not None}


def metrics(labels, rows, model):
    return all_metrics(labels, [model.probability(row) for row in rows], [1] * len(labels))


def opened(path):
    """A model.tar.gz, read without laying anything down."""
    with tarfile.open(path) as archive:
        members = {member.name.removeprefix("./"): archive.extractfile(member) for member in archive if member.isfile()}
        read = {name: json.load(members[name]) for name in ("model.json", "training.json")}
    return Model.loaded(read["model.json"]), read["training.json"]


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
    once = [1] * len(labels)
    gain = sign * (all_metrics(labels, ours, once)[metric] - all_metrics(labels, theirs, once)[metric])
    draw, gains = random.Random(seed), []
    for _ in range(RESAMPLES):
        counts = [0] * len(labels)
        for unit in draw.choices(drawn, k=len(drawn)):
            for row in unit:
                counts[row] += 1
        one, other = all_metrics(labels, ours, counts), all_metrics(labels, theirs, counts)
        if metric in one and metric in other:
            gains.append(sign * (one[metric] - other[metric]))
    if len(gains) < RESAMPLES / 2:
        raise Refused("The gain over the champion is not defined on this holdout: deliver more rows")
    gains.sort()
    return gain, gains[round((len(gains) - 1) * 0.05)], gains[round((len(gains) - 1) * 0.95)]


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
    if not labels:
        raise Refused("The holdout has no rows, so nothing can be compared on it")
    challenger, _ = opened(inputs / "challenger/model.tar.gz")
    ours = [challenger.probability(row) for row in rows]
    found = all_metrics(labels, ours, [1] * len(labels))
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
        model, trained = opened(archives[0])
        if trained["run"]["split"] != project["data"]["split"]:
            raise Refused(f"The champion (version {version}) was trained under another split: the comparison would leak")
        theirs = [model.probability(row) for row in rows]
        sign = 1 if objective["direction"] == "maximize" else -1
        gain, low, high = compared(labels, ours, theirs, drawn, metric, sign, manifest["slot"])
        accepted = gain > wanted and low > 0
        before = all_metrics(labels, theirs, [1] * len(labels))
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
        "importance": challenger.importance(),
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
    answers, reader = [], csv.reader(io.StringIO(body.decode("utf-8"), newline=""))
    for record in reader:
        if record:
            try:
                answers.append(f"{model.probability(record)!r}\n")
            except Refused as reason:
                raise Refused(f"Line {reader.line_num}: {reason}") from reason
    if not answers:
        raise Refused("The request holds no record")
    return "".join(answers)


def serve():
    model = Model.loaded(read_json(ROOT / "model/model.json"))

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
