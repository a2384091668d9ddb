"""DuckDB over files on disk, set so that the same rows always give the same bytes."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

ROW_GROUP = 122_880


def connect(room: Path, memory: str = "380MB") -> DuckDBPyConnection:
    """Open a database in memory that spills into `room` and never fetches an extension.

    With more memory than this a run is no faster: what it works on is some days.

    One thread: the order of rows, and with it the bytes of a file, is then the order that the query asks for. Nothing
    is reckoned from what the rows hold: a column that has a value in each row of a file, and not in each of another,
    may be empty in both.
    """
    return duckdb.connect(
        ":memory:",
        config={
            "threads": 1,
            "memory_limit": memory,
            "temp_directory": str(room / "spill"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,
            "disabled_optimizers": "statistics_propagation",
        },
    )


def write_parquet(connection: DuckDBPyConnection, table: str, path: Path, *, empty: bool = False) -> int:
    """Write a table's rows, in the order in which they stand, and return how many there are.

    No rows: no file, unless one that is `empty` is asked for.
    """
    rows = len(connection.table(table))
    if rows or empty:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection.table(table).write_parquet(str(path), compression="zstd", row_group_size=ROW_GROUP)
    return rows


def write_parts(
    connection: DuckDBPyConnection, query: str, by: str, folder: Path, *, with_column: bool = False
) -> dict[str, Path]:
    """Write the rows of a query in a file for each value of its column `by`, and return the files by that value.

    The query gives the rows of a value one after the other, at most 100 values; the bytes of a file are the same
    whatever others are written with it. `with_column`: the column stands in the files, too.
    """
    folder.mkdir(parents=True, exist_ok=True)
    options = f"WRITE_PARTITION_COLUMNS {str(with_column).lower()}, FILENAME_PATTERN 'part-{{i}}'"
    connection.execute(
        f"COPY ({query}) TO '{folder}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP},"
        f" PARTITION_BY ({by}), OVERWRITE_OR_IGNORE, {options})"
    )
    return {path.parent.name.partition("=")[2]: path for path in sorted(folder.glob(f"{by}=*/part-0.parquet"))}


def read_parquet(connection: DuckDBPyConnection, paths: Sequence[Path], name: str, columns: Mapping[str, str]) -> None:
    """Make a temporary table of files (or an empty one of no files) with these columns, by name.

    A column that an earlier release did not write is empty; `filename` is the file that a row came from.
    """
    connection.execute(f"DROP TABLE IF EXISTS {name}")
    if not paths:
        create(connection, name, columns)
        return
    written = connection.read_parquet([str(path) for path in paths], union_by_name=True, filename="filename" in columns)
    there = set(written.columns)
    wanted = (one if one in there else f"NULL::{kind} AS {one}" for one, kind in columns.items())
    written.project(", ".join(wanted)).create(name)


def read_ndjson(connection: DuckDBPyConnection, paths: Sequence[Path], name: str, columns: Mapping[str, str]) -> None:
    """Make a temporary table of packed lines of JSON, with the file that each came from in `filename`."""
    connection.execute(f"DROP TABLE IF EXISTS {name}")
    if not paths:
        create(connection, name, {**columns, "filename": "VARCHAR"})
        return
    connection.read_json(
        [str(path) for path in paths],  # type: ignore[arg-type]  # the stub knows of one file only
        columns=dict(columns),
        format="newline_delimited",
        compression="gzip",
        filename=True,
    ).create(name)


def create(connection: DuckDBPyConnection, name: str, columns: Mapping[str, str]) -> None:
    """Make an empty table, in the place of one of that name."""
    described = ", ".join(f"{column} {kind}" for column, kind in columns.items())
    connection.execute(f"DROP TABLE IF EXISTS {name}")
    connection.execute(f"CREATE TABLE {name} ({described})")
