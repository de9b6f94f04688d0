"""Writes a small database of networks in the MaxMind DB format, version 2.0, of IPv6 with IPv4 below ::/96."""

from ipaddress import ip_network

MARKER = b"\xab\xcd\xefMaxMind.com"
BITS = 128
UINT16, UINT32, UINT64 = 5, 6, 9
SIZES = {UINT16: 2, UINT32: 4, UINT64: 8}


def write(path, places):
    """places: {network: record}."""
    nodes, data = [[None, None]], bytearray()
    for text, record in places.items():
        network = ip_network(text)
        start, length = int(network.network_address), network.prefixlen + (96 if network.version == 4 else 0)
        node = 0
        for depth in range(length):
            side = start >> (BITS - 1 - depth) & 1
            if depth == length - 1:
                nodes[node][side] = ("data", len(data))
            else:
                if nodes[node][side] is None:
                    nodes.append([None, None])
                    nodes[node][side] = len(nodes) - 1
                node = nodes[node][side]
        data += encode(record)
    count = len(nodes)

    def pointer(value):
        if value is None:
            return count
        return count + 16 + value[1] if isinstance(value, tuple) else value

    tree = b"".join(pointer(value).to_bytes(3, "big") for node in nodes for value in node)
    facts = {
        "node_count": (UINT32, count),
        "record_size": (UINT16, 24),
        "ip_version": (UINT16, 6),
        "binary_format_major_version": (UINT16, 2),
        "binary_format_minor_version": (UINT16, 0),
        "build_epoch": (UINT64, 1),
        "database_type": "Test",
        "languages": [],
        "description": {},
    }
    path.write_bytes(tree + bytes(16) + bytes(data) + MARKER + encode(facts))


def encode(value):
    if isinstance(value, str):
        return head(2, len(value.encode())) + value.encode()
    if isinstance(value, dict):
        return head(7, len(value)) + b"".join(encode(part) for item in value.items() for part in item)
    if isinstance(value, list):
        return head(11, len(value)) + b"".join(map(encode, value))
    kind, number = value
    return head(kind, SIZES[kind]) + number.to_bytes(SIZES[kind], "big")


def head(kind, size):
    assert size < 29
    return bytes([kind << 5 | size]) if kind < 8 else bytes([size, kind - 7])
