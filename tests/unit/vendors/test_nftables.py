"""Single constructs of nft rulesets and what they mean."""

from __future__ import annotations

import pytest

from segmentation.analysis.simulate import Packet, simulate
from segmentation.device.device import Device, Hook, Rule, Verb
from segmentation.device.match import CtState, Field, InterfaceMatch
from segmentation.model.intervals import IntervalSet
from segmentation.vendors.nftables import parse
from segmentation.vendors.reading import SourceText


def read(text: str, *others: tuple[str, str]) -> Device:
    return parse([SourceText("main.nft", text, "0" * 64), *(SourceText(n, t, "1" * 64) for n, t in others)])


def rules(rule: str, table: str = "inet", extra: str = "") -> tuple[Rule, ...]:
    """The rules that one line stands for, all of it understood."""
    device = read(f"table {table} t {{\n{extra}\n chain x {{ accept; }}\n chain c {{\n{rule}\n}}\n}}\n")
    assert not device.not_understood, device.not_understood
    return device.chains[f"{table} t c"].rules


def only(rule: str, table: str = "inet", extra: str = "") -> Rule:
    (found,) = rules(rule, table, extra)
    return found


def ints(rule: Rule, axis: Field) -> tuple[tuple[int, int], ...]:
    return rule.match.fields[axis].intervals


def ip(text: str) -> int:
    a, b, c, d = map(int, text.split("."))
    return a << 24 | b << 16 | c << 8 | d


# ---- dependencies ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "table", "families", "protocols"),
    [
        ("tcp dport 22 accept", "inet", {4, 6}, ((6, 6),)),
        ("tcp dport 22 accept", "ip", {4}, ((6, 6),)),
        ("ip saddr 10.0.0.1 accept", "inet", {4}, None),
        ("ip6 saddr fd00::1 accept", "inet", {6}, None),
        ("icmp type echo-request accept", "inet", {4}, ((1, 1),)),
        ("icmpv6 type echo-request accept", "inet", {6}, ((58, 58),)),
        ("meta nfproto ipv4 accept", "inet", {4}, None),
        ("meta nfproto != ipv4 accept", "inet", {6}, None),
        ("meta protocol { ip, ip6 } accept", "inet", {4, 6}, None),
        ("meta protocol arp accept", "inet", set(), None),
        ("ip protocol { tcp, udp } accept", "inet", {4}, ((6, 6), (17, 17))),
        ("meta l4proto icmp accept", "inet", {4, 6}, ((1, 1),)),
        ("meta l4proto != { tcp, 17 } accept", "ip6", {6}, ((0, 5), (7, 16), (18, 255))),
        ("udplite sport 5 accept", "inet", {4, 6}, ((136, 136),)),
        ("ip saddr 10.0.0.1 ip6 daddr fd00::1 accept", "inet", set(), None),
        ("ip6 saddr fd00::1 accept", "ip", set(), None),
        ("tcp option mss exists accept", "inet", {4, 6}, ((6, 6),)),
    ],
)
def test_what_a_field_implies(rule: str, table: str, families: set[int], protocols: object) -> None:
    found = only(rule, table)
    assert found.families == families
    if families:
        assert found.match.fields.get(Field.PROTO, IntervalSet()).intervals == (protocols or ())


def test_contradicting_protocols_match_nothing() -> None:
    assert only("meta l4proto tcp udp dport 53 accept").families == frozenset()


