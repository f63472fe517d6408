from __future__ import annotations

import pytest

from core.net.address_guard import AddressGuard, AddressRefusedError, literal, not_public, parse_network

KINDS = {
    "loopback": "127.0.0.1 127.255.255.254 ::1 ::ffff:127.0.0.1 ::ffff:7f00:1 2002:7f00:1:: 64:ff9b::7f00:1",
    "private": "10.0.0.0 10.255.255.255 172.16.0.1 172.31.255.255 192.168.1.1 fc00::1 fd12:3456::1 ::ffff:10.1.2.3 "
    "2002:c0a8:101::1 64:ff9b::10.1.2.3",
    "shared": "100.64.0.1 100.127.255.255 ::ffff:100.64.0.1",
    "metadata": "169.254.169.254 169.254.170.2 169.254.170.23 fd00:ec2::254 fd00:ec2::23 fd20:ce::254 100.100.100.200 "
    "168.63.129.16 192.0.0.192 ::ffff:169.254.169.254 64:ff9b::a9fe:a9fe 2002:a9fe:a9fe::",
    "link-local": "169.254.1.1 fe80::1 fe80::1%eth0 febf::1",
    "multicast": "224.0.0.1 239.255.255.250 ff02::1 ff0e::1",
    "unspecified": "0.0.0.0 :: ::ffff:0.0.0.0",
    "reserved": "0.1.2.3 192.0.0.8 192.0.0.9 192.0.2.1 192.88.99.1 198.18.0.1 198.51.100.1 203.0.113.1 240.0.0.1 "
    "255.255.255.255 ::7f00:1 ::127.0.0.1 64:ff9b:1::1 100::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:2::1 "
    "2001:20::1 2001:db8::1 3fff::1 4000::1 5f00::1 fec0::1 fe00::1",
}
PUBLIC = (
    "1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.0 172.15.255.255 172.32.0.0 192.0.1.1 "
    "192.167.255.255 223.255.255.255 2606:4700:4700::1111 2a00:1450:4001::1 ::ffff:8.8.8.8 64:ff9b::808:808 "
    "2002:808:808::1"
)


@pytest.mark.parametrize(
    ("address", "kind"), [(address, kind) for kind, group in KINDS.items() for address in group.split()]
)
def test_what_is_not_public_and_why(address, kind):
    assert not_public(address) == kind
    assert not AddressGuard().permits(address)


@pytest.mark.parametrize("address", PUBLIC.split())
def test_public_addresses_pass(address):
    assert not_public(address) is None
    assert AddressGuard().permits(address)


@pytest.mark.parametrize("text", ["", "localhost", "127.1", "0177.0.0.1", "10.0.0.1 ", "1.2.3.4.5", "[::1]", "::1%"])
def test_what_is_no_numeric_address_may_not_be_connected_to(text):
    assert not AddressGuard([parse_network("0.0.0.0/0"), parse_network("::/0")]).permits(text)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("017700000001", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("0X7F.1", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("[::1]", "::1"),
        ("::ffff:7f00:1", "::ffff:7f00:1"),
        ("localhost", None),
        ("127.0.0.1.example.com", None),
        ("1.2.3.4 x", None),
        ("256.256.256.256", None),
        ("", None),
        ("ü.example", None),
    ],
)
def test_an_address_is_known_however_it_is_spelt(host, address):
    assert (str(found) if (found := literal(host)) else None) == address


ALL_KINDS = "127.0.0.1 ::1 10.1.2.3 172.16.9.9 192.168.1.1 fd12::1 100.64.0.1 169.254.1.1 169.254.169.254 fd00:ec2::254"


