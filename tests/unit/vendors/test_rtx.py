"""What each statement of a Yamaha configuration means, asked with packets."""

from __future__ import annotations

import pytest

from segmentation.analysis.simulate import Packet, simulate
from segmentation.device.device import Device, Verb
from segmentation.device.match import CtState
from segmentation.model.addresses import Address
from segmentation.vendors.reading import SourceText, decode
from segmentation.vendors.rtx import parse

TCP, UDP, ICMP = 6, 17, 1
BASE = "ip lan1 address 192.168.100.1/24\nip lan2 address 203.0.113.2/30\n"


def read(text: str) -> Device:
    return parse([SourceText("config.txt", text, "")])


def passes(
    device: Device, src: str, dst: str, protocol: int = TCP, dport: int = 80, *, sport: int = 40000, flags: int = 2,
    came: str = "lan2", goes: str = "lan1", state: CtState = CtState.NEW,
) -> bool | None:  # fmt: skip
    a, b = Address.parse(src), Address.parse(dst)
    return simulate(
        device,
        Packet(
            family=a.family, src=a.value, dst=b.value, protocol=protocol, sport=sport, dport=dport, flags=flags, ct_state=state,
            in_interface=came, out_interface=goes,
        ),
    ).accepted  # fmt: skip


def understood(device: Device) -> bool:
    return device.not_understood == ()


OUT, IN = "198.51.100.7", "192.168.100.10"


def test_no_list_lets_everything_pass() -> None:
    device = read(BASE)
    assert understood(device)
    assert passes(device, OUT, IN) is True


def test_what_matches_nothing_in_a_list_is_dropped() -> None:
    device = read(BASE + "ip filter 1 pass * 192.168.100.10 tcp * 443\nip lan2 secure filter in 1\n")
    assert passes(device, OUT, IN, dport=443) is True
    assert passes(device, OUT, IN, dport=80) is False
    assert passes(device, IN, OUT, came="lan1", goes="lan2") is True  # the list is for one direction


def test_the_order_of_the_list_counts_and_not_the_numbers() -> None:
    filters = "ip filter 1 pass * * tcp * 80\nip filter 2 reject * 192.168.100.10 * * *\n"
    assert passes(read(BASE + filters + "ip lan2 secure filter in 2 1\n"), OUT, IN) is False
    assert passes(read(BASE + filters + "ip lan2 secure filter in 1 2\n"), OUT, IN) is True


def test_output_list_stands_behind_the_input_list() -> None:
    device = read(
        BASE + "ip filter 1 pass * * * * *\nip filter 2 reject * * tcp * 80\n"
        "ip lan2 secure filter in 1\nip lan1 secure filter out 2 1\n"
    )
    assert passes(device, OUT, IN, dport=80) is False
    assert passes(device, OUT, IN, dport=81) is True


def test_later_definition_replaces_and_no_removes() -> None:
    again = "ip filter 1 pass * * * * *\nip filter 1 reject * * * * *\nip lan2 secure filter in 1\n"
    assert passes(read(BASE + again), OUT, IN) is False
    assert passes(read(BASE + again + "no ip lan2 secure filter in\n"), OUT, IN) is True
    gone = read(BASE + again + "no ip filter 1\n")
    assert passes(gone, OUT, IN) is False
    assert [p.location.line for p in gone.not_understood] == [5]  # the list names a filter that is not there


