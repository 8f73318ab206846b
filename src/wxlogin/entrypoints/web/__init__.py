"""The door without a framework: what a request means and how an answer looks.

`Call` in, `Answer` out. The Starlette and the Django door only carry these to and fro, so both
speak the same HTTP.
"""
