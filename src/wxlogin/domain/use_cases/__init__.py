"""What people want of a login service, one file per wish.

A use case is a frozen class whose fields are its ports and whose call is the wish.
"""
