"""What the reader finds, and where: one edit of a sound file, one problem."""

# ruff: noqa: E501 - one edit a line reads as a table

from __future__ import annotations

import datetime as dt

import pytest
from zonefile_samples import SOUND, model, only, read

from segmentation.model.addresses import Address, AddressSet
from segmentation.model.conduits import ConduitKind, DataDirection
from segmentation.model.zones import ZoneKind

C = "[[conduits]]"


def test_a_sound_file() -> None:
    got = model(SOUND)
    assert read(SOUND).problems == ()
    assert got.zones["mn-srv"].kind is ZoneKind.MYNUMBER
    assert got.conduits["C1"].kind is ConduitKind.SPECIFIC
    assert got.conduits["C1"].data is DataDirection.BOTH
    assert got.conduits["C1"].initiator.addresses == AddressSet.parse("10.10.10.13")
    assert str(got.conduits["C1"].location) == f"z.toml:{SOUND[: SOUND.index(C)].count(chr(10)) + 1}:1"
    assert got.utc_offset_minutes == 540


@pytest.mark.parametrize(
    ("old", "new", "place", "words", "suggestion"),
    [
        ('kind = "lgwan"', 'kind = "lgwann"', '"lgwann"', "not a value", "lgwan"),
        ('kind = "specific"', 'knd = "specific"\nkind = "specific"', "knd", "no key 'knd'", "kind"),
        ('initiator = ["zei"]', 'src = 1\ninitiator = ["zei"]', "src", "no key 'src'", "initiator"),
        ('initiator = ["zei"]', 'initiator = ["zei", "zeii"]', '"zeii"', "no zone or endpoint 'zeii'", "zei"),
        ('services = ["https"]', 'services = ["htps"]', '"htps"', "no service 'htps'", "https"),
        ('services = ["https"]', "services = [443]", "443", "wrong form", None),
        ('services = ["https"]', "services = []", "[]", "empty", None),
        ('zone = "lg"', 'zone = "lgg"', '"lgg"', "no zone 'lgg'", "lg"),
        ('zone = "lg"', 'zone = "in"', '"10.20.10.12"', "not in the networks", None),
        ('address = "10.20.10.12"', 'address = "10.99.10.12"', '"10.99.10.12"', "not in the networks", None),
        ('address = "10.20.10.12"', 'address = "10.20.10.999"', '"10.20.10.999"', "not an address", None),
        ('address = "10.20.10.12"', 'address = "10.20.10.12/33"', '"10.20.10.12/33"', "not an address", None),
        ("00:00:5e:00:53:0d", "00:00:5e:00:53", '"00:00:5e:00:53"', "not a MAC", None),
        ("00:00:5e:00:53:0d", "01:00:5e:00:53:0d", '"01:00:5e:00:53:0d"', "multicast", None),
        ('"00:00:5e:00:53:0d"', '["00:00:5e:00:53:0d", "12345"]', '"12345"', "not a MAC", None),
        ("tcp = 443", "tcp = 70000", "70000", "not a port", None),
        ("tcp = 443", 'tcp = ["443", "9-1"]', '"9-1"', "not a port", None),
        ("tcp = 443", 'icmp = "300"', '"300"', "not an ICMP type", None),
        ("tcp = 443", 'protocols = "esq"', '"esq"', "no IP protocol", None),
        ("tcp = 443", 'name = "x"', "[[services]]", "neither protocol nor port", None),
        ('id = "zaimu"', 'id = "zei"', '"zei"', "already used at z.toml:32:1", None),
        ('id = "zaimu"', 'id = "lg"', '"lg"', "already used", None),
        ('id = "in"', 'id = "in x"', '"in x"', "wrong form", None),
        ('parent = "mn"', 'parent = "mm"', '"mm"', "no zone 'mm'", "mn"),
        ('parent = "mn"', 'parent = "mn"\nkind = "lgwan"', '"lgwan"', "differs from that of its parent 'mn'", "mynumber"),
        ('networks = ["10.30.0.0/16"]', 'networks = ["10.20.9.0/24"]', '"10.20.9.0/24"]', "overlap in 10.20.9.0/24", None),
        ('networks = ["10.30.0.0/16"]', 'networks = ["fd00:10:5::/48"]', '"fd00:10:5::/48"]', "overlap in fd00:10:5::/48", None),
        ('kind = "outside"', 'kind = "outside"\nnetworks = "0.0.0.0/0"', '"0.0.0.0/0"', "has no networks", None),
        ('kind = "alpha"', 'kind = "alpha"\nutc_offset = "+25:00"', '"+25:00"', "not an offset", None),
        ('profile = "daisen"', 'profile = ""', '""', "empty", None),
        ('name = "試験市"', "", "[organisation]", "'name' is missing", None),
        ('data = "both"', 'data = "both"\nvalid_from = 2026-04-02\nvalid_until = 2026-04-01', "2026-04-01", "before", None),
        ('data = "both"', 'data = "both"\nvalid_from = "2026-04-31"', '"2026-04-31"', "no date", None),
        ('data = "both"', 'data = "both"\nvalid_from = 1026-04-01', "1026-04-01", "year", None),
        ('data = "both"', 'data = "both"\nvalid_from = 2026-04-01T10:00:00', "2026-04-01T10:00:00", "wrong form", None),
        ('data = "both"', 'data = "both"\ngateway = "cdr"', '"cdr"', "no gateway 'cdr'", None),
        ('data = "both"', 'data = "both"\nexception = "EX-1"', '"EX-1"', "no exception 'EX-1'", None),
        ('data = "both"', 'data = "both"\nvia = ["lg", "fw"]', '"fw"', "no zone or device 'fw'", None),
        ('data = "both"', 'data = "both"\nmust_flow_days = 0', "0", "out of range", None),
        ('data = "both"', 'data = "both"\ndaily_limit = "5 apples"', '"5 apples"', "wrong form", None),
        ('data = "both"', 'data = "both"\npeer = { internet_reachable = "maybe" }', '"maybe"', "not a value", None),
        ('data = "both"', 'data = "both"\npins = [{ side = "initiator" }]', '{ side = "initiator" }', "neither address nor MAC", None),
        ('data = "both"', 'data = "both"\npins = [{ side = "initiator", address = "10.1.1.1" }]', "{ side", "not part of the initiator", None),
        (
            'data = "both"', 'data = "both"\npins = [{ side = "initiator", endpoint = "zei", mac = "00:00:5e:00:53:0e" }]',
            '"00:00:5e:00:53:0e"', "not the one the ledger has", None,
        ),
        ('data = "both"', 'data = "both"\nwindow = { start = "13:00", end = "25:00" }', '"25:00"', "wrong form", None),
        ('data = "both"', 'data = "both"\nwindow = { start = "13:00", end = "13:00" }', '"13:00" }', "same time", None),
        ('data = "both"', 'data = "both"\nwindow = { days = ["wend"], start = "1:00", end = "2:00" }', '"1:00"', "wrong form", None),
        ('data = "both"', 'data = "both"\nwindow = { days = "noday", start = "01:00", end = "02:00" }', '"noday"', "no weekday", None),
        ('responder = ["zaimu"]', 'responder = ["10.99.0.1"]', '["10.99.0.1"]', "in no zone", None),
        ('responder = ["zaimu"]', 'responder = ["in"]', '"C1"', "can never be declared", None),
        ('responder = ["zaimu"]', 'responder = ["203.0.113.9"]', '"C1"', "can never be declared", None),
        ('responder = ["zaimu"]', 'responder = ["10.30.0.0/24", "zaimu"]', '"C1"', "can never be declared", None),
        ('initiator = ["zei"]', 'initiator = ["10.0.0.0/7"]', '["10.0.0.0/7"]', "in no zone", None),
    ],
)  # fmt: skip
def test_one_edit_one_problem(old: str, new: str, place: str, words: str, suggestion: str | None) -> None:
    assert old in SOUND
    before, _, after = SOUND.rpartition(old)
    text = before + new + after
    found = [p for p in read(text).problems if words in p.message.en]
    assert found, [(str(p.location), p.message.en) for p in read(text).problems]
    problem = found[0]
    assert problem.severity == "error"
    assert problem.suggestion == suggestion
    shown = text.splitlines()[problem.location.line - 1]
    assert problem.text == shown
    assert shown[problem.location.column - 1 :].startswith(place.split("\n", maxsplit=1)[0])
    assert read(text).model is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('kind = "lgwan"', 'kind = "lgwann"'),
        ('networks = ["10.10.10.0/24"]', 'networks = ["10.10.10.0/99"]'),
        ('networks = ["10.10.10.0/24"]', 'netwroks = ["10.10.10.0/24"]'),
        ('parent = "mn"', 'parent = "xxxxxx"'),
        ("tcp = 443", "tcp = 99999"),
        ('id = "zaimu"', 'id = "10.0.0.1"'),
    ],
)
def test_one_mistake_is_said_once(old: str, new: str) -> None:
    problems = read(SOUND.replace(old, new)).problems
    assert len({p.location.line for p in problems}) <= 2, [p.message.en for p in problems]


