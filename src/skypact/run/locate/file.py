"""What was located as files: Parquet and CSV, one row a message."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from skypact import __version__
from skypact.earth.frame import geodetic_from_ecef
from skypact.run.locate.study import Study
from skypact.run.locate.summary import NOTE
from skypact.run.recorded.file import write_whole
from skypact.sense.location import OUTCOMES


def located_table(found: Study) -> pa.Table:
    """The first result as a table: place found, place reported, error and its one sigma, residuals' misfit."""
    result, arrivals = found.results[0], found.arrivals
    have = np.isfinite(result.located.pos_ecef_m[:, 0])
    place = np.full((len(arrivals), 3), np.nan)
    lat, lon, height = geodetic_from_ecef(result.located.pos_ecef_m[have])
    place[have] = np.stack([np.degrees(lat), np.degrees(lon), height], axis=1)
    columns = {
        "file": arrivals.source,
        "id": arrivals.number,
        "time_s": arrivals.t_s,
        "aircraft": arrivals.aircraft,
        "outcome": [OUTCOMES[int(status)] for status in result.located.status],
        "lat_deg": place[:, 0],
        "lon_deg": place[:, 1],
        "height_m": place[:, 2],
        "reported_lat_deg": np.degrees(arrivals.lat_rad),
        "reported_lon_deg": np.degrees(arrivals.lon_rad),
        "reported_height_m": arrivals.height_m,
        "error_east_m": result.error_enu_m[:, 0],
        "error_north_m": result.error_enu_m[:, 1],
        "error_up_m": result.error_enu_m[:, 2],
        "sigma_east_m": np.sqrt(result.cov_enu_m2[:, 0, 0]),
        "sigma_north_m": np.sqrt(result.cov_enu_m2[:, 1, 1]),
        "sigma_up_m": np.sqrt(result.cov_enu_m2[:, 2, 2]),
        "dilution": result.dilution,
        "along_m": found.along_m,
        "across_m": found.across_m,
        "misfit": result.located.misfit,
        "stations": np.diff(arrivals.first),
    }
    table = pa.table({name: pa.array(column, from_pandas=True) for name, column in columns.items()})
    return table.replace_schema_metadata(
        {"skypact": __version__, "note": NOTE, "variant": result.variant.text}
    )


def write_parquet(path: Path, table: pa.Table) -> None:
    """Write a table as Parquet."""
    content = io.BytesIO()
    pq.write_table(table, content)
    write_whole(path, content.getvalue())


def write_csv(path: Path, table: pa.Table) -> None:
    """Write a table as CSV, what is not known empty."""
    content = io.BytesIO()
    pa_csv.write_csv(table, content)
    write_whole(path, content.getvalue())
