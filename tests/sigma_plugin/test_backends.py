"""The plugin's classes, in this process."""

import warnings

import pytest
from sigma.collection import SigmaCollection

from deadfall.sigma_plugin.backends import BACKENDS

RULE = """
title: A user was created in a console
id: 1f6a3f5c-7a5c-4f5e-9b8f-0d9a4bb7d7a1
level: high
logsource: {product: aws, service: cloudtrail}
detection:
    selection:
        eventSource: iam.amazonaws.com
        eventName: CreateUser
        userAgent|contains: console
    condition: selection
"""


def test_a_superset_comes_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="userAgent is compared with part of a text in any case") as warned:
        (pattern,) = BACKENDS["deadfall_eventbridge"]().convert(SigmaCollection.from_yaml(RULE))
    assert "userAgent" not in pattern
    assert [str(each.message).rpartition("; ")[2] for each in warned] == [
        "without Deadfall's responder, check it elsewhere"
    ]


def test_an_exact_query_comes_without() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (text,) = BACKENDS["deadfall_metric_filter"]().convert(SigmaCollection.from_yaml(RULE))
    assert "[Cc][Oo][Nn]" in text