def test_every_problem_in_one_run_in_the_order_of_the_file() -> None:
    text = (
        SOUND.replace('kind = "lgwan"', 'kind = "lgwann"')
        .replace('initiator = ["zei"]', 'initiator = ["zee"]')
        .replace('profile = "daisen"', 'profil = "daisen"')
        .replace('data = "both"', "data = 1\nvalid_from = 2026-02-30")
        .replace("00:00:5e:00:53:0d", "zz")
    )
    problems = read(text).problems
    assert [p.location.line for p in problems] == sorted(p.location.line for p in problems)
    words = " ".join(p.message.en for p in problems)
    for part in ("lgwann", "zee", "profil", "'data'", "2026-02-30", "zz"):
        assert part in words


def test_host_bits_are_a_warning_and_cut_off() -> None:
    text = SOUND.replace('"10.30.0.0/16"', '"10.30.9.9/16", "fd00:30::1/32"')
    result = read(text)
    assert [p.severity for p in result.problems] == ["warning", "warning"]
    assert "10.30.0.0/16" in result.problems[0].message.en
    assert "fd00:30::/32" in result.problems[1].message.en
    assert result.model is not None
    assert result.model.zones["in"].networks == AddressSet.parse("10.30.0.0/16") | AddressSet.parse("fd00:30::/32")


