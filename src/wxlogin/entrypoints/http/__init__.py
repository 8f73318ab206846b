"""The Starlette door."""
