"""Writes parquet_types.parquet: column types that other tools use and Sequela's own tables do not. Needs polars (Python)."""

import datetime as dt
from decimal import Decimal

import polars as pl

naive = [dt.datetime(2026, 7, 1, 9, 0, 0), dt.datetime(2026, 7, 2, 9, 0, 0)]
zoned = [at.replace(tzinfo=dt.timezone.utc) for at in naive]
pl.DataFrame(
    {
        "deployment_id": pl.Series([101, 102], dtype=pl.UInt32),
        "environment": pl.Series(["production", "staging"], dtype=pl.Categorical),
        "status": pl.Series(["success", "failure"], dtype=pl.Enum(["success", "failure"])),
        "created_at": pl.Series(zoned, dtype=pl.Datetime("ns", "UTC")),
        "started_at": pl.Series(zoned).dt.convert_time_zone("Europe/Berlin").cast(pl.Datetime("ms", "Europe/Berlin")),
        "finished_at": pl.Series([at + dt.timedelta(hours=1) for at in naive], dtype=pl.Datetime("us")),
        "commit_at": pl.Series([dt.date(2026, 6, 30), None]),
        "cost": pl.Series([Decimal("12.00"), Decimal("7.00")], dtype=pl.Decimal(10, 2)),
        "files_changed": pl.Series([3.0, None], dtype=pl.Float32),
        "service": pl.Series(["api", "web"]),
        "tags": pl.Series([["a"], ["b", "c"]]),
        "__index_level_0__": [0, 1],
    }
).write_parquet("parquet_types.parquet")
