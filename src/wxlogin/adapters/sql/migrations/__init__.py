"""The history of the schema, oldest first; `migrate` walks it."""
