"""`python -m jobs manifest`: make a manifest of a bucket, an inventory, a query's result or a list.

`sources` bring every kind of rows into one table, `filters` and `writing` are SQL over it. What is
written passes `check` or says what is wrong.
"""
