"""`python -m jobs submit`: from a manifest and the deployed stack to a job of S3 Batch Operations.

`command` is the verb. It looks first and writes last; `request`, `arguments` and `versions` decide,
`function`, `guards` and `jobs.aws.request_limits` refuse, `source` and `create` do.
"""
