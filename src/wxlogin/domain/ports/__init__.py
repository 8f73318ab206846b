"""What the core needs of its neighbours, one file each.

Every method is one atomic act; its docstring is the guarantee, and the contract suite of the same
name proves it on every adapter.
"""
