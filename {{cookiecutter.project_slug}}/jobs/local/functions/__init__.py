"""What a local job invokes: environments, a handler in this process, or an Invoke endpoint.

`environments` asks a starter for a process where none is idle: `forking`, which has the
`fork_server` fork one, or `spawning`, which starts a new Python. Inside, `environment` loads the
function (`handlers`) and calls it (`runtime`). Outside, `processes` waits until it is loaded, sends
it one event after the other, and ends it.
"""