@pytest.mark.parametrize(
    ("starts", "reached"),
    [
        ("http://example.com/", ""),
        ("http://8.8.8.8/", ""),
        ("http://127.0.0.1:8099/", "127.0.0.1"),
        ("http://127.9.9.9/", "127.0.0.1"),
        ("http://localhost:8000/", "127.0.0.1 ::1"),
        ("http://shop.LOCALHOST./", "127.0.0.1 ::1"),
        ("http://localhost.example.com/", ""),
        ("http://2130706433/", "127.0.0.1"),
        ("http://[::ffff:127.0.0.1]/", "127.0.0.1"),
        ("http://[::1]:8000/", "::1"),
        ("http://10.200.0.1/", ""),  # alone: it opens no neighbour
        ("http://10.1.2.3/", "10.1.2.3"),
        ("http://user@192.168.1.1/", "192.168.1.1"),
        ("http://172.16.9.9/ http://100.64.0.1/", "172.16.9.9 100.64.0.1"),
        ("http://[fd12::1]/", "fd12::1"),
        ("http://[fd99::1]/", ""),
        ("http://169.254.1.1/", "169.254.1.1"),
        ("http://169.254.7.7/", ""),
        ("http://169.254.169.254/", "169.254.169.254"),
        ("http://[fd00:ec2::254]/", "fd00:ec2::254"),
        ("http://100.100.100.200/", ""),
    ],
)
def test_a_start_url_in_numbers_opens_itself_and_loopback_all_of_loopback(starts, reached):
    guard = AddressGuard((), starts.split())
    assert [address for address in ALL_KINDS.split() if guard.permits(address)] == reached.split()


@pytest.mark.parametrize(
    "answer", ["10.1.2.3", "127.0.0.1", "::1", "169.254.169.254", "fd00:ec2::254", "169.254.1.1", "0.0.0.0"]
)
def test_a_start_name_opens_nothing(answer):
    """It is its owner who says where it leads: today to the web, tonight into a private network."""
    guard = AddressGuard((), ["http://intranet.corp/"])
    with pytest.raises(AddressRefusedError, match=r"--allow-private [0-9a-f.:]+/(32|128) would let it through"):
        guard.permitted("Intranet.Corp.", [answer])
    assert guard.permitted("intranet.corp", ["93.184.216.34", answer]) == ["93.184.216.34"]
    assert guard.opened == []


def test_what_a_start_name_turns_to_later_is_refused():
    guard = AddressGuard((), ["http://shop.test/"])
    assert guard.permitted("shop.test", ["93.184.216.34"]) == ["93.184.216.34"]
    with pytest.raises(AddressRefusedError, match=r"shop\.test is at 10\.0\.0\.5 \(private\)"):
        guard.permitted("shop.test", ["10.0.0.5"])
    assert guard.opened == []


def test_names_reach_what_is_open():
    guard = AddressGuard((), ["http://10.9.9.9/"])
    assert guard.permitted("cdn.corp", ["10.9.9.9", "192.168.0.1"]) == ["10.9.9.9"]


def test_allowed_networks_are_open_with_all_that_is_in_them():
    guard = AddressGuard(map(parse_network, ["10.1.0.0/16", "fd00::/8", "169.254.169.254", "127.0.0.1"]))
    reached = "10.1.2.3 ::ffff:10.1.2.3 fd00:ec2::254 169.254.169.254 127.0.0.1"
    refused = "10.2.0.1 127.0.0.2 ::1 169.254.1.1 192.168.0.1"
    assert all(map(guard.permits, reached.split()))
    assert not any(map(guard.permits, refused.split()))
    assert guard.opened == []


def test_networks_that_were_opened_elsewhere_leave_metadata_services_closed():
    guard = AddressGuard(opened=["fc00::/7", "169.254.169.254/32"])
    assert [a for a in ALL_KINDS.split() if guard.permits(a)] == ["fd12::1", "169.254.169.254"]


def test_a_refusal_says_what_would_let_it_through():
    with pytest.raises(AddressRefusedError) as caught:
        AddressGuard().permitted("10.0.0.5", ["10.0.0.5"])
    assert str(caught.value).startswith("10.0.0.5 (private), which is not open")
    assert "--allow-private 10.0.0.5/32" in str(caught.value)


@pytest.mark.parametrize("host", ["127.1", "0x7f000001", "[::1]", "169.254.169.254."])
def test_an_address_that_a_proxy_would_be_asked_for_is_refused(host):
    with pytest.raises(AddressRefusedError):
        AddressGuard().check_literal(host)
    AddressGuard().check_literal("localhost")  # which the proxy resolves


@pytest.mark.parametrize("text", ["10.1.2.3/8", "intranet.corp", "", "10.0.0.0/33"])
def test_networks_are_written_exactly(text):
    with pytest.raises(ValueError, match=r"host bits|not appear"):
        parse_network(text)