@pytest.mark.parametrize(
    ("condition", "packet", "expected"),
    [
        ("* * tcp * www,21,nntp", {"dport": 119}, True),
        ("* * tcp * www,21,nntp", {"dport": 22}, False),
        ("* * tcp * ftp", {"dport": 20}, True),
        ("* * udp,tcp * netbios_ns-netbios_ssn", {"dport": 138}, True),
        ("* * udp,tcp * netbios_ns-netbios_ssn", {"dport": 140}, False),
        ("* * udp,tcp 135 *", {"sport": 135, "protocol": UDP}, True),
        ("* * tcp * 1024-", {"dport": 1023}, False),
        ("* * tcp * -1023", {"dport": 0}, True),
        ("198.51.100.0/24 * *", {}, True),
        ("198.51.100.0/255.255.255.0 *", {}, True),
        ("198.51.100.0/0xffffff00", {}, True),
        ("198.51.100.1-198.51.100.6 *", {}, False),
        ("198.51.100.1-198.51.100.7 *", {}, True),
        ("10.0.0.1,198.51.100.7 192.168.*.10", {}, True),
        ("* 192.168.*.11", {}, False),
        ("* * established", {"flags": 16}, True),
        ("* * established", {"flags": 2}, False),
        ("* * established", {"flags": 16, "state": CtState.INVALID}, True),  # a flag, not a state
        ("* * tcpfin * 80", {"flags": 17}, True),
        ("* * tcpfin * 80", {"flags": 2}, False),
        ("* * tcprst", {"flags": 4}, True),
        ("* * tcpsyn", {"flags": 2}, True),
        ("* * tcpflag=0x0002/0x0017 * 80", {"flags": 2}, True),
        ("* * tcpflag=0x0002/0x0017 * 80", {"flags": 18}, False),
        ("* * tcpflag!=0x0002/0x0017 * 80", {"flags": 18}, True),
        ("* * icmp-error", {"protocol": ICMP, "sport": 3, "dport": 1}, True),
        ("* * icmp-error", {"protocol": ICMP, "sport": 8, "dport": 0}, False),
        ("* * icmp-info", {"protocol": ICMP, "sport": 8, "dport": 0}, True),
        ("* * 1", {"protocol": ICMP, "sport": 8, "dport": 0}, True),
        ("* * esp", {"protocol": 50}, True),
        ("* * icmp,tcp", {"protocol": UDP}, False),
        ("*", {"protocol": 89}, True),
    ],
)
def test_conditions(condition: str, packet: dict[str, int], expected: bool) -> None:
    device = read(BASE + f"ip filter 1 pass {condition}\nip lan2 secure filter in 1\n")
    assert understood(device)
    assert passes(device, OUT, IN, **packet) is expected  # type: ignore[arg-type]


def test_ports_of_any_protocol_are_certain_for_tcp_only() -> None:
    device = read(BASE + "ip filter 1 pass * * * * 53\nip lan2 secure filter in 1\n")
    assert passes(device, OUT, IN, dport=53) is True
    assert passes(device, OUT, IN, dport=54) is False
    assert passes(device, OUT, IN, protocol=50) is None


def test_restrict_depends_on_the_line() -> None:
    device = read(BASE + "ip filter 1 restrict * * tcp * 80\nip lan2 secure filter in 1\n")
    assert understood(device)
    assert passes(device, OUT, IN, dport=80) is None
    assert passes(device, OUT, IN, dport=81) is False


def test_log_entries_need_syslog_notice() -> None:
    text = BASE + "\n".join(
        f"ip filter {n} {a} * * tcp * {n}"
        for n, a in enumerate(("pass", "pass-log", "pass-nolog", "reject", "reject-log", "reject-nolog", "restrict-log"), 1)
    )
    text += "\nip lan2 secure filter in 1 2 3 4 5 6 7\n"
    logs = [r.log for r in read(text + "syslog notice on\n").chains["ip lan2 in"].rules]
    assert logs == [False, True, False, True, True, False, True, True]  # the last: the implicit deny
    assert not any(r.log for r in read(text).chains["ip lan2 in"].rules)


def test_dynamic_filter_makes_replies() -> None:
    device = read(
        BASE + "ip filter 1 pass * * * * *\nip filter 2 reject * * * * *\nip filter dynamic 10 * * www\n"
        "ip lan2 secure filter in 2\nip lan2 secure filter out 1 dynamic 10\n"
    )
    assert understood(device)
    assert passes(device, IN, OUT, dport=80, came="lan1", goes="lan2") is True
    back = {"sport": 80, "dport": 40000, "flags": 18}
    assert passes(device, OUT, IN, state=CtState.ESTABLISHED, **back) is True  # type: ignore[arg-type]
    assert passes(device, OUT, IN, state=CtState.NEW, **back) is False  # type: ignore[arg-type]
    assert passes(device, OUT, IN, state=CtState.ESTABLISHED, sport=443, dport=40000) is False


def test_dynamic_filter_without_a_static_pass_is_not_certain() -> None:
    device = read(
        BASE + "ip filter 1 reject * * udp * *\nip filter dynamic 10 * * domain\nip lan2 secure filter out 1 dynamic 10\n"
    )
    assert passes(device, IN, OUT, dport=53, came="lan1", goes="lan2") is None
    assert passes(device, IN, OUT, UDP, 53, came="lan1", goes="lan2") is False
    assert passes(device, IN, OUT, dport=80, came="lan1", goes="lan2") is False


