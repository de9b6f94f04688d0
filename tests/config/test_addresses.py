"""Where an address that somebody typed in may lead."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env
from config.lib import addresses
from config.lib.addresses import AddressRefused


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.9.9", "169.254.169.254", "0.0.0.0", "100.64.0.1"),
        *("224.0.0.1", "255.255.255.255", "::1", "fe80::1", "fd00::1", "::ffff:10.0.0.1", "ff02::1"),
        *("2002:0a00:0001::1", "64:ff9b::10.0.0.1", "2001:0:0a00:0001::1", "localhost", "2130706433", "0x7f.1"),
    ],
)
def test_what_leads_to_a_neighbour_of_the_server_is_refused(settings, host):
    settings.PRIVATE_NETWORKS = []
    with pytest.raises(AddressRefused):
        addresses.resolve(host, 5432)


@pytest.mark.parametrize("host", ["93.184.215.14", "2606:4700::1111"])
def test_what_is_public_comes_back_as_its_address(settings, host):
    settings.PRIVATE_NETWORKS = []
    assert addresses.resolve(host, 5432) == [host]


def test_a_private_network_that_is_named_is_allowed_and_no_other(settings):
    settings.PRIVATE_NETWORKS = ["10.1.0.0/16", "fd00::/8"]
    assert addresses.resolve("10.1.2.3", 5432) == ["10.1.2.3"]
    assert addresses.resolve("fd00::1", 5432) == ["fd00::1"]
    for host in ("10.2.0.1", "127.0.0.1"):
        with pytest.raises(AddressRefused):
            addresses.resolve(host, 5432)


def test_a_name_that_leads_nowhere_is_refused(settings):
    for host in ("nowhere.invalid", "a" * 300, "a..b"):
        with pytest.raises(AddressRefused):
            addresses.resolve(host, 5432)


def test_a_folder_of_sockets_must_be_named(settings):
    settings.PRIVATE_NETWORKS = ["10.0.0.0/8", "/var/run/postgresql"]
    addresses.check_socket("/var/run/postgresql")
    for folder in ("/var/run", "/var/run/postgresql/../other", "@abstract"):
        with pytest.raises(AddressRefused):
            addresses.check_socket(folder)


def test_the_setting_is_read_from_the_environment_and_a_wrong_one_names_itself(monkeypatch):
    monkeypatch.setenv("PRIVATE_NETWORKS", "10.0.0.0/8, fd00::/8,/var/run/postgresql")
    assert env.networks("PRIVATE_NETWORKS") == ["10.0.0.0/8", "fd00::/8", "/var/run/postgresql"]
    monkeypatch.setenv("PRIVATE_NETWORKS", "10.0.0.1/8")
    with pytest.raises(ImproperlyConfigured, match="PRIVATE_NETWORKS"):
        env.networks("PRIVATE_NETWORKS")
