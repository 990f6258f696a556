"""Write IPv4 networks as texts, for engines that compare addresses as text."""

import ipaddress

from deadfall.patterns.condition import ANY, Cidr, Part, Text


def network_texts(field: str, cidr: Cidr) -> tuple[Text, ...] | None:
    """Return texts, one of which matches a value of the field if and only if it is in the network.

    A network becomes the beginnings of its addresses in whole octets, such as `10.1.*`. That is exact on
    `sourceIPAddress`, whose other values are IPv6 addresses and names of services, which begin with a letter. For other
    fields, and for IPv6 addresses, which have many spellings, there are none, except that an IPv4 address has a single
    spelling.
    """
    network = ipaddress.ip_network(cidr.network)
    if network.version != 4 or (field != "sourceIPAddress" and network.prefixlen < 32):
        return None
    octets = max(1, -(-network.prefixlen // 8))
    return tuple(_beginning(str(subnet.network_address), octets) for subnet in network.subnets(new_prefix=8 * octets))


def _beginning(address: str, octets: int) -> Text:
    if octets == 4:
        return Text.literal(address, cased=True)
    return Text((Part("".join(f"{octet}." for octet in address.split(".")[:octets])), Part(wildcard=ANY)), cased=True)
