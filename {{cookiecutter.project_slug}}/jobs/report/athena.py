"""The SQL that asks Athena instead of fetching a report; nothing is sent."""

from __future__ import annotations

TABLE = """-- The files of both statuses are in one folder; each row says its own.
CREATE EXTERNAL TABLE {name} (
  bucket string, key string, version_id string, status string,
  http_status string, code string, message string)
ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'
LOCATION '{results}';

-- What came of it
SELECT status, code, count(*) AS rows FROM {name} GROUP BY 1, 2 ORDER BY 3 DESC;

-- Why rows failed: numbers, ids and quoted names masked
SELECT code, regexp_replace(message, 's3://\\S+|[0-9A-Za-z+/=_-]{{16,}}|\\d+', '…') AS cause,
  count(*) AS rows, min(url_decode(key)) AS example
FROM {name} WHERE status = 'failed' GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 50;

-- Rows that were answered more than once
SELECT bucket, key, version_id, count(*) AS answers FROM {name}
GROUP BY 1, 2, 3 HAVING count(*) > 1;
"""


def statements(uri: str, job_id: str | None) -> str:
    """Return the table of a report whose manifest.json is at `uri`, and three queries."""
    folder = uri.rpartition("/")[0]
    name = f"report_{(job_id or 'of_a_job').replace('-', '_')}"
    return TABLE.format(name=name, results=f"{folder}/results/")
