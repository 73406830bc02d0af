"""SageMaker Model Monitor's own files beside what `windsock-jobs monitor` makes of the same data.

Usage: analyzer_files.py BIN_DIR

The files are others' and no part of this repository: they are looked for in the folder that WINDSOCK_MONITOR_EXAMPLES names, or
beside the repository. Without them the script says so. It runs the program as a processing job does, so it reads what a customer would.
A figure that is changed by one in its last printed digit must be found, or the comparison sees nothing.
"""

import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile

VARIABLE = "WINDSOCK_MONITOR_EXAMPLES"
BESIDE = pathlib.Path(__file__).parents[3] / "shared" / "facts" / "monitor-examples"
CONTAINER = "/opt/ml/processing"
HEADER, NO_HEADER, LINES = '{"csv": {"header": true}}', '{"csv": {"header": false}}', '{"json": {"lines": true}}'
PRINTED = ["mean", "sum", "std_dev", "min", "max"]
# The analyzer adds in an order of its own.
TOLERANCE = 1e-14


def monitor(program, dataset_format, data, baseline=()):
    """The files that a run writes, and its message."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        place = lambda path: root / pathlib.PurePosixPath(path).relative_to("/opt/ml")
        environment = {
            "dataset_format": dataset_format,
            "dataset_source": f"{CONTAINER}/input/data",
            "output_path": f"{CONTAINER}/output",
            "publish_cloudwatch_metrics": "Disabled",
        }
        for name, text in [("input/data/rows", data), *baseline]:
            path = place(f"{CONTAINER}/{name}")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        for name, _ in baseline:
            environment[f"baseline_{pathlib.PurePosixPath(name).stem}"] = f"{CONTAINER}/{name}"
        run = subprocess.run(
            [program, "monitor"], env=environment | {"WINDSOCK_ML_ROOT": folder}, capture_output=True, text=True
        )
        if run.returncode != 0:
            sys.exit(f"windsock-jobs monitor failed: {run.stderr}")
        files = {path.name: json.loads(path.read_text()) for path in place(f"{CONTAINER}/output").glob("*.json")}
        return files, (root / "output" / "message").read_text()


def differences(ours, theirs, place=""):
    """What the analyzer says and we do not: members, numbers to 14 digits, everything else to the letter."""
    if isinstance(theirs, dict):
        for name, value in theirs.items():
            if not isinstance(ours, dict) or name not in ours:
                yield f"{place}.{name} is missing"
            else:
                yield from differences(ours[name], value, f"{place}.{name}")
    elif isinstance(theirs, list):
        if len(ours) != len(theirs):
            yield f"{place} has {len(ours)} items where {len(theirs)} are right"
        for at, (our, their) in enumerate(zip(ours, theirs)):
            yield from differences(our, their, f"{place}[{at}]")
    elif isinstance(theirs, (int, float)) and not isinstance(theirs, bool):
        if abs(ours - theirs) > TOLERANCE * abs(theirs):
            yield f"{place} is {ours} where {theirs} is right"
    elif ours != theirs:
        yield f"{place} is {ours!r} where {theirs!r} is right"


def printed(statistics, published):
    """Where our figures, printed with as many digits, are not what the notebook printed."""
    for ours, row in zip(statistics["features"], published):
        name, common = row["name"], ours["numerical_statistics"]["common"]
        texts = {"name": ours["name"], "inferred_type": ours["inferred_type"]}
        texts |= {member: str(common[member]) for member in ("num_present", "num_missing")}
        for member in PRINTED:
            digits = len(row[member].partition(".")[2])
            texts[member] = f"{ours['numerical_statistics'][member]:.{digits}f}"
        bucket = ours["numerical_statistics"]["distribution"]["kll"]["buckets"][0]["upper_bound"]
        # This column was cut off, not rounded.
        texts["first_bucket_upper"] = repr(bucket)[: len(row["first_bucket_upper"])]
        yield from (f"{member} of {name} is {text}, printed was {row[member]}" for member, text in texts.items() if text != row[member])


def next_in_last_digit(text):
    return text[:-1] + str((int(text[-1]) + 1) % 10)


def churn(program, examples):
    folder = examples / "churn"
    rows = (folder / "training-dataset-with-header.csv").read_text()
    files, _ = monitor(program, HEADER, rows)
    with open(folder / "observed-baseline-head.csv", newline="") as file:
        published = list(csv.DictReader(file))
    yield from printed(files["statistics.json"], published)
    planted = 0
    for at, row in enumerate(published):
        for member in ["num_present", *PRINTED]:
            changed = [dict(row) for row in published]
            changed[at][member] = next_in_last_digit(row[member])
            planted += 1
            if not list(printed(files["statistics.json"], changed)):
                yield f"{member} of {row['name']} was changed, and nobody saw it"
    print(f"churn: {len(published)} features as printed, {planted} planted faults found")


def kept_by_the_sdk(program, examples):
    folder = examples / "sdk-data-quality"
    rows = (folder / "baseline_dataset.csv").read_text()
    statistics, constraints = ((folder / name).read_text() for name in ("statistics.json", "constraints.good.json"))
    files, _ = monitor(program, NO_HEADER, rows)
    for name, theirs in (("statistics.json", statistics), ("constraints.json", constraints)):
        yield from differences(files[name], json.loads(theirs), name)
    broken = json.loads(statistics)
    broken["features"][-1]["numerical_statistics"]["std_dev"] *= 1 + 1e-12
    if not list(differences(files["statistics.json"], broken)):
        yield "a standard deviation was changed in its twelfth digit, and nobody saw it"
    baseline = [("baseline/statistics.json", statistics), ("baseline/constraints.json", constraints)]
    files, message = monitor(program, NO_HEADER, rows, baseline)
    if files["constraint_violations.json"]["violations"] or message != "Completed: Job completed successfully with no violations.":
        yield f"the analyzer's baseline against its own data: {message} {files['constraint_violations.json']}"
    wrong = [baseline[0], ("baseline/constraints.json", (folder / "constraints.bad.json").read_text())]
    # A number is a text, too, so that a column that is expected to be one is none the worse.
    files, message = monitor(program, NO_HEADER, rows, wrong)
    print(f"sdk-data-quality: {len(json.loads(statistics)['features'])} features as the analyzer wrote them; {message}")


def old_shapes(program, examples):
    folder = examples / "sdk-monitor"
    baseline = [
        ("baseline/statistics.json", (folder / "statistics.string-feature.json").read_text()),
        ("baseline/constraints.json", (folder / "constraints.old-shape.json").read_text()),
    ]
    known = "preproc-not-YET-supported-for-csv-json"
    row = lambda message: json.dumps({"message": message, "second_message": known}) + "\n"
    files, message = monitor(program, LINES, row(known) * 418, baseline)
    if "no violations" not in message:
        yield f"old files against what they are of: {message}"
    files, message = monitor(program, LINES, row(known) * 300 + row("other") * 118, baseline)
    found = {(it["feature_name"], it["constraint_check_type"]) for it in files["constraint_violations.json"]["violations"]}
    if ("message", "categorical_values_check") not in found:
        yield f"118 of 418 unknown values in a column of one: {found}"
    print("sdk-monitor: files of the old shape are read")


def main():
    program = pathlib.Path(sys.argv[1]).resolve() / "windsock-jobs"
    examples = pathlib.Path(os.environ.get(VARIABLE) or BESIDE)
    if not examples.is_dir():
        if VARIABLE in os.environ:
            sys.exit(f"{VARIABLE} names {examples}, which is no folder")
        print(f"skipped: there are no files of the analyzer at {VARIABLE}")
        return
    found = [*churn(program, examples), *kept_by_the_sdk(program, examples), *old_shapes(program, examples)]
    if found:
        sys.exit("\n".join(found))


main()