def test_parents_in_a_circle() -> None:
    text = SOUND.replace('id = "mn"\n', 'id = "mn"\nparent = "mn-srv"\n')
    errors = read(text).errors
    assert {p.location.line for p in errors} == {10, 16}
    assert all("lead back" in p.message.en for p in errors)


def test_service_groups() -> None:
    extra = '[[services]]\nid = "dns"\nudp = 53\ntcp = 53\n[[service_groups]]\nid = "all"\nmembers = ["web", "dns"]\n'
    extra += '[[service_groups]]\nid = "web"\nmembers = ["https", "tcp/80"]\n'
    got = model(SOUND + extra)
    assert {(t.single_protocol, t.dst_ports.low) for t in got.services["all"].terms} == {(6, 443), (6, 80), (17, 53), (6, 53)}
    assert got.services["all"].members == ("web", "dns")
    circle = extra.replace('["https", "tcp/80"]', '["https", "all"]')
    assert [p.message.en for p in read(SOUND + circle).errors] == [
        "The service group 'all' contains itself.",
        "The service group 'web' contains itself.",
    ]
    assert only(SOUND + extra.replace('"dns"]', '"dnss"]')).suggestion == "dns"


@pytest.mark.parametrize(
    "name", ["tcp/443", "udp/1-99", "icmp/8", "icmp/echo-request", "icmpv6/128/0", "esp", "proto/47", "any"]
)
def test_services_need_no_name(name: str) -> None:
    got = model(SOUND.replace('services = ["https"]', f'services = ["{name}"]'))
    assert got.conduits["C1"].services == (name,)
    assert got.services[name].terms


