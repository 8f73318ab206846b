"""PostgreSQL's way of doing for many in one statement what the stores promise for one."""
