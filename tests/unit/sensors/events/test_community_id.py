"""Community ID v1 against the values published with the specification."""

from __future__ import annotations

import pytest

from segmentation.model.addresses import Address
from sensors.events.community_id import community_id


# From the specification's own baseline files (default seed): addresses, protocol, ports or type and code.
@pytest.mark.parametrize(
    ("src", "dst", "protocol", "sport", "dport", "expected"),
    [
        ("128.232.110.120", "66.35.250.204", 6, 34855, 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
        ("66.35.250.204", "128.232.110.120", 6, 80, 34855, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
        ("192.168.1.52", "8.8.8.8", 17, 54585, 53, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="),
        ("192.168.0.89", "192.168.0.1", 1, 8, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="),
        ("192.168.0.1", "192.168.0.89", 1, 0, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="),
    ],
)
def test_published_values(src: str, dst: str, protocol: int, sport: int, dport: int, expected: str) -> None:
    a, b = Address.parse(src), Address.parse(dst)
    assert community_id(a.family, a.value, b.value, protocol, sport, dport) == expected


def test_direction_does_not_matter_without_ports_either() -> None:
    a, b = Address.parse("2001:db8::1").value, Address.parse("2001:db8::2").value
    assert community_id(6, a, b, 50, 0, 0) == community_id(6, b, a, 50, 0, 0)
    assert community_id(6, a, b, 58, 128, 0) == community_id(6, b, a, 58, 129, 0)
