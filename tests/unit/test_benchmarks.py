"""What keeps the benchmarks fit to be run, without running them."""

from benchmarks.bad_days import big

from wxlogin.adapters.sql import tables


def test_the_big_day_fills_tables_as_they_are():
    """Rows made by hand have columns that exist, and all that must be filled."""
    for name, rows in big.chunk(0, 2):
        columns = tables.METADATA.tables[name].columns
        needed = {
            each.name for each in columns if not each.nullable and each.server_default is None
        }

        assert needed <= set(rows[0]) <= set(columns.keys())
