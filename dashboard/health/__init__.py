"""Whether this installation is well: what is asked, what was found, and what to do about it.

`manage.py doctor` asks everything and tells all; `/readyz` asks what must be well for work to be done, and tells
strangers only whether it is.
"""
