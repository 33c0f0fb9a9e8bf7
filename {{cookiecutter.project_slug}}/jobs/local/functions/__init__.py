"""What a local job invokes: environments, a handler in this process, or an Invoke endpoint."""