# ---- values ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("match", "axis", "expected"),
    [
        ("ip saddr 10.0.0.0/30", Field.SRC, ((ip("10.0.0.0"), ip("10.0.0.3")),)),
        ("ip saddr 10.0.0.9/30", Field.SRC, ((ip("10.0.0.8"), ip("10.0.0.11")),)),
        ("ip daddr 10.0.0.1-10.0.0.5", Field.DST, ((ip("10.0.0.1"), ip("10.0.0.5")),)),
        ("ip daddr != 0.0.0.1-255.255.255.255", Field.DST, ((0, 0),)),
        ("ip saddr { 10.0.0.1, 10.0.0.2, 10.0.0.0/31 }", Field.SRC, ((ip("10.0.0.0"), ip("10.0.0.2")),)),
        ("ip saddr & 255.255.255.254 == 10.0.0.2", Field.SRC, ((ip("10.0.0.2"), ip("10.0.0.3")),)),
        ("ip saddr & 0xffffff00 != 0", Field.SRC, ((256, (1 << 32) - 1),)),
        ("tcp dport { ssh, http, 8000-8010 }", Field.DPORT, ((22, 22), (80, 80), (8000, 8010))),
        ("tcp dport 0x50", Field.DPORT, ((80, 80),)),
        ("tcp dport < 1024", Field.DPORT, ((0, 1023),)),
        ("tcp dport ge 1024", Field.DPORT, ((1024, 65535),)),
        ("tcp sport != { 1-65535 }", Field.SPORT, ((0, 0),)),
        ("icmp type { echo-request, 13 }", Field.SPORT, ((8, 8), (13, 13))),
        ("icmpv6 type nd-neighbor-solicit icmpv6 code 0", Field.DPORT, ((0, 0),)),
        ("icmpv6 code policy-fail", Field.DPORT, ((5, 5),)),
        ("ct state established,related", Field.STATE, ((1, 2),)),
        ("ct state { new, untracked }", Field.STATE, ((0, 0), (4, 4))),
        ("ct state != invalid", Field.STATE, ((0, 2), (4, 4))),
        ("ct state 0x8", Field.STATE, ((0, 0),)),
        ("ct state & (established | related) == 0", Field.STATE, ((0, 0), (3, 4))),
        ("ct state != established,related", Field.STATE, ((0, 4),)),  # compares with the value 6, which no packet has
        ("tcp flags == syn", Field.FLAGS, ((2, 2),)),
        ("tcp flags != { syn }", Field.FLAGS, ((0, 1), (3, 255))),
        ("ether saddr 00:11:22:33:44:55", Field.SMAC, ((0x001122334455, 0x001122334455),)),
        ("@th,16,16 80 meta l4proto tcp", Field.DPORT, ((80, 80),)),
    ],
)
def test_values(match: str, axis: Field, expected: object) -> None:
    found = only(f"{match} accept")
    assert ints(found, axis) == expected
    assert not found.match.uncertain


@pytest.mark.parametrize(
    "spelling",
    ["tcp flags syn / fin,syn,rst,ack", "tcp flags & (fin | syn | rst | ack) == syn", "tcp flags & (fin|syn|rst|ack) syn",
     "tcp flags & 0x17 == 0x02", "tcp flags & (ack|rst|syn|fin) == 2"],
)  # fmt: skip
def test_spellings_of_the_first_packet_of_a_connection(spelling: str) -> None:
    found = only(f"{spelling} drop").match.fields[Field.FLAGS]
    assert found == IntervalSet.from_iter((f, f) for f in range(256) if f & 0x17 == 2)


@pytest.mark.parametrize(
    ("match", "inside", "outside"),
    [("tcp flags syn,rst", [2, 4, 6, 18], [0, 1, 16]), ("tcp flags ! syn,rst", [0, 1, 16], [2, 4]),
     ("tcp flags != syn / syn,ack", [0, 16, 18], [2, 3])],
)  # fmt: skip
def test_flag_masks(match: str, inside: list[int], outside: list[int]) -> None:
    found = only(f"{match} drop").match.fields[Field.FLAGS]
    assert all(f in found for f in inside)
    assert not any(f in found for f in outside)


def test_interfaces() -> None:
    assert only('iifname "eth*" accept').match.in_interface == InterfaceMatch(("eth*",))
    assert only("iif lo accept").match.in_interface == InterfaceMatch(("lo",))
    assert only('oifname != { "a", "b*" } accept').match.out_interface == InterfaceMatch(("a", "b*"), negated=True)
    assert only('iifname "eth*" iifname != "eth0" accept').match.uncertain  # no single interface match says this
    assert only('iifname { "eth0", "lan" } iifname != "eth0" accept').match.in_interface == InterfaceMatch(("lan",))
    assert only("iif 3 accept").match.uncertain  # an index: the file does not say which interface it is


# ---- sets, maps, concatenations --------------------------------------------------------------------------------------


