"""`python -m jobs submit`: from a manifest and the deployed stack to a job of S3 Batch Operations.

`command` is the verb; `submitting` does all in its order:

- what it would be: `preparing`, on a `basis` (`deployment`, `versions`, `arguments`), with a
  manifest or some rows of it (`subset`), or a list that S3 makes (`generating`)
- what is refused: `refusing_places`, `refusing_rows`, `other_jobs`, `jobs.aws.request_limits`
- what is said and asked: `notices`, `asking`, `output`
- what is sent: `storing` (manifest and plan), `request` (the job)
"""