def test_windows_sizes_and_days() -> None:
    text = SOUND + 'window = { days = ["水", "Friday"], start = "22:30", end = "05:00" }\ndaily_limit = "2 GiB"\n'
    conduit = model(text).conduits["C1"]
    assert conduit.window is not None
    assert conduit.window.days == {2, 4}
    assert (conduit.window.start, conduit.window.end) == (1350, 300)
    assert conduit.daily_bytes == 2 << 30


def test_the_outside_is_what_nobody_lists() -> None:
    text = SOUND.replace('initiator = ["zei"]', 'initiator = ["in"]').replace('responder = ["zaimu"]', 'responder = ["net"]')
    to = model(text).conduits["C1"].responder.addresses
    assert Address.parse("203.0.113.9") in to
    assert Address.parse("2001:db8::1") in to
    for never in ("10.30.0.1", "192.168.1.1", "127.0.0.1", "224.0.0.1", "fd00::1", "fe80::1"):
        assert Address.parse(never) not in to


def test_a_party_is_everything_it_names() -> None:
    text = SOUND.replace('responder = ["zaimu"]', 'responder = ["10.20.99.1-10.20.99.9", "zaimu"]')
    text = text.replace('initiator = ["zei"]', 'initiator = "mn"')
    conduit = model(text).conduits["C1"]
    assert conduit.initiator.addresses == AddressSet.parse("10.10.0.0/16") | AddressSet.parse("fd00:10::/32")
    assert conduit.responder.addresses == AddressSet.parse("10.20.99.1-10.20.99.9") | AddressSet.parse("10.20.10.12")
    assert conduit.responder.networks == AddressSet.parse("10.20.99.1-10.20.99.9")


def test_an_endpoint_of_a_sub_zone_and_shared_addresses_and_macs() -> None:
    deeper = only(SOUND.replace('zone = "mn-srv"', 'zone = "mn"'))
    assert deeper.severity == "warning"
    assert "sub-zone 'mn-srv'" in deeper.message.en
    twin = '[[endpoints]]\nid = "twin"\nzone = "mn-srv"\naddress = "10.10.10.13"\n'
    assert "has the address 10.10.10.13 of 'zei'" in only(SOUND + twin).message.en
    dated = SOUND.replace("53:0d", '53:0d"\nvalid_until = "2026-05-31') + twin + "valid_from = 2026-05-01\n"
    assert read(dated).problems == ()
    mac = only(SOUND + '[[endpoints]]\nid = "copy"\nzone = "lg"\naddress = "10.20.10.99"\nmac = "0000.5e00.530d"\n')
    assert mac.severity == "warning"
    assert "MAC" in mac.message.en


def test_a_name_listed_twice_is_a_warning() -> None:
    found = only(SOUND.replace('initiator = ["zei"]', 'initiator = ["zei", "zei"]'))
    assert (found.severity, found.message.en) == ("warning", "'zei' is written twice.")
    assert found.text[found.location.column - 1 :] == '"zei"]'


def test_a_vlan_in_two_zones_is_a_warning() -> None:
    text = SOUND.replace('id = "lg"\n', 'id = "lg"\nvlans = [10, 20]\n').replace('id = "in"\n', 'id = "in"\nvlans = 20\n')
    found = only(text)
    assert found.severity == "warning"
    assert "VLAN 20" in found.message.en
    related = SOUND.replace('id = "mn"\n', 'id = "mn"\nvlans = 10\n').replace('id = "mn-srv"\n', 'id = "mn-srv"\nvlans = 10\n')
    assert read(related).problems == ()