def test_dynamic_filter_by_filters_ignores_their_addresses() -> None:
    device = read(
        BASE + "ip filter 1 pass * *\nip filter 5 reject 10.9.9.9 * udp * snmp\nip filter 6 pass * * udp * 2000\n"
        "ip filter 2 reject * *\nip filter dynamic 10 192.168.100.0/24 * filter 5 in 6 syslog=off timeout=60\n"
        "ip lan2 secure filter in 2\nip lan2 secure filter out 1 dynamic 10\n"
    )
    assert understood(device)
    assert passes(device, OUT, IN, UDP, 40000, sport=161, state=CtState.ESTABLISHED) is True
    assert passes(device, OUT, "192.168.101.1", UDP, 40000, sport=161, state=CtState.ESTABLISHED) is False
    assert passes(device, OUT, IN, UDP, 2000) is None  # only after the trigger
    assert passes(device, OUT, IN, UDP, 2001) is False


def test_ftp_data_connections() -> None:
    device = read(
        BASE + "ip filter 1 pass * *\nip filter 2 reject * *\nip filter dynamic 10 * * ftp\n"
        "ip lan2 secure filter in 2\nip lan2 secure filter out 1 dynamic 10\n"
    )
    assert passes(device, OUT, IN, sport=20, dport=50000, state=CtState.RELATED) is True
    assert passes(device, OUT, IN, sport=20, dport=50000) is False


def test_filter_sets() -> None:
    device = read(
        BASE + "ip filter 1 pass * * tcp * 80\nip filter 2 pass * *\nip filter set wan in 1 out 2 dynamic 10\n"
        "ip filter dynamic 10 * * udp\nip lan2 secure filter name wan\n"
    )
    assert understood(device)
    assert passes(device, OUT, IN) is True
    assert passes(device, OUT, IN, dport=81) is False
    assert passes(device, OUT, IN, UDP, 40000, sport=9, state=CtState.ESTABLISHED) is True


def test_pp_and_tunnel_contexts() -> None:
    device = read(
        "pp select 1\n pppoe use lan2\n ip pp secure filter in 1\n ip pp nat descriptor 1\n"
        "pp select 2\n ip pp secure filter in 2\n"
        "tunnel select 3\n ipsec tunnel 101\n  ipsec sa policy 101 1 esp aes-cbc sha-hmac\n ip tunnel secure filter in 2\n"
        "ip filter 1 reject * *\nip filter 2 pass * *\nnat descriptor type 1 masquerade\n"
    )
    assert understood(device)
    assert passes(device, OUT, IN, came="pp1") is False
    assert passes(device, OUT, IN, came="pp2") is True
    assert passes(device, OUT, IN, came="tunnel3") is True
    assert {i.name for i in device.interfaces} >= {"pp1", "pp2", "tunnel3"}


def test_interface_commands_without_a_selected_line_are_reported() -> None:
    device = read("ip pp secure filter in 1\nip filter 1 pass * *\n")
    assert [p.location.line for p in device.not_understood] == [1]


def test_interfaces_addresses_and_vlans() -> None:
    device = read(
        "vlan lan1/1 802.1q vid=10 name=jumin\nip lan1/1 address 10.1.0.1/255.255.0.0\n"
        "ip lan1/1 secondary address 10.2.0.1/24\n"
        "ipv6 lan1/1 address 2001:db8::1/64\nip lan2 address dhcp\n"
    )
    assert understood(device)
    first = next(i for i in device.interfaces if i.name == "lan1/1")
    assert first.vlan == 10
    assert [(f, n) for f, _, n in first.addresses] == [(4, 16), (4, 24), (6, 64)]


def test_static_masquerade_comes_before_the_input_filter() -> None:
    device = read(
        BASE + "ip filter 1 pass * 192.168.100.10 tcp * 8443\nip lan2 secure filter in 1\nip lan2 nat descriptor 1\n"
        "nat descriptor type 1 masquerade\nnat descriptor address outer 1 primary\n"
        "nat descriptor masquerade static 1 1 192.168.100.10 tcp 443=8443\n"
    )
    assert understood(device)
    assert passes(device, OUT, "203.0.113.2", dport=443) is True
    assert passes(device, OUT, "203.0.113.2", dport=444) is False


