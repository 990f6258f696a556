"""A network's pattern finds what Python takes for an address in it."""

import ipaddress
import re

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deadfall.patterns.condition import Cidr
from deadfall.rules.sigma.back_end import NotExpressibleError
from deadfall.rules.sigma.sql.cidr_regex import address_pattern

addresses = st.one_of(st.ip_addresses(), st.sampled_from(["::1", "10.0.0.1"]).map(ipaddress.ip_address))


@st.composite
def spelled(draw: st.DrawFn, number: int) -> str:
    """An IPv6 address in one of its spellings, or nearly one."""
    groups = [f"{number >> shift & 0xFFFF:x}" for shift in range(112, -1, -16)]
    groups = [group.zfill(draw(st.integers(1, 5))) if draw(st.booleans()) else group for group in groups]
    dotted = draw(st.booleans())
    if dotted:
        groups[-2:] = [str(ipaddress.IPv4Address(number & 0xFFFFFFFF))]
    text = ":".join(groups)
    zeros = [group.strip("0") == "" for group in groups]
    if any(zeros) and draw(st.booleans()):
        start = draw(st.sampled_from([at for at, zero in enumerate(zeros) if zero]))
        end = start + 1
        while end < len(groups) and zeros[end] and draw(st.booleans()):
            end += 1
        text = ":".join(groups[:start]) + "::" + ":".join(groups[end:])
    text = text.upper() if draw(st.booleans()) else text
    return text + draw(st.sampled_from(["", "", "", "%eth0", "%", "%a%b", "/64", ":", "\n", " "]))


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_as_python_reads_addresses(data: st.DataObject) -> None:
    address = data.draw(addresses)
    network = ipaddress.ip_network((address, data.draw(st.integers(0, address.max_prefixlen))), strict=False)
    near = int(network.network_address) ^ data.draw(
        st.sampled_from([0, 1, 1 << data.draw(st.integers(0, 31)), 1 << 96])
    )
    texts = [str(address), str(data.draw(st.ip_addresses()))]
    if address.version == 6:
        texts += [data.draw(spelled(int(address))), data.draw(spelled(near % 2**128)), f"::{texts[0]}"]
    else:
        texts += [str(ipaddress.IPv4Address(near % 2**32)), f"0{texts[0]}", f"{texts[0]}\n", f"::ffff:{texts[0]}"]
    pattern = address_pattern("f", str(network)).replace(r"\z", r"\Z")  # Python's spelling of it
    for text in texts:
        assert bool(re.search(pattern, text)) == Cidr(str(network)).holds(text), text


@pytest.mark.parametrize(
    ("network", "inside", "outside"),
    [
        (
            "10.0.0.0/8",
            ["10.0.0.0", "10.255.255.255"],
            ["11.0.0.0", "010.0.0.1", "10.0.0.1.1", "10.0.0.256", "AWS Internal"],
        ),
        ("172.16.0.0/12", ["172.16.0.0", "172.31.255.255"], ["172.15.0.0", "172.32.0.0"]),
        (
            "2001:db8::/32",
            ["2001:db8::", "2001:0DB8:ffff:0:0:0:0:1", "2001:db8::1.2.3.4"],
            ["2001:db9::", "2001:db8:1"],
        ),
        ("::/0", ["::", "1:2:3:4:5:6:7::", "fe80::1%eth0"], ["1:2:3:4:5:6:7:8::", ":::", "10.0.0.1", ""]),
        ("::1/128", ["::1", "0:0:0:0:0:0:0:1", "0::0:1", "::0.0.0.1"], ["::", "::2", "1::1"]),
    ],
)
def test_in_duckdb(network: str, inside: list[str], outside: list[str]) -> None:
    pattern = address_pattern("f", network)
    for text, expected in [*((text, True) for text in inside), *((text, False) for text in outside)]:
        assert Cidr(network).holds(text) == expected
        assert duckdb.execute("SELECT regexp_matches(?, ?)", [text, pattern]).fetchall() == [(expected,)]


def test_no_network() -> None:
    with pytest.raises(NotExpressibleError, match=r"^sourceIPAddress\|cidr: .*has host bits set; use a network"):
        address_pattern("sourceIPAddress", "10.0.0.1/8")
