"""Building, checking and numbering the distributions: `python -m release`.

`scripts` and `scripts/docs` are on the path of imports: the Makefile puts them there.

A release is made of what is below `dist`: one sdist and one wheel of every distribution of the
workspace. Each wheel is built from its sdist, and both from a staged copy of the folder.
"""
