"""Whose address counts, with and without proxies in front."""

import pytest
from django.test import RequestFactory

from config.lib.callers import address_of, network_of


def called(remote="198.51.100.9", forwarded=None):
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return RequestFactory().get("/", headers=headers, REMOTE_ADDR=remote)


def test_without_a_proxy_of_ones_own_nothing_but_the_connection_is_believed():
    assert address_of(called(forwarded="203.0.113.1")) == "198.51.100.9"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "found"),
    [
        (1, "203.0.113.1", "203.0.113.1"),
        (1, "6.6.6.6, 203.0.113.1", "203.0.113.1"),
        (2, "6.6.6.6, 203.0.113.1, 10.0.0.2", "203.0.113.1"),
        (2, "10.0.0.2", None),
        (1, None, None),
        (1, "not an address", None),
        (1, "::ffff:203.0.113.1", "203.0.113.1"),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_of_ones_own_proxies_the_outermost_says_who_called(settings, proxies, forwarded, found):
    settings.PROXIES = proxies
    assert address_of(called(forwarded=forwarded)) == found


@pytest.mark.parametrize("remote", ["", "unix:", "x" * 10_000])
def test_a_connection_without_an_address_is_nobodys(remote):
    assert address_of(called(remote)) is None


def test_of_ipv6_the_network_is_told_apart_and_of_ipv4_the_address():
    assert network_of("2001:db8:1:2:3::4") == network_of("2001:db8:1:2::9") == "2001:db8:1:2::/64"
    assert network_of("203.0.113.1") == "203.0.113.1"
