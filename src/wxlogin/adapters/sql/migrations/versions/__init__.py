"""One file for each step of the schema, named by when it was made."""
