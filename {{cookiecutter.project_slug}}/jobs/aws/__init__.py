"""What the verbs know of AWS: clients, partitions, the stack, the limits of requests."""
