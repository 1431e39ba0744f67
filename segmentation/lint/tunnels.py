"""Lines over foreign networks: tunnels, wireless networks, remote access (NC-09, NC-10, NC-17)."""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.device.management import Aspect, Tunnel
from segmentation.lint.subject import Subject
from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text

_PLAIN = Text(
    "{device}のトンネル{name}（{kind}）は、通信を暗号化していません。回線の途中で内容を読まれるおそれがあります。"
    "IPsecなどで暗号化するか、閉域の回線であることを台帳に登録してください。",
    "The tunnel {name} ({kind}) of {device} is not encrypted: what it carries can be read on the way. Encrypt it, for example "
    "with IPsec, or register that the line is closed.",
)
_WEAK = Text(
    "{device}のトンネル{name}は、安全でない方式（{weak}）で接続できます。{advice}に限定するよう、"
    "両端の保守業者に同時の変更を依頼してください。",
    "The tunnel {name} of {device} accepts unsafe algorithms ({weak}). Limit it to {advice}; both ends must change together.",
)
_ADVICE = Text(
    "AES、SHA-2、DHグループ14以上、IKEv2（またはIKEv1のメインモード）", "AES, SHA-2, DH group 14 or higher and IKEv2"
)
_WIRELESS = Text(
    "{device}の無線LAN「{name}」は、{security}で保護されています。{reason}WPA2またはWPA3のエンタープライズ方式に替えてください。",
    "The wireless network “{name}” of {device} is protected by {security}. {reason}Use WPA2 or WPA3 Enterprise.",
)
_OPEN = Text("暗号化がなく、誰でも接続できます。", "There is no encryption and anybody can join. ")
_BROKEN = Text("この方式は短時間で破られます。", "That can be broken in a short time. ")
_SHARED = Text(
    "合言葉を全員で共有するため、異動や退職の後も接続でき、誰が使ったかも分かりません。",
    "Everybody shares one password: people who left can still join, and nobody knows who used it. ",
)
_UNKNOWN_SECURITY = Text("保護の方式を設定から読み取れません。", "The configuration does not tell how. ")
_NO_LOGIN = Text(
    "{device}の遠隔接続{name}（{kind}）は、利用者の認証なしに使えます。直ちに停止し、認証を設定してください。",
    "The remote access {name} ({kind}) of {device} works without authentication. Switch it off at once and set it up.",
)
_NO_ENCRYPTION = Text(
    "{device}の遠隔接続{name}（{kind}）は、暗号化されていません。暗号化されるVPNに替えてください。",
    "The remote access {name} ({kind}) of {device} is not encrypted. Use an encrypted VPN.",
)
_ONE_FACTOR = Text(
    "{device}の遠隔接続{name}（{kind}）は、パスワードだけで使えます。多要素認証を設定してください。",
    "The remote access {name} ({kind}) of {device} works with a password alone. Set up a second factor.",
)
#: RFC 8221 5: DES MUST NOT, 3DES SHOULD NOT, NULL encryption gives none; RFC 8221 6: HMAC-MD5 MUST NOT.  RFC 8247 2.1-2.4
#: says the same of IKEv2, and of its key exchange: groups 1 and 22 MUST NOT, 2, 5, 23 and 24 SHOULD NOT.
#: RFC 9395 deprecates IKEv1; its aggressive mode shows a hash of the pre-shared key to anybody who asks.
_WEAK_CIPHERS = ("des", "3des", "null", "rc4", "rc2", "blowfish", "idea", "cast")
_WEAK_GROUPS = frozenset({1, 2, 5, 22, 23, 24})
#: PPTP's MS-CHAPv2 gives its key to anybody who listens.
_BROKEN_KINDS = frozenset({"pptp"})
_SECURITY: dict[str, tuple[Text, Severity | None]] = {
    "open": (_OPEN, None),
    "wep": (_BROKEN, None),
    "wpa-psk": (_SHARED, None),
    "wpa2-psk": (_SHARED, None),
    "wpa3-sae": (_SHARED, Severity.LOW),  # not open to guessing afterwards, but shared all the same
    "unknown": (_UNKNOWN_SECURITY, Severity.LOW),
}


def line_findings(subject: Subject) -> Iterator[Finding]:
    """What is wrong with tunnels, wireless networks and remote access."""
    name, management = subject.device.name, subject.device.management
    if subject.asks("NC-09", Aspect.TUNNELS):
        for tunnel in management.tunnels:
            yield from _tunnel(subject, tunnel)
    if subject.asks("NC-10", Aspect.WIRELESS):
        for network in management.wireless:
            if network.enabled and network.security in _SECURITY:
                reason, severity = _SECURITY[network.security]
                message = _WIRELESS.format(device=name, name=network.name, security=network.security, reason=reason)
                yield subject.finding("NC-10", message, network.location, key=f"wlan|{network.name}", severity=severity)
    if subject.policy.applies("NC-17"):
        for access in management.remote_access:
            values = {"device": name, "name": access.name, "kind": access.kind}
            for wrong, message, key, severity in (
                (not access.authenticated, _NO_LOGIN, "login", None),
                (not access.encrypted or access.kind in _BROKEN_KINDS, _NO_ENCRYPTION, "encryption", None),
                (access.authenticated and access.second_factor is False, _ONE_FACTOR, "factor", Severity.MEDIUM),
            ):
                if wrong:
                    yield subject.finding(
                        "NC-17", message.format(**values), access.location, key=f"remote|{access.name}|{key}", severity=severity
                    )


def _tunnel(subject: Subject, tunnel: Tunnel) -> Iterator[Finding]:
    name = subject.device.name
    if not tunnel.encrypted:
        message = _PLAIN.format(device=name, name=tunnel.name, kind=tunnel.kind)
        yield subject.finding("NC-09", message, tunnel.location, key=f"tunnel|{tunnel.name}|plain", severity=Severity.HIGH)
        return
    weak = weak_parts(tunnel)
    if weak:
        message = _WEAK.format(device=name, name=tunnel.name, weak=", ".join(weak), advice=_ADVICE)
        yield subject.finding("NC-09", message, tunnel.location, key=f"tunnel|{tunnel.name}|weak")


def weak_parts(tunnel: Tunnel) -> tuple[str, ...]:
    """The algorithms and modes of a tunnel that are no longer safe, in the order of its fields."""
    parts = [c.upper() for c in tunnel.encryption if c.lower().split("-")[0] in _WEAK_CIPHERS]
    parts += [i.upper() for i in tunnel.integrity if "md5" in i.lower()]
    parts += [f"DH {g}" for g in tunnel.dh_groups if g in _WEAK_GROUPS]
    if tunnel.ike == "1-aggressive":
        parts.append("IKEv1 aggressive")
    if tunnel.kind in _BROKEN_KINDS:
        parts.append(tunnel.kind.upper())
    return tuple(parts)
