"""What the sensor can and cannot verify about its own isolation: a list of statements, each verified, failed or not verifiable.

It reads, it never changes anything.
"""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from segmentation.model.text import Text
from sensors.service.links import Link, links
from sensors.service.privileges import CAP_NET_RAW, capabilities


class Standing(enum.StrEnum):
    """What came of a check."""

    VERIFIED = "verified"
    FAILED = "failed"
    UNKNOWN = "not_verifiable"

    @property
    def text(self) -> Text:
        """For people."""
        return _STANDINGS[self]


_STANDINGS = {
    Standing.VERIFIED: Text("確認", "verified"),
    Standing.FAILED: Text("不適合", "FAILED"),
    Standing.UNKNOWN: Text("確認不能", "not verifiable"),
}


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing checked; ``key`` is stable."""

    key: str
    standing: Standing
    text: Text


_ABSENT = Text("{interface} というインターフェースはありません。", "There is no interface {interface}.")
_NO_NETLINK = Text(
    "{interface} の状態をカーネルから読めません（AF_NETLINKが許可されているか確認してください）。",
    "The kernel does not tell the state of {interface}; see whether AF_NETLINK is allowed.",
)
_ADDRESSES = Text(
    "{interface} にIPアドレスがあります: {addresses}。取得専用のポートにはアドレスを付けないでください。",
    "{interface} has IP addresses: {addresses}. A capture port must have none.",
)
_NO_ADDRESS = Text("{interface} にIPアドレスはありません。", "{interface} has no IP address.")
_IPV6_ON = Text(
    "{interface} でIPv6が有効です。リンクローカルアドレスが付くと送信が起きます（disable_ipv6を1にしてください）。",
    "IPv6 is enabled on {interface}: a link-local address would make it transmit. Set disable_ipv6 to 1.",
)
_IPV6_OFF = Text("{interface} でIPv6は無効です。", "IPv6 is disabled on {interface}.")
_IPV6_UNKNOWN = Text("{interface} のIPv6の設定を読めません。", "The IPv6 setting of {interface} cannot be read.")
_ARP_ON = Text(
    "{interface} でARPが有効です（ip link set {interface} arp off で止められます）。",
    "ARP is enabled on {interface}; 'ip link set {interface} arp off' disables it.",
)
_ARP_OFF = Text("{interface} でARPは無効です。", "ARP is disabled on {interface}.")
_SENT = Text(
    "{interface} から確認の間に{count}個のパケットが送信されました。", "{count} packets left {interface} during the check."
)
_NOT_SENT = Text(
    "{interface} の送信カウンターは確認の間（{seconds}秒）増えませんでした（起動からの合計 {total}）。",
    "The transmit counter of {interface} did not move during the check ({seconds} s; {total} since it came up).",
)
_CAPS = Text("余分な権限があります: {names}。", "There are capabilities beyond CAP_NET_RAW: {names}.")
_CAPS_FINE = Text("権限はCAP_NET_RAW以外にありません。", "There is no capability beyond CAP_NET_RAW.")
_PRIVS_ON = Text("新しい権限の取得が禁止されていません（NoNewPrivs）。", "New privileges can be gained: NoNewPrivs is not set.")
_PRIVS_OFF = Text("新しい権限の取得は禁止されています（NoNewPrivs）。", "No new privileges can be gained (NoNewPrivs).")
_SECCOMP_OFF = Text(
    "システムコールの制限（seccomp）がありません。同梱のsystemdユニットで起動すると有効になります。",
    "System calls are not restricted (seccomp); the systemd unit that comes with the product does it.",
)
_SECCOMP_ON = Text("システムコールは制限されています（seccomp）。", "System calls are restricted (seccomp).")
_CLOCK_BAD = Text("時計が同期していません（カーネルの判定）。", "The clock is not synchronised, says the kernel.")
_CLOCK_GOOD = Text(
    "時計は同期しています（推定誤差 {microseconds}マイクロ秒以内）。",
    "The clock is synchronised (estimated error within {microseconds} µs).",
)
_CLOCK_UNKNOWN = Text("時計の同期を確認できません。", "Whether the clock is synchronised cannot be told.")
_HASH_BAD = Text("マニフェストと異なるファイルがあります: {files}。", "Files differ from the manifest: {files}.")
_HASH_GOOD = Text("{count}個のファイルがマニフェストと一致します。", "{count} files agree with the manifest.")
_HASH_NONE = Text(
    "ファイルのマニフェスト（--manifest）がないため、改ざんの有無を確認できません。プログラム全体のSHA-256: {digest}",
    "Without a manifest (--manifest) changes of the program cannot be detected. SHA-256 of the whole program: {digest}",
)
_HASH_UNREADABLE = Text("マニフェスト {file} を読めません。", "The manifest {file} cannot be read.")
_SWITCH = Text(
    "スイッチ側の設定（ミラー元、ミラー先ポートの受信禁止）は、この機械からは確認できません。",
    "How the switch is set up (what is mirrored, that the port takes nothing in) cannot be seen from this machine.",
)


def check(interfaces: Sequence[str], before: dict[str, Link], seconds: float, manifest: Path | None) -> list[Statement]:
    """All statements.  *before*: the interfaces as they were *seconds* ago, to see whether anything was sent."""
    now = links(tuple(interfaces))
    out = [s for name in interfaces for s in _interface(before[name], now[name], seconds)]
    out += [*_process(Path("/proc/self/status").read_text("ascii", "replace")), clock(), *files(manifest)]
    return [*out, Statement("switch", Standing.UNKNOWN, _SWITCH)]


def _interface(before: Link, link: Link, seconds: float) -> Iterator[Statement]:
    name = link.name
    if not link.present:
        from sensors.service.links import exists  # noqa: PLC0415  # only this case needs it

        if exists(name):
            yield Statement("interface", Standing.UNKNOWN, _NO_NETLINK.format(interface=name))
        else:
            yield Statement("interface", Standing.FAILED, _ABSENT.format(interface=name))
        return
    if link.addresses:
        yield Statement("address", Standing.FAILED, _ADDRESSES.format(interface=name, addresses=", ".join(link.addresses)))
    else:
        yield Statement("address", Standing.VERIFIED, _NO_ADDRESS.format(interface=name))
    yield _ipv6(name)
    on = link.arp
    yield Statement("arp", Standing.FAILED if on else Standing.VERIFIED, (_ARP_ON if on else _ARP_OFF).format(interface=name))
    sent = link.sent - before.sent
    if sent > 0 or not before.present:
        yield Statement("transmit", Standing.FAILED, _SENT.format(interface=name, count=sent))
    else:
        words = _NOT_SENT.format(interface=name, seconds=seconds, total=link.sent)
        yield Statement("transmit", Standing.VERIFIED, words)


def _ipv6(name: str, root: Path = Path("/proc/sys/net/ipv6/conf")) -> Statement:
    if not root.exists():
        return Statement("ipv6", Standing.VERIFIED, _IPV6_OFF.format(interface=name))
    try:
        disabled = (root / name / "disable_ipv6").read_text("ascii").strip() == "1"
    except OSError:
        return Statement("ipv6", Standing.UNKNOWN, _IPV6_UNKNOWN.format(interface=name))
    standing, words = (Standing.VERIFIED, _IPV6_OFF) if disabled else (Standing.FAILED, _IPV6_ON)
    return Statement("ipv6", standing, words.format(interface=name))


def _process(status: str) -> Iterator[Statement]:
    extra = sorted(
        {n for name, mask in capabilities(status).items() if name != "CapBnd" for n in range(64) if mask >> n & 1}
        - {CAP_NET_RAW}
    )
    if extra:
        names = ", ".join(f"capability {n}" for n in extra[:8]) + (" …" if len(extra) > 8 else "")
        yield Statement("capabilities", Standing.FAILED, _CAPS.format(names=names))
    else:
        yield Statement("capabilities", Standing.VERIFIED, _CAPS_FINE)
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    locked = fields.get("NoNewPrivs", "0").strip() == "1"
    yield Statement("no_new_privileges", Standing.VERIFIED if locked else Standing.FAILED, _PRIVS_OFF if locked else _PRIVS_ON)
    filtered = fields.get("Seccomp", "0").strip() == "2"
    yield Statement("seccomp", Standing.VERIFIED if filtered else Standing.FAILED, _SECCOMP_ON if filtered else _SECCOMP_OFF)


def clock() -> Statement:
    """adjtimex(2): STA_UNSYNC is set while nothing disciplines the clock."""
    import ctypes  # noqa: PLC0415  # only here

    words = (ctypes.c_long * 64)()  # struct timex: modes, offset, freq, maxerror, esterror, status, ...
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(words)
    except (OSError, AttributeError):
        state = -1
    if state < 0:
        return Statement("clock", Standing.UNKNOWN, _CLOCK_UNKNOWN)
    if words[5] & 0x40:  # STA_UNSYNC, linux/timex.h
        return Statement("clock", Standing.FAILED, _CLOCK_BAD)
    return Statement("clock", Standing.VERIFIED, _CLOCK_GOOD.format(microseconds=words[3]))


def program_files() -> dict[str, Path]:
    """The installed program's own files, by their name below the packages."""
    import segmentation  # noqa: PLC0415  # only their place on disk is wanted
    import sensors  # noqa: PLC0415

    out = {}
    for package in (segmentation, sensors):
        folder = Path(str(package.__file__)).parent
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                out[f"{folder.name}/{path.relative_to(folder).as_posix()}"] = path
    return out


