"""`python -m jobs report`: what came of a job, from the rows of its completion report.

`fetch` gets the files and proves them, `summary` and `causes` count, `reconcile` compares with the
manifest; `words`, `document`, `page` and `athena` show. Nothing here trusts DescribeJob's counts.
"""
