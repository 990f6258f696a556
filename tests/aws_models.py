"""Let all sessions of boto3 share what they read from botocore's files: a lab has many sessions, each with its own."""

from functools import cache

from botocore.loaders import JSONFileLoader


def read_once() -> None:
    """From now on each file is read once by this process."""
    JSONFileLoader.load_file = cache(JSONFileLoader.load_file)
