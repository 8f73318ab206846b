"""Twins that keep everything in this process, under the same contracts as the real things."""