def test_named_set_and_its_use() -> None:
    extra = "set s { type ipv4_addr; flags interval; elements = { 10.0.0.0/24, 10.0.1.1-10.0.1.9 }; }"
    assert ints(only("ip saddr @s accept", extra=extra), Field.SRC)[0] == (ip("10.0.0.0"), ip("10.0.0.255"))
    device = read(f"table inet t {{ {extra} set u {{ type ipv4_addr; }}; chain c {{ ip saddr @s accept; }}; }}")
    assert [(s.name, s.size, s.used, s.dynamic) for s in device.sets] == [
        ("inet t s", 2, True, False),
        ("inet t u", 0, False, False),
    ]


def test_a_set_filled_at_run_time_is_only_possible_beyond_its_known_elements() -> None:
    extra = "set s { type ipv4_addr; flags timeout; elements = { 10.0.0.1, 10.0.0.2 timeout 5m }; }"
    found = rules("ip saddr @s drop", extra=extra)
    assert [(dict(r.match.fields).get(Field.SRC), bool(r.match.uncertain)) for r in found] == [
        (IntervalSet.single(ip("10.0.0.1")), False), (None, True),
    ]  # fmt: skip
    (inverse,) = rules("ip saddr != @s accept", extra=extra)
    assert ip("10.0.0.1") not in inverse.match.fields[Field.SRC]
    assert inverse.match.uncertain


def test_a_set_that_rules_update_is_filled_at_run_time() -> None:
    extra = "set s { type ipv4_addr; elements = { 10.0.0.1 }; }\n chain other { add @s { ip saddr } accept; }"
    assert len(rules("ip saddr @s drop", extra=extra)) == 2


def test_concatenation_is_exact_in_both_directions() -> None:
    extra = "set s { type ipv4_addr . inet_service; elements = { 10.0.0.1 . 80, 10.0.0.2 . 80, 10.0.0.3 . 22 }; }"
    inside = rules("ip saddr . tcp dport @s accept", extra=extra)
    outside = rules("ip saddr . tcp dport != @s accept", extra=extra)
    for src in range(ip("10.0.0.0"), ip("10.0.0.5")):
        for port in (21, 22, 80, 81):
            member = (src, port) in {(ip("10.0.0.1"), 80), (ip("10.0.0.2"), 80), (ip("10.0.0.3"), 22)}
            for found, expected in ((inside, member), (outside, not member)):
                hits = [r for r in found if src in r.match.fields[Field.SRC] and port in r.match.fields[Field.DPORT]]
                assert len(hits) == int(expected)
    assert len(inside) == 2  # elements that differ in one part only are one product


def test_verdict_maps() -> None:
    found = rules("tcp dport vmap { 22 : accept, 80-90 : jump x, 23 : accept, * : drop }")
    assert [(r.action.verb, r.action.target, ints(r, Field.DPORT)) for r in found] == [
        (Verb.ACCEPT, "", ((22, 23),)), (Verb.JUMP, "inet t x", ((80, 90),)), (Verb.DROP, "", ((0, 21), (24, 79), (91, 65535))),
    ]  # fmt: skip
    named = rules(
        "iifname . tcp dport vmap @m", extra='map m { type ifname . inet_service : verdict; elements = { "e*" . 1 : drop }; }'
    )
    assert [(r.match.in_interface, r.action.verb) for r in named] == [(InterfaceMatch(("e*",)), Verb.DROP)]
    marks = rules("meta mark vmap { 1 : accept, 2 : drop }")
    assert [(r.action.verb, bool(r.match.uncertain)) for r in marks] == [(Verb.ACCEPT, True), (Verb.DROP, True)]
    assert {r.families for r in rules("meta nfproto vmap { ipv4 : jump x, ipv6 : drop }")} == {frozenset({4}), frozenset({6})}


def test_variables_and_nested_sets() -> None:
    text = """
define web = { 80, 443 }
define all = { $web, 8080 }
define lan = 10.0.0.0/8
define dev = "eth0"
define prio = -5
table inet t {
  define inner = 22
  chain c {
    type filter hook forward priority $prio; policy drop
    iifname $dev ip saddr $lan tcp dport $all accept
    ip saddr { $lan, 192.168.0.0/16 } tcp dport $inner accept
  }
}
table ip u { chain c { tcp dport $inner accept; } }
"""
    device = read(text)
    first, second = device.chains["inet t c"].rules
    assert ints(first, Field.DPORT) == ((80, 80), (443, 443), (8080, 8080))
    assert first.location.line == 11
    assert len(ints(second, Field.SRC)) == 2
    assert device.base_chains[0].priority == -5
    (note,) = device.not_understood  # a variable of another block is not in scope
    assert (note.location.line, note.widened) == (15, True)


