"""The Django door, an optional extra."""
