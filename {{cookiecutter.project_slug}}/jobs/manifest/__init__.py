"""`python -m jobs manifest`: make a manifest of a bucket, an inventory, a query's result or a list.

`sources` and `files` bring every kind of source into the one table of `columns`; `filters` and
`writing` are SQL over it. `check` then looks at what was written.
"""
