"""What a login *is*: model, ports and use cases.

The law of this room: standard library and attrs only. No clock, no randomness, no environment,
no network, no log; they come in through the ports.
"""
