"""What the configuration tree consists of: what is read, what has no bearing on traffic, what is named and not analysed.

PAN-OS Administrator's Guide and XML API browser, "config"; ``set`` lines need it to tell keys from values.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

#: LEAF: one value or a list.  SKIP: has no bearing on which packets pass.  NAMED: has, and is not analysed.
Kind = Literal["leaf", "skip", "named"]
LEAF: Kind = "leaf"
SKIP: Kind = "skip"
NAMED: Kind = "named"


@dataclass(frozen=True, slots=True)
class Block:
    """Fixed keys."""

    keys: dict[str, Spec] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """Entries of any name."""

    inner: Spec


Spec = Kind | Block | Table


def _leaves(*names: str) -> dict[str, Spec]:
    return dict.fromkeys(names, LEAF)


def _skips(*names: str) -> dict[str, Spec]:
    return dict.fromkeys(names, SKIP)


_PORTS = Block({**_leaves("port", "source-port"), **_skips("override")})
_COMMON_RULE: dict[str, Spec] = _leaves(
    "from", "to", "source", "destination", "service", "disabled", "description", "tag", "group-tag", "negate-source",
    "negate-destination", "target", "source-user", "active-active-device-binding", "uuid", "audit-comment",
)  # fmt: skip
_TARGET = Block({"devices": Table(SKIP), **_leaves("negate", "tags")})
SECURITY_RULE = Block(
    {
        **_COMMON_RULE, "target": _TARGET,
        **_leaves(
            "application", "action", "rule-type", "category", "schedule", "hip-profiles", "source-hip", "destination-hip",
            "log-start", "log-end", "log-setting", "icmp-unreachable", "saas-user-list", "saas-tenant-list", "source-imsi",
            "source-imei", "source-nw-slice", "source-device", "destination-device",
        ),
        **_skips("profile-setting", "option", "qos", "disable-server-response-inspection", "disable-inspect"),
    }
)  # fmt: skip
DEFAULT_RULE = Block(
    {
        **_leaves("action", "log-start", "log-end", "log-setting", "tag", "group-tag", "icmp-unreachable", "uuid"),
        **_skips("profile-setting"),
    }
)  # fmt: skip
_TRANSLATED = Block(
    {
        **_leaves("translated-address"), **_skips("fallback"),
        "interface-address": Block(_leaves("interface", "ip", "floating-ip")),
        "bi-directional": LEAF,
    }
)  # fmt: skip
_DESTINATION = Block({**_leaves("translated-address", "translated-port", "distribution"), **_skips("dns-rewrite")})
NAT_RULE = Block(
    {
        **_COMMON_RULE, "target": _TARGET, **_leaves("nat-type", "to-interface"),
        "source-translation": Block(
            {"dynamic-ip-and-port": _TRANSLATED, "dynamic-ip": _TRANSLATED, "static-ip": _TRANSLATED,
            "persistent-dynamic-ip-and-port": _TRANSLATED}
        ),
        "destination-translation": _DESTINATION, "dynamic-destination-translation": _DESTINATION,
    }
)  # fmt: skip
RULEBASE = Block(
    {
        "security": Block({"rules": Table(SECURITY_RULE)}),
        "nat": Block({"rules": Table(NAT_RULE)}),
        "default-security-rules": Block({"rules": Table(DEFAULT_RULE)}),
        "pbf": NAMED, "sdwan": NAMED, "application-override": NAMED,
        **_skips("decryption", "qos", "dos", "tunnel-inspect", "captive-portal", "authentication", "network-packet-broker"),
    }
)  # fmt: skip
_APPLICATION = Block(
    {
        "default": Block(
            {
                "port": LEAF, "ident-by-ip-protocol": LEAF,
                "ident-by-icmp-type": Block(_leaves("type", "code")), "ident-by-icmp6-type": Block(_leaves("type", "code")),
            }
        ),
        "signature": SKIP,
        **_skips(
            "category", "subcategory", "technology", "description", "risk", "timeout", "tcp-timeout", "udp-timeout",
            "tcp-half-closed-timeout", "tcp-time-wait-timeout", "evasive-behavior", "consume-big-bandwidth", "used-by-malware",
            "able-to-transfer-file", "has-known-vulnerability", "tunnel-other-application", "tunnel-applications",
            "prone-to-misuse", "pervasive-use", "file-type-ident", "virus-ident", "data-ident", "parent-app",
            "no-appid-caching", "alg-disable-capability", "tag",
        ),
    }
)  # fmt: skip
OBJECTS: dict[str, Spec] = {
    "address": Table(Block({**_leaves("ip-netmask", "ip-range", "ip-wildcard", "fqdn", "description", "tag"),
    "disable-override": SKIP})),
    "address-group": Table(
        Block({**_leaves("static", "description", "tag"), "dynamic": Block(_leaves("filter")), "disable-override": SKIP})
    ),
    "service": Table(
        Block({"protocol": Block({"tcp": _PORTS, "udp": _PORTS, "sctp": _PORTS}), **_leaves("description", "tag"),
        "disable-override": SKIP})
    ),
    "service-group": Table(Block({**_leaves("members", "tag", "description"), "disable-override": SKIP})),
    "application": Table(_APPLICATION),
    "application-group": Table(Block({**_leaves("members", "tag"), "disable-override": SKIP})),
    "external-list": Table(SKIP),
    "region": Table(Block({"address": LEAF, "geo-location": SKIP})),
    "schedule": Table(SKIP),
    **_skips(
        "application-filter", "application-status", "application-tag", "tag", "profiles", "profile-group", "log-settings",
        "dynamic-user-group", "device-object", "threats", "botnet", "certificate", "certificate-profile",
        "ssl-tls-service-profile",
        "ssl-decrypt", "response-page", "local-user-database", "authentication-profile", "authentication-sequence",
        "authentication-object", "server-profile", "pdf-summary-report", "report-group", "reports", "email-scheduler",
        "admin-role", "display-name", "description", "ocsp-responder", "scep", "url-admin-override", "url-content-types",
        "user-id-collector", "user-id-agent", "user-id-agent-sequence", "ts-agent", "group-mapping", "captive-portal",
        "redistribution-agent", "redistribution-collector", "vm-info-source", "global-protect", "sdwan-interface-profile",
        "setting", "dns-proxy", "devices", "reference-templates", "user-group-source", "authorization-code", "content-preview",
        "alg-override", "multi-factor-authentication", "saml", "quarantine", "dhcp", "lldp-profile",
    ),
}  # fmt: skip
ZONE = Block(
    {
        "network": Block(
            {
                **_leaves("layer3", "layer2", "virtual-wire", "tap", "tunnel", "external"),
                **_skips("zone-protection-profile", "log-setting", "enable-packet-buffer-protection", "net-inspection",
                "prenat-identification"),
            }
        ),
        **_skips("enable-user-identification", "enable-device-identification", "user-acl", "device-acl"),
    }
)  # fmt: skip
VSYS = Block(
    {
        **OBJECTS, "zone": Table(ZONE), "rulebase": RULEBASE, "pre-rulebase": RULEBASE, "post-rulebase": RULEBASE,
        "import": Block({"network": Block({"interface": LEAF, **_skips("virtual-router", "virtual-wire", "vlan",
        "logical-router")}),
                         "visible-vsys": LEAF, "resource": SKIP, "dns-proxy": SKIP}),
    }
)  # fmt: skip
_L3: dict[str, Spec] = {
    "ip": Table(SKIP), "interface-management-profile": LEAF, "tag": LEAF,
    "ipv6": Block({"address": Table(SKIP), **_skips("enabled", "interface-id", "neighbor-discovery", "dhcp-client",
    "inherited")}),
    "dhcp-client": SKIP, "pppoe": SKIP,
    **_skips("mtu", "comment", "adjust-tcp-mss", "ndp-proxy", "lldp", "netflow-profile", "untagged-sub-interface", "arp",
    "ddns-config",
             "sdwan-link-settings", "bonjour", "lacp", "ipv6-client", "decrypt-forward", "df-ignore", "link-tag",
             "traffic-interval"),
}  # fmt: skip
_UNIT = Block(_L3)
_L3_PORT = Block({**_L3, "units": Table(_UNIT)})
_L2_PORT = Block(
    {"units": Table(Block({"tag": LEAF, **_skips("comment", "netflow-profile")})), **_skips("lldp", "netflow-profile", "lacp")}
)
_PORT = Table(
    Block(
        {
            "layer3": _L3_PORT, "layer2": _L2_PORT, "virtual-wire": _L2_PORT,
            **_skips("tap", "ha", "aggregate-group", "comment", "link-speed", "link-duplex", "link-state", "lacp", "log-card",
                     "decrypt-mirror", "poe"),
        }
    )
)  # fmt: skip
_ROUTES = Table(
    Block({"destination": LEAF, "interface": LEAF, "nexthop": Block(_leaves("ip-address", "ipv6-address", "next-vr",
    "discard", "fqdn", "next-lr")),
           **_skips("metric", "admin-dist", "bfd", "path-monitor", "route-table", "option")})
)  # fmt: skip
NETWORK = Block(
    {
        "interface": Block(
            {"ethernet": _PORT, "aggregate-ethernet": _PORT, "vlan": _L3_PORT, "loopback": _L3_PORT, "tunnel": _L3_PORT,
            "sdwan": _L3_PORT,
             **_skips("hsci", "ha1", "cellular")}
        ),
        "virtual-router": Table(
            Block({"interface": LEAF, "routing-table": Block({"ip": Block({"static-route": _ROUTES}),
            "ipv6": Block({"static-route": _ROUTES})}),
                   **_skips("protocol", "ecmp", "multicast", "admin-dists", "routing-options")})
        ),
        "profiles": Block(
            {
                "interface-management-profile": Table(
                    Block({**_leaves("http", "https", "ssh", "telnet", "snmp", "ping", "response-pages", "http-ocsp",
                    "userid-service",
                                     "userid-syslog-listener-ssl", "userid-syslog-listener-udp", "description"),
                                     "permitted-ip": Table(SKIP)})
                ),
                **_skips("zone-protection-profile", "monitor-profile", "bfd-profile", "lldp-profile",
                "sdwan-interface-profile"),
            }
        ),
        "shared-gateway": NAMED,
        **_skips("vlan", "virtual-wire", "ike", "ipsec", "tunnel", "qos", "dns-proxy", "dhcp", "lldp", "logical-router",
                 "underlay-net", "routing-profile", "proxy", "secure-web-gateway"),
    }
)  # fmt: skip
_SYSTEM = Block(
    {
        **_leaves("hostname", "ip-address", "netmask", "default-gateway", "ipv6-address", "ipv6-default-gateway"),
        "permitted-ip": Table(SKIP),
        "service": Block(_leaves("disable-telnet", "disable-http", "disable-https", "disable-ssh", "disable-snmp",
        "disable-icmp",
                                 "disable-userid-service", "disable-userid-syslog-listener-ssl",
                                 "disable-userid-syslog-listener-udp",
                                 "disable-http-ocsp")),
        **_skips("type", "update-server", "update-schedule", "timezone", "dns-setting", "ntp-servers", "login-banner",
        "panorama",
                 "snmp-setting", "route", "device-telemetry", "locale", "geo-location", "speed-duplex", "domain",
                 "ssl-tls-service-profile",
                 "authentication-profile", "config-bundle-export-schedule", "log-export-schedule", "log-link", "mtu",
                 "server-verification",
                 "secure-proxy-server", "secure-proxy-port", "motd-and-banner", "hostname-type-in-syslog", "ack-login-banner",
                 "inline-management", "panorama-server", "panorama-server-2", "ntp-server-1", "ntp-server-2", "dns-primary",
                 "dns-secondary", "fqdn-refresh-time", "hsm-settings", "vm-mac-base-address", "lcaas-use-proxy",
                 "permitted-ipv6", "web-server-certificate", "ssh", "tls-mode"),
    }
)  # fmt: skip
DEVICE_GROUP = Block({**OBJECTS, "pre-rulebase": RULEBASE, "post-rulebase": RULEBASE, "parent-dg": LEAF})
PUSHED = Block({**OBJECTS, "pre-rulebase": RULEBASE, "post-rulebase": RULEBASE, "vsys": Table(VSYS), "rulebase": RULEBASE})
_DEVICE: dict[str, Spec] = {
    **VSYS.keys, "vsys": Table(VSYS), "network": NETWORK,
    "deviceconfig": Block({"system": _SYSTEM, **_skips("setting", "high-availability")}),
    "device-group": Table(DEVICE_GROUP), "parent-dg": LEAF,
    **_skips("log-collector", "log-collector-group", "wildfire-appliance", "wildfire-appliance-cluster", "plugins", "vm-series",
             "platform", "hsm-group", "global-settings", "log-collector-dg"),
}  # fmt: skip
DEVICE = Block(_DEVICE)
SHARED = Block({**VSYS.keys, "admin-role": SKIP})
ROOT = Block(
    {
        "devices": Table(DEVICE), "shared": SHARED, "panorama": PUSHED, "policy": Block({"panorama": PUSHED}),
        "readonly": Block({"devices": Table(Block({"device-group": Table(Block({"parent-dg": LEAF, "id": SKIP,
        "description": SKIP})),
                                                   **_skips("template", "template-stack")})), **_skips("shared",
                                                   "max-internal-id")}),
        **_skips("mgt-config", "predefined", "template-config", "tag", "urldb"),
    }
)  # fmt: skip
_TEMPLATE = Table(
    Block({"config": Block({"devices": Table(DEVICE), "shared": SHARED, "mgt-config": SKIP}), **_skips("description",
    "settings", "variable",
                                                                                                      "templates", "devices",
                                                                                                      "user-group-source")})
)  # fmt: skip
_DEVICE["template"] = _TEMPLATE
_DEVICE["template-stack"] = _TEMPLATE
#: The device entry to which ``set`` lines speak, and the virtual system of a firewall with one.
LOCAL, FIRST = "localhost.localdomain", "vsys1"