# ---- statements ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "verb"),
    [
        ("accept", Verb.ACCEPT), ("drop", Verb.DROP), ("reject", Verb.DROP), ("reject with tcp reset", Verb.DROP),
        ("reject with icmpx type port-unreachable", Verb.DROP), ("return", Verb.RETURN), ("continue", Verb.CONTINUE),
        ("jump x", Verb.JUMP), ("goto x", Verb.GOTO), ("counter", Verb.CONTINUE), ("meta mark set 5", Verb.CONTINUE),
        ("ct mark set meta mark", Verb.CONTINUE), ("flow add @f", Verb.CONTINUE), ("ip dscp set cs1", Verb.CONTINUE),
        ("tcp option maxseg size set rt mtu", Verb.CONTINUE), ('ct helper set "ftp"', Verb.CONTINUE),
        ("meta mark set ip saddr map { 10.0.0.1 : 5 }", Verb.CONTINUE), ("masquerade", Verb.SNAT), ("redirect to :80",
        Verb.DNAT),
    ],
)  # fmt: skip
def test_verbs(rule: str, verb: Verb) -> None:
    found = only(rule)
    assert found.action.verb is verb
    assert not found.action.uncertain


def test_counter_log_comment_handle() -> None:
    found = only(
        'tcp dport 22 counter packets 7 bytes 420 log prefix "ssh: " level warn flags all accept comment "管理用" # handle 12'
    )
    assert (found.hits, found.log, found.comment, found.id) == (7, True, "管理用", "12")
    assert found.text.startswith("tcp dport 22 counter")


@pytest.mark.parametrize(
    "condition",
    [
        "limit rate 10/second", "limit rate over 10 mbytes/second burst 5 kbytes",
        'limit name "l"', "quota over 10 mbytes", "ct count over 5",
        "meta mark 5", "meta mark & 0xff == 1", "fib daddr type local", "fib saddr . iif oif missing", "socket transparent 1",
        "rt ip nexthop 10.0.0.1", "meta skuid root", "ct status snat", "ct original ip saddr 10.0.0.1", "ct direction original",
        "vlan id 5", "ether daddr 00:11:22:33:44:55", "meta pkttype host", 'meta hour "08:00"-"17:00"', "ip dscp cs1",
        "ip ttl < 5",
        "tcp option maxseg size 1-500", "numgen random mod 2 == 0", "update @s { ip saddr limit rate 5/second }",
        "meter m { ip saddr . tcp dport limit rate 5/second }", "@nh,0,8 5", "ip saddr . meta mark { 10.0.0.1 . 5 }",
        "tcp sequence 5",
        "udp length > 100", "exthdr frag exists", "frag more-fragments 1", "ipsec in reqid 1", 'osf name "Linux"', "ct zone 5",
        "tproxy to :80",
    ],
)  # fmt: skip
def test_conditions_that_cannot_be_known(condition: str) -> None:
    found = only(f"{condition} accept", extra="set s { type ipv4_addr; flags dynamic; }")
    assert found.match.uncertain
    assert found.action.verb is Verb.ACCEPT


def test_queue_is_decided_elsewhere() -> None:
    for rule in ("queue", "queue num 1-3 bypass,fanout", "queue to 5"):
        assert only(rule).action.uncertain


def test_next_header_is_certain_for_permits_only() -> None:
    assert not only("ip6 nexthdr tcp accept").match.uncertain
    denied = only("ip6 nexthdr tcp drop")
    assert denied.match.uncertain
    assert ints(denied, Field.PROTO) == ((6, 6),)
    assert Field.PROTO not in only("ip6 nexthdr != tcp accept").match.fields


def test_transport_ports_of_unknown_protocols_are_uncertain() -> None:
    known, other = rules("th dport 53 accept")
    assert ints(known, Field.DPORT) == ((53, 53),)
    assert not known.match.uncertain
    assert 1 in other.match.fields[Field.PROTO]
    assert other.match.uncertain


