"""The guard: tokens, keys, revocations, doors."""