def test_static_nat_one_to_one_and_by_count() -> None:
    device = read(
        BASE
        + "ip filter 1 pass * 192.168.100.20-192.168.100.23 tcp * 80\nip lan2 secure filter in 1\nip lan2 nat descriptor 1\n"
        "nat descriptor type 1 static\nnat descriptor static 1 1 203.0.113.20=192.168.100.20 4\n"
    )
    assert understood(device)
    assert passes(device, OUT, "203.0.113.23") is True
    assert passes(device, OUT, "203.0.113.24") is False
    dnat = [r for r in device.chains["inbound nat"].rules if r.action.verb is Verb.DNAT]
    assert len(dnat) == 1


@pytest.mark.parametrize(
    "line",
    [
        "nat descriptor static 1 203.0.113.10:8080=192.168.100.10:80 tcp",
        "nat descriptor masquerade static 1 5 203.0.113.10:8080=192.168.100.10:80",
        "nat descriptor masquerade static 1 5 192.168.100.10 tcp 203.0.113.10:8080=80",
    ],
)
def test_static_entries_with_ports(line: str) -> None:
    device = read(
        BASE + "ip filter 1 pass * 192.168.100.10 tcp * 80\nip lan2 secure filter in 1\nip lan2 nat descriptor 1\n"
        "nat descriptor type 1 masquerade\n" + line
    )
    assert understood(device)
    assert passes(device, OUT, "203.0.113.10", dport=8080) is True
    assert passes(device, OUT, "203.0.113.10", dport=80) is False


def test_an_outer_address_learnt_at_run_time_is_not_certain() -> None:
    device = read(
        "ip lan1 address 192.168.100.1/24\nip lan2 address dhcp\nip lan2 nat descriptor 1\nnat descriptor type 1 masquerade\n"
        "ip filter 1 pass * 192.168.100.10\nip lan2 secure filter in 1\n"
        "nat descriptor masquerade static 1 1 192.168.100.10 tcp 443\n"
    )
    assert passes(device, OUT, "203.0.113.9", dport=443) is None


def test_incoming_forward_sends_the_rest_to_one_host() -> None:
    device = read(
        BASE + "ip lan2 nat descriptor 1\nnat descriptor type 1 masquerade\n"
        "nat descriptor masquerade incoming 1 forward 192.168.100.9\n"
        "ip filter 1 pass * 192.168.100.9\nip lan2 secure filter in 1\n"
    )
    assert understood(device)
    assert passes(device, OUT, "203.0.113.2", dport=9999) is True


def test_ipv6_is_not_forwarded_without_addresses_and_open_without_lists() -> None:
    assert passes(read(BASE), "2001:db8:1::1", "2001:db8:2::1") is False
    device = read(BASE + "ipv6 lan1 address 2001:db8:2::1/64\n")
    assert passes(device, "2001:db8:1::1", "2001:db8:2::1") is True
    closed = read(BASE + "ipv6 lan1 address 2001:db8:2::1/64\nipv6 filter 1 pass * * icmp6 * *\nipv6 lan2 secure filter in 1\n")
    assert passes(closed, "2001:db8:1::1", "2001:db8:2::1") is False
    assert passes(closed, "2001:db8:1::1", "2001:db8:2::1", 58, 0, sport=128) is True
    assert passes(read(BASE + "ip routing off\n"), OUT, IN) is False


ENTRY = "ip filter 100105 pass 198.51.100.0-198.51.100.255 192.168.100.10 tcp 1024-65535 10,20,105"


def wrapped(line: str, width: int) -> str:
    return "\n".join(line[i : i + width] for i in range(0, len(line), width)) + "\n"


@pytest.mark.parametrize("width", [80, 81, 82, 88])
def test_lines_wrapped_inside_a_word_are_joined(width: int) -> None:
    """Breaks before a number (80), inside numbers (81, 88) and before a comma (82); 80 is the width when none is given."""
    head = "" if width == 80 else f"console columns {width}\n"
    device = read(BASE + head + wrapped(ENTRY, width) + "ip lan2 secure filter in 100105\n")
    assert understood(device)
    assert [passes(device, OUT, IN, dport=p) for p in (10, 20, 105, 1, 5, 1020)] == [True, True, True, False, False, False]