def test_translation() -> None:
    def to(rule: str, table: str = "inet") -> list[tuple[object, object]]:
        return [
            (r.action.translation.addresses, r.action.translation.ports) for r in rules(rule, table) if r.action.translation
        ]

    one = IntervalSet.single
    assert to("tcp dport 80 dnat ip to 10.0.0.1:8080") == [(one(ip("10.0.0.1")), one(8080))]
    assert to("dnat to 10.0.0.1-10.0.0.4", "ip") == [(IntervalSet.of((ip("10.0.0.1"), ip("10.0.0.4"))), None)]
    assert to("tcp dport 80 dnat to [fd00::1]:1-9", "ip6")[0][1] == IntervalSet.of((1, 9))
    assert to("tcp dport 80 dnat to :8080") == [(None, one(8080))]
    assert len(to("dnat ip to tcp dport map { 80 : 10.0.0.1, 443 : 10.0.0.2 . 8443 }")) == 2
    assert to("dnat ip to numgen inc mod 2 map { 0 : 10.0.0.1, 1 : 10.0.0.2 }")[0][0] == IntervalSet.of(
        (ip("10.0.0.1"), ip("10.0.0.2"))
    )
    masquerade = only("masquerade to :1024-65535 random").action.translation
    assert masquerade is not None
    assert masquerade.unknown
    redirect = only("udp dport 53 redirect").action.translation
    assert redirect is not None
    assert redirect.local
    prefix = only("dnat ip prefix to 10.0.0.0/24").action.translation
    assert prefix is not None
    assert prefix.keep_host_bits


def test_notrack_marks_the_device() -> None:
    assert read("table inet t { chain c { udp dport 53 notrack; }; }").conntrack_notrack
    assert not read("table inet t { chain c { accept; }; }").conntrack_notrack


def test_named_counter_counts_for_its_only_rule() -> None:
    one = "counter a { packets 7 bytes 9; }; counter b { packets 5 bytes 9; }; chain o { counter name b accept; };"
    assert only('counter name "a" accept', extra=one).hits == 7
    assert only('counter name "b" accept', extra=one).hits is None


def test_extensions_of_iptables_are_reported_and_followed_where_their_name_suffices() -> None:
    device = read(
        "table ip filter {\n chain FORWARD {\n  type filter hook forward priority filter; policy accept;\n"
        "  tcp flags syn / fin,syn,rst,ack xt match hashlimit counter packets 0 bytes 0 drop\n"
        '  meta l4proto tcp xt match "comment" accept\n'
        "  xt match recent counter packets 0 bytes 0\n"
        "  counter packets 0 bytes 0 xt target LOG\n"
        "  xt target REJECT\n"
        "  xt target TPROXY\n"
        " }\n chain PREROUTING {\n  type nat hook prerouting priority dstnat;\n  tcp dport 80 xt target DNAT\n }\n}\n"
    )
    found = device.chains["ip filter FORWARD"].rules
    assert [(r.action.verb, bool(r.match.uncertain), bool(r.action.uncertain), r.log) for r in found] == [
        (Verb.DROP, True, False, False), (Verb.ACCEPT, False, False, False), (Verb.CONTINUE, True, False, False),
        (Verb.CONTINUE, False, False, True), (Verb.DROP, False, False, False), (Verb.ACCEPT, True, True, False),
    ]  # fmt: skip
    (dnat,) = device.chains["ip filter PREROUTING"].rules
    assert dnat.action.translation is not None
    assert dnat.action.translation.unknown
    assert [n.location.line for n in device.not_understood] == [4, 6, 9, 13]


# ---- structure -------------------------------------------------------------------------------------------------------


def test_a_table_written_twice_is_one_table() -> None:
    device = read("table inet t { chain c { accept; }; }\ntable inet t { chain c { drop; }\n chain d { return; }; }\n")
    assert [r.action.verb for r in device.chains["inet t c"].rules] == [Verb.ACCEPT, Verb.DROP]
    assert list(device.chains) == ["inet t c", "inet t d"]


