"""Building, checking and numbering the distributions: `python -m release`, from `scripts`.

A release is made of what is below `dist`: one sdist and one wheel of every distribution of the
workspace. Each wheel is built from its sdist, and both from a staged copy of the folder.
"""
