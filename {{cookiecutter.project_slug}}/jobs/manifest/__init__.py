"""`python -m jobs manifest`: make a manifest of a bucket, an inventory, a query's result or a list.

`listing` asks S3, `sources` bring every other kind of rows into one table, `filters` and `writing`
are SQL over it. What is written passes `check` or says what is wrong.
"""
