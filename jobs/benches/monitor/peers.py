"""peers.py PEER CSV: one data-quality profile of every column, by one other program; for `cargo bench --bench monitor`.

Prints CPU seconds (of all threads, and of Spark's Java), wall seconds and peak memory in MB.
"""

import glob
import resource
import sys
import time


def duckdb(path):
    import duckdb

    connection = duckdb.connect()
    connection.execute("set threads = 2")
    source = f"read_csv('{path}')"
    wanted = []
    for name, kind, *_ in connection.execute(f"describe select * from {source}").fetchall():
        wanted += [f'count("{name}")', f'approx_count_distinct("{name}")']
        if kind in ("DOUBLE", "BIGINT"):
            wanted += [f'{of}("{name}")' for of in ("min", "max", "avg", "stddev_pop")]
            wanted.append(f'approx_quantile("{name}", [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95])')
    return connection.execute(f"select {', '.join(wanted)} from {source}").fetchall()


def polars(path):
    import polars as pl

    frame = pl.scan_csv(path)
    numbers = [name for name, kind in frame.collect_schema().items() if kind.is_numeric()]
    wanted = [pl.all().count().name.suffix("_present"), pl.all().approx_n_unique().name.suffix("_distinct")]
    wanted += [getattr(pl.col(numbers), of)().name.suffix(f"_{of}") for of in ("min", "max", "mean", "std")]
    wanted += [pl.col(numbers).quantile(at).name.suffix(f"_{at}") for at in (0.05, 0.25, 0.5, 0.75, 0.95)]
    return frame.select(wanted).collect(engine="streaming")


def pandas(path):
    import pandas as pd

    frame = pd.read_csv(path)
    return frame.describe(), frame.nunique(), frame.count()


def whylogs(path):
    import pandas as pd
    import whylogs as why

    profile = None
    for rows in pd.read_csv(path, chunksize=100_000):
        if profile is None:
            profile = why.log(rows).profile()
        else:
            profile.track(rows)
    return profile.view().to_pandas()


def pyspark(path):
    from pyspark.sql import SparkSession
    from pyspark.sql import functions as F

    builder = SparkSession.builder.master("local[2]").config("spark.driver.memory", "6g")
    session = builder.config("spark.ui.enabled", "false").getOrCreate()
    frame = session.read.csv(path, header=True, inferSchema=True)
    wanted = []
    for name, kind in frame.dtypes:
        wanted += [F.count(name), F.approx_count_distinct(name)]
        if kind in ("double", "int", "bigint"):
            wanted += [F.min(name), F.max(name), F.avg(name), F.stddev_pop(name)]
            wanted.append(F.percentile_approx(name, [0.05, 0.25, 0.5, 0.75, 0.95], 1_000))
    return frame.agg(*wanted).collect()


def of_java():
    """CPU seconds and peak MB of the Java that this process has started."""
    cpu, peak = 0.0, 0.0
    for folder in glob.glob("/proc/[0-9]*"):
        try:
            with open(f"{folder}/stat") as file:
                name, stat = file.read().rsplit(")", 1)
            with open(f"{folder}/cmdline", "rb") as file:
                ours = name.endswith("(java") and b"SparkSubmit" in file.read()
            if ours:
                cpu += sum(int(ticks) for ticks in stat.split()[11:13]) / 100
                with open(f"{folder}/status") as file:
                    peak += next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 1_000
        except OSError:
            pass  # It has ended meanwhile.
    return cpu, peak


def main():
    peer, path = sys.argv[1:]
    started = time.monotonic()
    globals()[peer](path)
    wall = time.monotonic() - started
    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu, peak = of_java() if peer == "pyspark" else (0.0, 0.0)
    print(usage.ru_utime + usage.ru_stime + cpu, wall, usage.ru_maxrss / 1_000 + peak)


main()