def test_a_filter_list_wrapped_inside_a_number() -> None:
    numbers = [100000 + n for n in range(1, 10)] + [100105]
    filters = "".join(f"ip filter {n} pass * * tcp * {n % 1000}\n" for n in numbers)
    line = " ip tunnel secure filter in " + " ".join(map(str, numbers))
    assert line[79:81].isdigit()
    device = read("tunnel select 1\n" + wrapped(line, 80) + " ip tunnel mtu 1280\n" + filters)
    assert understood(device)
    assert passes(device, OUT, IN, dport=105, came="tunnel1") is True
    assert passes(device, OUT, IN, dport=8, came="tunnel1") is True


def test_a_blank_lost_in_the_last_column_is_put_back() -> None:
    line = "ip filter 7 pass 198.51.100.0-198.51.100.255 192.168.100.10,192.168.100.1 tcp *"
    assert len(line) == 79
    device = read(BASE + line + "\n443\nip lan2 secure filter in 7\n")
    assert understood(device)
    assert passes(device, OUT, IN, dport=443) is True
    assert passes(device, OUT, IN, dport=80) is False


def test_a_full_line_before_a_command_stays_alone() -> None:
    line = "ip filter 7 pass 198.51.100.0-198.51.100.255 192.168.100.10 tcp 1024-65535 80,81"
    assert len(line) == 80
    device = read(BASE + line + "\nip lan2 secure filter in 7\n")
    assert understood(device)
    assert passes(device, OUT, IN, dport=81) is True


def test_comments_in_shift_jis_become_the_rule_s_comment() -> None:
    text = "# 住民情報系からの通信を許可\nip filter 1 pass * * tcp * 80\nip lan2 secure filter in 1\n"
    source = decode(text.encode("cp932"), "config.txt")
    assert isinstance(source, SourceText)
    assert source.encoding == "cp932"
    rule = parse([source]).chains["ip lan2 in"].rules[0]
    assert rule.comment == "住民情報系からの通信を許可"
    assert rule.location.line == 2


@pytest.mark.parametrize(
    "line",
    [
        "frobnicate login password Secret99",
        "ip filter 1 pass * * tcp * 99999",
        "ip filter 1 pass * * quic",
        "ip filter 1 pass 10.0.0.0/33 *",
        "ip filter 1 pass host.example.jp *",
        "ip filter 1 permit * *",
        "ip filter x pass * *",
        "ip filter dynamic 1 * * unheard-of",
        "ip lan2 secure filter in 77",
        "ip lan2 secure filter name nowhere",
        "ip policy filter 1 pass * * * * *",
        "nat descriptor type 1 magic",
        "nat descriptor static 1 1 a=b",
        "upnp use on",
        "schedule at 1 */* 08:00 * ip lan2 secure filter in 1",
        "ip lan2 address 192.168.300.1/24",
        "lua emfs",
    ],
)
def test_what_has_no_meaning_is_reported(line: str) -> None:
    device = read(BASE + line + "\n" + ("ip lan2 secure filter in 1\n" if line.startswith("ip filter 1") else ""))
    assert [p.location.line for p in device.not_understood][:1] == [3]
    assert device.not_understood[0].sentence is not None
    assert "Secret99" not in device.not_understood[0].text


def test_a_part_without_meaning_widens_the_filter_and_makes_it_uncertain() -> None:
    device = read(BASE + "ip filter 1 pass host.example.jp 192.168.100.10 tcp * 443\nip lan2 secure filter in 1\n")
    assert passes(device, OUT, IN, dport=443) is None
    assert passes(device, OUT, IN, dport=80) is False
    assert passes(read(BASE + "ip filter 1 permit * *\nip lan2 secure filter in 1\n"), OUT, IN) is None


def test_secrets_are_masked() -> None:
    lines = [
        "login password Kpw-1", "administrator password Kpw-2", "login user taro Kpw-3", "login user taro encrypted Kpw-4",
        " pp auth username taro Kpw-5", " pp auth myname taro Kpw-6", "  ipsec ike pre-shared-key 1 text Kpw-7",
        " l2tp tunnel auth on Kpw-8", "sshd host key generate 28 Kpw-9 Kpw-10", "snmp community read-only Kpw-11",
    ]  # fmt: skip
    from segmentation.vendors.rtx.lines import masked  # noqa: PLC0415

    for line in lines:
        assert "Kpw" not in masked(line), line
        assert understood(read(line)), line


def test_unused_filters_are_listed() -> None:
    device = read(BASE + "ip filter 1 pass * *\nip filter 2 pass * *\nip lan2 secure filter in 1\n")
    assert [s.name for s in device.sets] == ["ip filter 2"]
