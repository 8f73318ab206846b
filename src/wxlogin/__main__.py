"""`python -m wxlogin`."""

from wxlogin.entrypoints.cli import main

if __name__ == "__main__":
    main()
