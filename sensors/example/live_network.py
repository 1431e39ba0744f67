"""The reference city as network namespaces: hosts with their own MACs, a switch with a mirror port, the core firewall.

Every namespace is held by one sleeping process.  When the processes end, so do namespaces, interfaces and addresses;
nothing has a name outside.  IEEE 802.1Q devices are not needed: each VLAN is a bridge, and the mirror writes the tags.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from segmentation.model.addresses import Address, Mac
from sensors.example.city import City

CLONE_NEWNET = 0x40000000  # linux/sched.h
#: linux/sockios.h and linux/ethtool.h: checksums, TCP segmentation and generic segmentation of the sending side.
_SIOCETHTOOL, _OFFLOADS = 0x8946, (0x17, 0x1F, 0x24)
#: The segment behind the external firewall; no zone of the city has the number.
_EXTERNAL, _EXTERNAL_GATEWAY = 380, Address.parse("172.16.90.1")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A host's port: interface ``eth<n>``, VLAN, MAC and addresses with their prefix lengths; whether it is plugged in."""

    vlan: int
    mac: Mac
    addresses: tuple[str, ...]
    up: bool = True


@dataclass(slots=True)
class Host:
    """A namespace and its process."""

    name: str
    process: subprocess.Popen[bytes]

    def run(self, *command: str, check: bool = True, seconds: float = 20, text: str = "") -> str:
        """Run a program in the namespace; its standard output.

        Raises :class:`subprocess.CalledProcessError` if it fails and *check* is set, :class:`subprocess.TimeoutExpired`.
        """
        done = subprocess.run(
            [*self.prefix(), *command], input=text.encode(), capture_output=True, check=check, timeout=seconds
        )
        return done.stdout.decode("utf-8", "replace")

    def prefix(self) -> list[str]:
        """What stands before a command that shall run in the namespace."""
        return ["nsenter", f"--net=/proc/{self.process.pid}/ns/net", "--"]

    def enter(self) -> None:
        """Put the calling thread, and it alone, into the namespace (setns(2)).  Raises :class:`OSError`."""
        libc = ctypes.CDLL(None, use_errno=True)
        handle = os.open(f"/proc/{self.process.pid}/ns/net", os.O_RDONLY)
        try:
            if libc.setns(handle, CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        finally:
            os.close(handle)

    def serve(self, work: Callable[[], None]) -> None:
        """Run *work* in a thread inside the namespace; sockets it makes belong there."""

        def inside() -> None:
            self.enter()
            work()

        threading.Thread(target=inside, name=f"{self.name} server", daemon=True).start()

    def within(self, work: Callable[[], None]) -> None:
        """Run *work* to its end in a thread inside the namespace; raises what it raised."""
        failed: list[BaseException] = []

        def inside() -> None:
            try:
                self.enter()
                work()
            except Exception as error:  # noqa: BLE001  # handed to the caller below
                failed.append(error)

        thread = threading.Thread(target=inside, name=self.name)
        thread.start()
        thread.join()
        if failed:
            raise failed[0]


@dataclass(slots=True)
class CityNetwork:
    """The city's network.  Use it as a context; hosts are added before :meth:`connect`."""

    city: City
    mirror: str = "span0"
    hosts: dict[str, Host] = field(default_factory=dict)
    _ports: list[tuple[str, int]] = field(default_factory=list)  # port of the switch, VLAN
    _running: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _attached: dict[str, list[Attachment]] = field(default_factory=dict)

    def __enter__(self) -> Self:
        """Make the switch and the core firewall."""
        self._new("switch")
        self._new("core")
        return self

    def __exit__(self, *_: object) -> None:
        """End every process; the namespaces go with them."""
        self._running.close()

    def _new(self, name: str) -> Host:
        process = subprocess.Popen(["unshare", "--net", "sleep", "infinity"], stdin=subprocess.DEVNULL)
        self._running.callback(_end, process)
        ours = Path("/proc/self/ns/net").readlink()
        until = time.monotonic() + 20
        while (theirs := Path(f"/proc/{process.pid}/ns/net").readlink()) == ours:
            if time.monotonic() > until or process.poll() is not None:
                raise OSError(0, f"no network namespace for {name} ({theirs})")
            time.sleep(0.005)
        host = self.hosts[name] = Host(name, process)
        # Only what is planted shall speak: no duplicate address detection, no router solicitation.
        ipv6 = "/proc/sys/net/ipv6/conf"
        quiet = f"for f in all default; do [ ! -e {ipv6}/$f ] || echo 1 > {ipv6}/$f/disable_ipv6; done"
        host.run("sh", "-c", f"{quiet}; ip link set lo up")
        return host

    def add(self, name: str, *attachments: Attachment) -> Host:
        """A host with its ports."""
        host = self._new(name)
        self._attached[name] = list(attachments)
        return host

    def registered(self, name: str, prefix: int, *more: str) -> Host:
        """A host of the zone model with its registered address, MAC and VLAN; *more* addresses it has too."""
        address = self.city.host(name)
        own = (f"{address}/{prefix}", *more)
        return self.add(name, Attachment(self.city.vlan(address), self.city.mac(address), own))

    def connect(self) -> None:
        """Plug everything in, start routing and mirroring.  Raises :class:`subprocess.CalledProcessError`."""
        vlans = sorted({a.vlan for each in self._attached.values() for a in each})
        switch, core = self.hosts["switch"], self.hosts["core"]
        lines = [f"link add {self.mirror}out type veth peer name {self.mirror} netns {os.getpid()}"]
        lines += [f"link set {self.mirror}out mtu 9000 arp off up"]
        for vlan in vlans:
            lines += [
                f"link add br{vlan} type bridge",
                f"link set br{vlan} up",
                *self._plug(f"c{vlan}", vlan, f"v{vlan}", core),
            ]
        for n, (name, attachments) in enumerate(self._attached.items()):
            for i, a in enumerate(attachments):
                lines += self._plug(f"p{n}x{i}", a.vlan, f"eth{i}", self.hosts[name])
        switch.run("ip", "-batch", "-", text="\n".join(lines))
        self._route(core, vlans)
        for name, attachments in self._attached.items():
            self._address(self.hosts[name], attachments)
        subprocess.run(["ip", "link", "set", self.mirror, "mtu", "9000", "arp", "off", "up"], check=True)
        self._mirror(switch)

    def _plug(self, port: str, vlan: int, interface: str, host: Host) -> list[str]:
        self._ports.append((port, vlan))
        return [
            f"link add {port} type veth peer name {interface} netns {host.process.pid}",
            f"link set {port} master br{vlan}",
            f"link set {port} up",
        ]

    def _route(self, core: Host, vlans: Sequence[int]) -> None:
        lines = []
        for vlan in vlans:
            gateway = self._gateway(vlan)
            lines += [f"link set v{vlan} address {self.city.gateway(vlan)}", f"link set v{vlan} up"]
            lines += [f"address add {gateway}/{24 if vlan != 399 else 30} dev v{vlan}"]
        for attachments in self._attached.values():
            for a in attachments[:1]:
                lines += [f"route replace {text.partition('/')[0]}/32 dev v{a.vlan}" for text in a.addresses]
        core.run("ip", "-batch", "-", text="\n".join(lines))
        core.run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward; echo 0 > /proc/sys/net/ipv4/conf/all/send_redirects")
        _no_offload(core, [f"v{vlan}" for vlan in vlans])

    def _gateway(self, vlan: int) -> Address:
        return _EXTERNAL_GATEWAY if vlan == _EXTERNAL else self.city.gateway_address(vlan)

    def _address(self, host: Host, attachments: Sequence[Attachment]) -> None:
        lines = []
        for i, a in enumerate(attachments):
            lines += [f"link set eth{i} address {a.mac}", *(f"address add {text} dev eth{i}" for text in a.addresses)]
            lines += [f"link set eth{i} up"] if a.up else []
            # The host's own segment reaches further than its prefix where a router of another organisation stands on it.
            lines += self._neighbours(a, i) if a.up else []
        host.run("ip", "-batch", "-", text="\n".join(lines))
        if attachments and attachments[0].up:
            host.run(*self._default(attachments[0].vlan, "eth0"))
        _no_offload(host, [f"eth{i}" for i in range(len(attachments))])

    def _neighbours(self, own: Attachment, i: int) -> list[str]:
        others = [a for each in self._attached.values() for a in each if a.vlan == own.vlan and a is not own]
        return [f"route replace {text.partition('/')[0]}/32 dev eth{i}" for a in others for text in a.addresses if a.up]

    def _default(self, vlan: int, interface: str) -> tuple[str, ...]:
        return ("ip", "route", "replace", "default", "via", str(self._gateway(vlan)), "dev", interface, "onlink")

    def unplug(self, name: str, port: int = 0) -> None:
        """Pull a host's cable."""
        self.hosts[name].run("ip", "link", "set", f"eth{port}", "down")

    def plug(self, name: str, port: int = 0) -> None:
        """Put a host's cable in."""
        attachment = self._attached[name][port]
        self.hosts[name].run("ip", "link", "set", f"eth{port}", "up")
        self.hosts[name].run(*self._default(attachment.vlan, f"eth{port}"))

    def _mirror(self, switch: Host) -> None:
        command = [sys.executable, "-m", "sensors.example.live_mirror", f"{self.mirror}out"]
        command += [f"{port}:{vlan}" for port, vlan in self._ports]
        process = subprocess.Popen([*switch.prefix(), *command], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        self._running.callback(_end, process)
        assert process.stdout is not None
        if not process.stdout.readline():
            raise OSError(0, "the mirror did not start")


def _no_offload(host: Host, interfaces: Sequence[str]) -> None:
    """Let the hosts put their own checksums and segments on the wire, as the mirror of a real switch shows them."""

    def switch_off() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            for name in interfaces:
                for feature in _OFFLOADS:
                    value = ctypes.create_string_buffer(struct.pack("II", feature, 0))
                    request = struct.pack("16sP16x", name.encode(), ctypes.addressof(value))
                    with contextlib.suppress(OSError):  # a device without it has nothing to switch off
                        fcntl.ioctl(s, _SIOCETHTOOL, request)

    host.within(switch_off)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
