"""`python -m jobs estimate`: what a job costs and how long it takes; prices are in prices.json."""
