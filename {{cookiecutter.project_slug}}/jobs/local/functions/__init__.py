"""What a local job invokes: a handler in this process, or an Invoke endpoint."""