def test_base_chains() -> None:
    device = read(
        "table ip t { chain a { type filter hook forward priority security + 5; policy drop; }\n"
        "chain b { type nat hook prerouting priority dstnat; }\n"
        "chain c { type filter hook input priority -150; policy accept; }; }"
    )
    assert [(b.chain, b.hook, b.priority, b.policy.verb, b.kind) for b in device.base_chains] == [
        ("ip t a", Hook.FORWARD, 55, Verb.DROP, "filter"), ("ip t b", Hook.PREROUTING, -100, Verb.ACCEPT, "nat"),
        ("ip t c", Hook.INPUT, -150, Verb.ACCEPT, "filter"),
    ]  # fmt: skip


def test_command_form_and_what_commands_undo() -> None:
    device = read(
        "add table inet old; add chain inet old c\n"
        "flush ruleset\n"
        "add table inet t\n"
        "add chain inet t c { type filter hook forward priority 0; policy drop; }\n"
        "add set inet t s { type ipv4_addr; }\n"
        "add element inet t s { 10.0.0.1, 10.0.0.2 }\n"
        "delete element inet t s { 10.0.0.2 }\n"
        "add rule inet t c tcp dport \\\n 22 accept\n"
        "insert rule inet t c ip saddr @s drop\n"
        "add rule inet t c index 0 udp dport 53 accept\n"
        "nft add rule ip u c accept\n"
        "flush chain ip u c\n"
    )
    assert not device.not_understood
    found = device.chains["inet t c"].rules
    assert [r.text for r in found] == ["ip saddr @s drop", "udp dport 53 accept", "tcp dport \\ 22 accept"]
    assert ints(found[0], Field.SRC) == ((ip("10.0.0.1"), ip("10.0.0.1")),)
    assert [r.location.line for r in found] == [10, 11, 8]
    assert "inet old c" not in device.chains
    assert device.chains["ip u c"].rules == ()


def test_include_is_read_in_place() -> None:
    device = read(
        'define p = 22\ntable inet t { chain c {\n tcp dport 1 accept\n include "/etc/nftables.d/more.nft"\n drop\n} }\n',
        ("nftables.d/more.nft", "tcp dport $p accept # handle 7\n"),
        ("nftables.d/unused.nft", "table ip v { chain c { accept; }; }\n"),
    )
    assert not device.not_understood
    assert [(r.location.file, r.location.line) for r in device.chains["inet t c"].rules] == [
        ("main.nft", 3), ("nftables.d/more.nft", 1), ("main.nft", 5),
    ]  # fmt: skip
    assert "ip v c" in device.chains
    assert len(device.inputs) == 3


def test_absent_include_and_circular_include_are_reported() -> None:
    (absent,) = read('include "/etc/nftables.d/*.nft"\n').not_understood
    assert absent.widened
    assert absent.sentence is not None
    circular = read('include "b.nft"\n', ("b.nft", 'include "main.nft"\n')).not_understood
    assert circular
    assert all(n.widened for n in circular)


def test_tables_that_only_narrow_are_listed_but_do_not_widen() -> None:
    device = read(
        "table arp a { chain c { type filter hook input priority 0; policy drop; }; }\n"
        "table bridge b { chain c { type filter hook forward priority 0; policy drop; }; }\n"
        "table netdev n { chain c { type filter hook ingress device eth0 priority 0; ip saddr 10.0.0.0/8 drop; }; }\n"
        "table inet i { chain c { type filter hook ingress device eth0 priority 0; policy drop; }; }\n"
    )
    assert len(device.not_understood) == 4
    assert not any(n.widened for n in device.not_understood)
    assert not device.base_chains


def test_forwarding_at_the_interface_widens() -> None:
    device = read(
        'table netdev n { chain c { type filter hook ingress device eth0 priority 0; ip saddr 10.0.0.1 fwd to "eth1"; }; }'
    )
    assert device.not_understood[0].widened


def test_dormant_table_is_not_in_force() -> None:
    device = read("table inet t { flags dormant; chain c { type filter hook forward priority 0; policy drop; }; }")
    assert device.base_chains == ()
    assert device.notes


def test_jump_to_nowhere_and_circles_are_cut() -> None:
    missing = read("table inet t { chain c { jump nowhere; }; }")
    assert missing.chains["inet t c"].rules[0].action.uncertain
    assert missing.not_understood[0].widened
    circle = read("table inet t { chain a { jump b; }\n chain b { goto a; }; }")
    assert len(circle.not_understood) == 1
    assert sum(bool(r.action.target) for c in circle.chains.values() for r in c.rules) == 1


