"""Jobs that run, wait or have ended: watch, confirm, list, show, cancel, priority.

`command` (watch) calls `following`, which polls with `polling`, says why nothing moves with
`explaining` and shows it with `display`; each other verb is a module of its name.
"""
