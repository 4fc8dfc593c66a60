"""Addresses that a firm registers: with https and no surprises, as every reader of addresses understands them."""

from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from goodstanding.errors import BadInput
from goodstanding.registry.addresses import LONGEST, MOST, check_addresses

GOOD = (
    "https://bikes.example",
    "https://bikes.example/",
    "https://bikes.example:8443/back?shop=1&next=%2Fhome",
    "https://xn--bcher-kva.example/back",
    "https://[2001:db8::1]/back",
    "http://localhost/back",
    "http://LOCALHOST:8000/",
    "http://127.0.0.1:8000/back",
    "http://[::1]:8000/back",
)
BAD = {
    "nothing": "",
    "a path": "/back",
    "no scheme": "//bikes.example/back",
    "no encryption": "http://bikes.example/back",
    "a name that begins like this machine's": "http://localhost.bikes.example/",
    "an address that begins like this machine's": "http://127.0.0.1.bikes.example/",
    "another of this machine's": "http://0.0.0.0/",
    "a script": "javascript:alert(1)",
    "a file": "file:///etc/passwd",
    "an app": "bikes://back",
    "data": "data:text/html,hello",
    "a fragment": "https://bikes.example/#back",
    "an empty fragment": "https://bikes.example/#",
    "a user": "https://ann@bikes.example/",
    "another's name as a user": "https://bank.example@bikes.example/",
    "a user of this machine's": "http://localhost@bikes.example/",
    "no host": "https:///back",
    "a port alone": "https://:443/back",
    "a port in letters": "https://bikes.example:https/",
    "a port there is not": "https://bikes.example:65536/",
    "a space": "https://bikes.example/the shop",
    "a space before": " https://bikes.example/",
    "a line's end": "https://bikes.example/\nback",
    "a line's end in the host": "https://bikes\n.example/",
    "a header": "https://bikes.example/\r\nSet-Cookie:a=b",
    "a tab": "https://bikes\t.example/",
    "nothing that is seen": "https://bikes.example/\0",
    "a quotation mark": 'https://bikes.example/"',
    "a tag": "https://bikes.example/<script>",
    "a backslash": "https:\\\\bikes.example/",
    "a backslash before the user": "https://bank.example\\@bikes.example/",
    "a host in brackets that is none": "https://[bikes.example]/",
    "half a bracket": "https://[::1/",
    "letters that look alike": "https://bіkes.example/",
    "a stop that looks alike": "https://bikes。example/",
    "half a character": "https://bikes.example/\ud800",
    "too much": f"https://bikes.example/{'a' * LONGEST}",
}


def test_an_address_with_https_or_of_this_machine_is_taken_as_it_is() -> None:
    for address in GOOD:
        assert check_addresses("url", [address]) == [address]
    longest = GOOD[1].ljust(LONGEST, "a")
    assert check_addresses("url", [longest]) == [longest]


@pytest.mark.parametrize("address", BAD.values(), ids=BAD)
def test_any_other_is_refused(address: str) -> None:
    with pytest.raises(BadInput, match=r"url: found .*expected an address with https and no fragment") as refusal:
        check_addresses("url", [GOOD[0], address])
    said = str(refusal.value)
    assert said.isascii()
    assert len(said) < LONGEST + 200


def test_several_are_each_kept_once_and_not_too_many() -> None:
    many = [f"https://bikes.example/{number}" for number in range(MOST + 1)]
    assert check_addresses("url", many[:MOST]) == sorted(many[:MOST])
    assert check_addresses("url", [GOOD[0], GOOD[1], GOOD[0]]) == [GOOD[0], GOOD[1]]
    assert check_addresses("url", []) == []
    with pytest.raises(BadInput, match=f"found {len(many)}; expected at most {MOST}"):
        check_addresses("url", many)


parts = st.sampled_from([*"/\\@#?:[]%.&=ab1 \t\n", "https:", "http:", "//", "localhost", "127.0.0.1", "bank.example"])


@given(st.lists(parts, max_size=9).map("".join) | st.text(max_size=30).map("https://a".__add__))
@example("https://bank.example:443\\@bikes.example/")
@example("http://localhost:80@bikes.example/")
@example("https://bikes.example%2f@bank.example/")
@example("https://a.example:/")
def test_what_is_taken_leads_to_the_same_host_for_every_reader(address: str) -> None:
    try:
        check_addresses("url", [address])
    except BadInput:
        return
    own, other = urlsplit(address), httpx.URL(address)
    assert (other.scheme, other.host) == (own.scheme, own.hostname)
    assert other.userinfo == b""
    assert other.fragment == ""
    assert own.scheme == "https" or own.hostname in ("localhost", "127.0.0.1", "::1")
