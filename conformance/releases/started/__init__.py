"""Starts configs in the environment of a release, and says what the release does with them.

Copied there and run as `python -m started FILE…`. It imports nothing of the suite, so that nothing
of the suite can agree with itself.
"""
