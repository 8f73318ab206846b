"""`python -m benchmarks.bad_days hang|flood|big|sqlite`."""

import argparse

from benchmarks.bad_days import big, flood, hang, sqlite

DAYS = {"hang": hang, "flood": flood, "big": big, "sqlite": sqlite}


def main() -> None:
    """Lets one bad day pass; ends with 1 when the service did not come through."""
    options = argparse.ArgumentParser(description=__doc__)
    days = options.add_subparsers(dest="day", required=True)
    for name, day in DAYS.items():
        day.add_options(days.add_parser(name, help=day.__doc__))
    chosen = options.parse_args()
    DAYS[chosen.day].run(chosen).leave()


if __name__ == "__main__":
    main()