def test_what_two_networks_never_join() -> None:
    text = SOUND.replace('kind = "alpha"', 'kind = "two_network"').replace('kind = "mynumber"', 'kind = "closed"')
    assert read(text).problems == ()  # closed to lg: not of the kinds that lead out
    found = only(text.replace('responder = ["zaimu"]', 'responder = ["in"]'))
    assert "two-network" in found.expected.en
    levels = text.replace("two_network", "levels").replace('responder = ["zaimu"]', 'responder = ["in"]')
    assert read(levels).problems == ()


def test_exceptions_and_their_dates() -> None:
    text = SOUND + (
        '[[exceptions]]\nid = "EX-1"\nclauses = "3.8.4"\nreason = "r"\nmeasure = "m"\n'
        "decided_on = 2026-05-01\nexpires_on = 2026-04-30\n"
        'applicant = { name = "a", role = "b" }\n'
    )
    assert "before" in only(text).message.en
    good = model(text.replace("2026-04-30", "2026-09-30")).exceptions["EX-1"]
    assert good.days_left(dt.date(2026, 9, 30)) == 0
    assert good.applicant is not None
    assert good.approver is None


def test_devices_and_sensors_name_known_things() -> None:
    text = SOUND + (
        '[[devices]]\nid = "fw"\ngateway = "none"\ninterfaces = [{ interface = "eth0", zones = ["mn", "mm"], external = "line" },'
        ' { interface = "eth0" }]\n[[sensors]]\nid = "s"\nzone = "lgg"\nboundaries = [["mn", "inn"], ["lg"]]\n'
        '[[changes]]\nid = "CH"\ndevices = ["fww"]\n[[reviews]]\nkind = "audit"\nby = "x"\nscope = ["fww"]\nsha256 = "zz"\n'
    )
    words = [p.message.en for p in read(text).problems]
    for part in (
        "gateway 'none'",
        "zone 'mm'",
        "connection 'line'",
        "'eth0' is written twice",
        "zone 'lgg'",
        "'boundaries'",
        "SHA-256",
    ):
        assert any(part in w for w in words), part
    assert sum("device 'fww'" in w for w in words) == 2


def test_gateway_faces() -> None:
    head = '[[gateways]]\nid = "g"\nkind = "file_sanitizer"\n'
    got = model(SOUND + head + 'faces = [{ endpoint = "zei" }, { zone = "lg", address = "10.20.1.1" }]\n').gateways["g"]
    assert [f.zone for f in got.faces] == ["mn-srv", "lg"]
    assert got.faces[0].macs == model(SOUND).endpoints["zei"].macs
    assert "no zone" in only(SOUND + head + 'faces = [{ address = "10.20.1.1" }]\n').message.en
    assert "not in the networks" in only(SOUND + head + 'faces = [{ zone = "lg", address = "10.30.1.1" }]\n').message.en


def test_settings_are_those_of_the_model() -> None:
    from dataclasses import fields  # noqa: PLC0415

    from segmentation.model.network import Settings  # noqa: PLC0415
    from segmentation.zonefile.tables_network import SETTINGS  # noqa: PLC0415

    assert {k.name for k in SETTINGS.keys} == {f.name for f in fields(Settings)}
    got = model(SOUND + "[settings]\nexception_warning_days = 60\nmax_pinned_hosts = 3\n").settings
    assert got.exception_warning_days == (60,)
    assert got.max_pinned_hosts == 3
    assert got.ram_limit_mb == Settings().ram_limit_mb


def test_rows_of_the_wrong_shape() -> None:
    assert "two brackets" in only(SOUND + "[contacts]\nrole = 'x'\n").expected.en
    words = [p.message.en for p in read(SOUND + "\n" + 'approvals = ["x"]\npins = 1\n').problems]
    assert len(words) == 2


def test_locations_with_multi_line_strings() -> None:
    text = SOUND.replace('name = "試験市"', 'name = """\n[[conduits]]\n"""')
    got = model(text)
    assert text.splitlines()[got.conduits["C1"].location.line - 1] == C
    assert got.conduits["C1"].location.line > 40
