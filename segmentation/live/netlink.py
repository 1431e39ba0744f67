"""Asking the kernel: nf_tables, links, addresses and routes over netlink, read only.

Every request is a GET with NLM_F_DUMP; nothing on the machine is changed.  pyroute2 carries the messages; the attributes of
nf_tables are read by :mod:`segmentation.live.attributes`, because pyroute2 names only part of what they say.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segmentation.live.attributes import Attributes, number, text

#: linux/netfilter.h: NFPROTO_*.
FAMILIES = {1: "inet", 2: "ip", 3: "arp", 5: "netdev", 7: "bridge", 10: "ip6"}
#: linux/netfilter/nf_tables.h: enum nf_tables_msg_types.
_GET_TABLE, _GET_CHAIN, _GET_RULE, _GET_SET, _GET_ELEMENT, _GET_GENERATION, _GET_OBJECT = 1, 4, 7, 10, 13, 16, 19
_ATTRIBUTES = 32
#: A rule set that changes while it is read is read again, this often.
_ATTEMPTS = 5


class NotPermitted(Exception):  # noqa: N818  # an answer of the kernel, told to the user in his language
    """The kernel refuses to show its rules to this user."""


class NoSuchNamespace(Exception):  # noqa: N818
    """There is no network namespace of that name."""


@dataclass(frozen=True, slots=True)
class Dump:
    """What the kernel answered: for each kind of object the family and the attributes, in the kernel's order."""

    tables: list[tuple[str, Attributes]]
    chains: list[tuple[str, Attributes]]
    rules: list[tuple[str, Attributes]]
    sets: list[tuple[str, Attributes]]
    elements: dict[tuple[str, str, str], list[Attributes]]
    objects: list[tuple[str, Attributes]]
    consistent: bool = True


@contextmanager
def namespace(netns: str | None) -> Iterator[None]:
    """Work in the network namespace *netns* (``ip netns``) for a while.

    Raises :class:`NoSuchNamespace` and :class:`NotPermitted`.
    """
    if netns is None:
        yield
        return
    from pyroute2 import netns as namespaces  # noqa: PLC0415 - loaded when a kernel is read

    # Opened here, because pyroute2 given a name creates the namespace where there is none.
    where = Path("/run/netns", netns)
    if where.parent != Path("/run/netns") or not where.exists():
        raise NoSuchNamespace(netns)
    with ExitStack() as stack:
        own, other = (stack.enter_context(p.open("rb")).fileno() for p in (Path("/proc/thread-self/ns/net"), where))
        try:
            namespaces.setns(other)
        except OSError as error:
            raise NotPermitted from error
        try:
            yield
        finally:
            namespaces.setns(own)


def _socket() -> tuple[Any, Any]:
    """A socket whose messages keep the attributes as octets, and the class of those messages."""
    from pyroute2.netlink.nfnetlink import nfgen_msg, nftsocket  # noqa: PLC0415

    class Message(nfgen_msg):  # type: ignore[misc]  # pyroute2 has no types
        prefix = ""
        nla_map = tuple((str(i), "cdata") for i in range(_ATTRIBUTES))

    class Channel(nftsocket.AsyncNFTSocket):  # type: ignore[misc]
        policy = dict.fromkeys([*nftsocket.AsyncNFTSocket.policy, 18, 19], Message)

    class Socket(nftsocket.NFTSocket):  # type: ignore[misc]
        def __init__(self) -> None:
            self.asyncore = Channel(1, 0, 0)
            self.asyncore.local.keep_event_loop = True
            self.asyncore.event_loop.run_until_complete(self.asyncore.setup_endpoint())

    return Socket(), Message


class _Asking:
    def __init__(self) -> None:
        self.socket, self.message = _socket()

    def dump(self, kind: int, wanted: dict[int, str] | None = None, family: int = 0) -> Iterator[tuple[str, Attributes]]:
        """All answers to one request."""
        request = self.message()
        request["attrs"] = [(str(k), v.encode() + b"\0") for k, v in (wanted or {}).items()]
        self.socket.asyncore._nfgen_family = family  # noqa: SLF001 - the only way to set it for one request
        for answer in self.socket.request_get(request, kind):
            found = {int(k): bytes(v) for k, v in answer["attrs"] if isinstance(k, str) and k.isdigit()}
            yield FAMILIES.get(answer["nfgen_family"], str(answer["nfgen_family"])), found

    def generation(self) -> int:
        from pyroute2.netlink import NLM_F_REQUEST  # noqa: PLC0415

        answers = self.socket.request_get(self.message(), _GET_GENERATION, msg_flags=NLM_F_REQUEST)
        for answer in answers:
            return number({int(k): bytes(v) for k, v in answer["attrs"] if str(k).isdigit()}, 1)
        return 0

    def everything(self) -> Dump:
        """One pass over all objects."""
        sets = list(self.dump(_GET_SET))
        numbers = {word: code for code, word in FAMILIES.items()}
        elements = {}
        for family, data in sets:
            table, name = text(data, 1), text(data, 2)
            answers = self.dump(_GET_ELEMENT, {1: table, 2: name}, numbers.get(family, 0))
            elements[family, table, name] = [found for _, found in answers]
        tables, chains, rules, objects = (list(self.dump(k)) for k in (_GET_TABLE, _GET_CHAIN, _GET_RULE, _GET_OBJECT))
        return Dump(tables, chains, rules, sets, elements, objects)


def dump_nftables() -> Dump:
    """The rule set of the current network namespace, read between two equal generations of it.

    Raises :class:`NotPermitted`, and :class:`OSError` where the kernel has no nf_tables.
    """
    from pyroute2.netlink.exceptions import NetlinkError  # noqa: PLC0415

    asking = None
    try:
        asking = _Asking()
        for _ in range(_ATTEMPTS):
            before = asking.generation()
            try:
                found = asking.everything()
            except NetlinkError as error:
                if error.code in (errno.EINTR, errno.ENOENT):  # a set went while it was asked for
                    continue
                raise
            if asking.generation() == before:
                return found
        return Dump([], [], [], [], {}, [], consistent=False)
    except NetlinkError as error:
        if error.code in (errno.EPERM, errno.EACCES):
            raise NotPermitted from error
        raise OSError(error.code, str(error)) from error
    except PermissionError as error:
        raise NotPermitted from error
    finally:
        if asking is not None:
            asking.socket.close()


@dataclass(frozen=True, slots=True)
class Host:
    """Links, addresses, routes and neighbours as pyroute2 decodes them (rtnetlink(7))."""

    links: list[Any]
    addresses: list[Any]
    routes: list[Any]
    neighbours: list[Any]


def dump_host() -> Host:
    """What the kernel says of its interfaces.  Raises :class:`OSError`."""
    from pyroute2 import IPRoute  # noqa: PLC0415

    with IPRoute() as route:
        return Host(
            links=list(route.get_links()),
            addresses=list(route.get_addr()),
            routes=[*route.get_routes(family=2), *route.get_routes(family=10)],
            neighbours=list(route.get_neighbours()),
        )
