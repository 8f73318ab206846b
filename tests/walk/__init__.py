"""Sessions walked at random: a model and the real service, step by step together."""