# ---- what is not understood ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "column"),
    [
        ("ip saddr 10.0.0.0/8 frobnicate 5 tcp dport 22 accept", 22), ("frobnicate accept",
        2), ("ip saddr host.example accept", 2),
        ("tcp dport no-such-service accept", 2), ("ip saddr @nowhere accept", 2), ("tcp dport 70000 accept", 2),
        ("ip saddr 10.0.0.9-10.0.0.1 accept", 2), ("meta frobnicate 5 accept", 2), ("ip saddr 10.0.0.256 accept", 2),
        ("tcp dport { 22, accept", 18), ("tcp dport vmap @nowhere", 2), ("ct state frobnicate accept", 2),
    ],
)  # fmt: skip
def test_unknown_parts_keep_the_rule_as_possible(rule: str, column: int) -> None:
    device = read(f"table inet t {{\nchain c {{\n {rule}\n}}\n}}\n")
    (found,) = device.chains["inet t c"].rules
    assert found.match.uncertain or found.action.uncertain
    assert found.action.verb is Verb.ACCEPT
    note = device.not_understood[0]
    assert (note.location.line, note.location.column) == (3, column)
    assert note.widened


def test_unknown_statement_without_verdict_may_accept() -> None:
    device = read("table inet t { chain c { ip saddr 10.0.0.1 frobnicate; }; }")
    assert device.chains["inet t c"].rules[0].action.uncertain


def test_statement_after_a_verdict_is_an_error() -> None:
    device = read("table inet t { chain c { tcp dport 22 accept log; }; }")
    assert device.chains["inet t c"].rules[0].action.verb is Verb.ACCEPT
    assert device.not_understood


def test_unknown_block_is_skipped_to_its_brace() -> None:
    device = read("table inet t {\n frobnicator f {\n  chain x { accept; }\n }\n chain c {\n  drop\n }\n}\n")
    assert list(device.chains) == ["inet t c"]
    (note,) = device.not_understood
    assert (note.location.line, note.widened) == (2, True)


def test_rewriting_without_tracking_is_reported() -> None:
    (note,) = read("table ip t { chain c { ip daddr set 10.0.0.1; }; }").not_understood
    assert note.widened


# ---- the whole -------------------------------------------------------------------------------------------------------


def test_accept_in_one_base_chain_does_not_end_the_next() -> None:
    device = read(
        "table inet a { chain c { type filter hook forward priority 0; policy drop; tcp dport 22 accept; }; }\n"
        "table inet b { chain c { type filter hook forward priority 5; policy accept; ip saddr 10.0.0.1 drop; }; }\n"
    )

    def passes(src: str, port: int) -> bool | None:
        packet = Packet(family=4, src=ip(src), dst=ip("10.9.9.9"), protocol=6, sport=1, dport=port, ct_state=CtState.NEW)
        return simulate(device, packet).accepted

    assert passes("10.0.0.2", 22) is True
    assert passes("10.0.0.1", 22) is False
    assert passes("10.0.0.2", 23) is False


def test_no_text_is_refused_and_empty_text_is_an_empty_device() -> None:
    with pytest.raises(ValueError, match="no text"):
        parse([])
    assert read("").rules == 0


@pytest.mark.parametrize(
    ("translation", "expected"),
    [("", [False, False]), ("tcp dport 80 dnat ip to 10.0.0.9", [None, False]), ("tcp dport 80 redirect to :99", [None, None])],
)
def test_a_translated_destination_is_one_that_a_rule_translates_to(translation: str, expected: list[bool | None]) -> None:
    text = (
        "table inet t {\n chain n {\n type nat hook prerouting priority dstnat\n " + translation + "\n }\n"
        " chain f {\n type filter hook forward priority 0; policy drop\n ct status dnat accept\n }\n}\n"
    )
    found = parse([SourceText("x", text, "")])
    assert found.not_understood == ()

    def first(target: int) -> bool | None:
        return simulate(found, Packet(family=4, src=1, dst=target, protocol=6, sport=5, dport=443)).accepted

    assert [first(0x0A000009), first(0x0A000001)] == expected
    answer = Packet(family=4, src=0x0A000009, dst=1, protocol=6, sport=80, dport=5, ct_state=CtState.ESTABLISHED)
    assert simulate(found, answer).accepted is None
