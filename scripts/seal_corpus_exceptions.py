"""Failures of scripts/seal_corpus.py that are explained: (end of the path, checks, words that are said, reason).

An entry whose file passes is a failure: remove the line.
"""

EXCEPTIONS = []