def digests() -> dict[str, str]:
    """SHA-256 of each of the program's files."""
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in program_files().items()}


def files(manifest: Path | None) -> Iterator[Statement]:
    """Whether the installed files are those of the manifest: a JSON object of names and SHA-256."""
    now = digests()
    if manifest is None:
        whole = hashlib.sha256("".join(f"{n}\0{d}\n" for n, d in sorted(now.items())).encode()).hexdigest()
        yield Statement("files", Standing.UNKNOWN, _HASH_NONE.format(digest=whole))
        return
    try:
        expected = json.loads(manifest.read_text("utf-8"))
        wanted = {str(k): str(v) for k, v in expected["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        yield Statement("files", Standing.FAILED, _HASH_UNREADABLE.format(file=manifest))
        return
    wrong = sorted(n for n in {*wanted, *now} if wanted.get(n) != now.get(n))
    if wrong:
        names = ", ".join(wrong[:5]) + (" …" if len(wrong) > 5 else "")
        yield Statement("files", Standing.FAILED, _HASH_BAD.format(files=names))
    else:
        yield Statement("files", Standing.VERIFIED, _HASH_GOOD.format(count=len(now)))


def manifest_text() -> str:
    """A manifest of the program as it is installed now, to be kept somewhere else."""
    return json.dumps({"schema": "sekisho.files/1", "files": digests()}, indent=1) + "\n"
