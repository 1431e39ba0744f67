"""The two capture formats: file headers, sections and interfaces; the records are walked by compiled code."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from segmentation.model.text import Text
from sensors.capture.summary import (
    BAD_BLOCK,
    BAD_INTERFACE,
    BAD_INTERFACE_BLOCK,
    BAD_SECTION,
    EMPTY_FILE,
    INSANE_LENGTH,
    NOT_A_CAPTURE,
    SHORT_HEADER,
    CaptureError,
    Interface,
)
from sensors.kernels import records as r

if TYPE_CHECKING:
    from sensors.capture.reader import Columns

Bytes = npt.NDArray[np.uint8]
#: First four octets of a classic file: byte order, nanoseconds, octets of a record header
#: (draft-ietf-opsawg-pcap 4; the third is the modified format of old Linux patches, libpcap sf-pcap.c).
_MAGIC = {0xA1B2C3D4: (0, 16), 0xA1B23C4D: (1, 16), 0xA1B2CD34: (0, 24)}
CLASSIC_HEADER, SECTION_HEADER = 24, 28
_BYTE_ORDER = 0x1A2B3C4D
#: libpcap pcap-common.h LT_LINKTYPE: above it stand the FCS length and reserved bits.
_LINK_MASK = 0x03FFFFFF
_MAX_INTERFACES = 1 << 16


@dataclass(frozen=True, slots=True)
class Step:
    """What one walk gave: frames, offset of the next record, why it stopped.

    A long block without frames may put the next record beyond the buffer's end; then ``passed`` is that block's offset.
    """

    count: int
    at: int
    passed: int = -1
    again: bool = False
    damage: Text | None = None


class Format(Protocol):
    """A capture format in the state in which its file is read."""

    name: str
    header: int
    sections: int

    def walk(self, buffer: Bytes, at: int, end: int, columns: Columns) -> Step:
        """Fill *columns* with the frames of ``buffer[at:end]``."""

    def interfaces(self) -> tuple[Interface, ...]:
        """The interfaces so far."""

    def interface_columns(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """Link type and declared capture length by interface."""


class Classic:
    """pcap: one interface, fixed record headers."""

    name = "pcap"
    header = CLASSIC_HEADER
    sections = 1

    def __init__(self, head: bytes, *, big: bool) -> None:
        magic, _major, minor, _zone, _accuracy, snaplen, link = struct.unpack(">IHHiIII" if big else "<IHHiIII", head)
        self._nano, self._record = _MAGIC[magic]
        self._big = int(big)
        # libpcap sf-pcap.c: lengths stand the other way round before version 2.3, in 2.3 perhaps.
        self._swapped = 1 if minor < 3 else 2 if minor == 3 else 0
        self._interface = Interface(link & _LINK_MASK, "", snaplen, "ns" if self._nano else "us")
        self._columns = np.array([self._interface.link], np.int32), np.array([snaplen], np.int64)
        self._status = np.zeros(2, np.int64)

    def walk(self, buffer: Bytes, at: int, end: int, columns: Columns) -> Step:
        """Walk record headers until the buffer, the columns or sense ends."""
        count = r.walk_classic(
            buffer, at, end, self._big, self._nano, self._record, self._swapped,
            columns.offsets, columns.captured, columns.wire, columns.ts, self._status,
        )  # fmt: skip
        why, at = int(self._status[0]), int(self._status[1])
        if why == r.BAD_LENGTH:
            size = int.from_bytes(buffer[at + 8 : at + 12].tobytes(), "big" if self._big else "little")
            return Step(count, at, damage=INSANE_LENGTH.format(captured=size, limit=r.MAX_FRAME))
        return Step(count, at, again=why == r.FULL)

    def interfaces(self) -> tuple[Interface, ...]:
        """The one interface."""
        return (self._interface,)

    def interface_columns(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """Link type and snaplen of the one interface."""
        return self._columns


class PcapNg:
    """pcapng: sections, each with its byte order and interfaces."""

    name = "pcapng"
    header = 0

    def __init__(self) -> None:
        self.sections = 0
        self._big = 0
        self._interfaces: list[Interface] = []
        self._first = 0  # number of the section's first interface
        self._rows = np.zeros((8, r.I_WORDS), np.int64)
        self._columns = np.zeros(0, np.int32), np.zeros(0, np.int64)
        self._status = np.zeros(2, np.int64)

    def walk(self, buffer: Bytes, at: int, end: int, columns: Columns) -> Step:
        """Walk packet blocks; read a section or interface block when one is next."""
        if not self.sections:
            return self._section(buffer, at, end)
        known = len(self._interfaces) - self._first
        count = r.walk_pcapng(
            buffer, at, end, self._big, self._rows, known, self._first,
            columns.offsets, columns.captured, columns.wire, columns.ts, columns.interface, self._status,
        )  # fmt: skip
        why, at = int(self._status[0]), int(self._status[1])
        if why == r.OTHER_BLOCK:
            if count:  # deliver these under the interfaces they belong to
                return Step(count, at, again=True)
            return self._section(buffer, at, end) if self._word(buffer, at) == r.SHB else self._interface(buffer, at, end)
        if why in (r.BAD_LENGTH, r.BAD_INTERFACE, r.BAD_BLOCK):
            return Step(count, at, damage=self._damage(buffer, at, why))
        left = end - at
        if why == r.MORE and left >= 12 and self._word(buffer, at) not in (r.EPB, r.PB, r.SPB):
            size = self._word(buffer, at + 4)
            if size > left:  # an uninteresting block, however long: go on behind it
                return Step(count, at + size, at)
        return Step(count, at, again=why == r.FULL)

    def _word(self, buffer: Bytes, at: int) -> int:
        return int.from_bytes(buffer[at : at + 4].tobytes(), "big" if self._big else "little")

    def _damage(self, buffer: Bytes, at: int, why: int) -> Text:
        kind, size = self._word(buffer, at), self._word(buffer, at + 4)
        if why == r.BAD_INTERFACE:
            return BAD_INTERFACE
        if why == r.BAD_LENGTH and size >= 32:
            return INSANE_LENGTH.format(captured=self._word(buffer, at + 20), limit=r.MAX_FRAME)
        return BAD_BLOCK.format(kind=kind, size=size)

    def _section(self, buffer: Bytes, at: int, end: int) -> Step:
        """A section header block (draft-ietf-opsawg-pcapng 4.1): byte order, version; interfaces start anew."""
        if end - at < SECTION_HEADER:
            return Step(0, at)
        head = buffer[at : at + SECTION_HEADER].tobytes()
        if struct.unpack_from(">I", head, 8)[0] == _BYTE_ORDER:
            self._big = 1
        elif struct.unpack_from("<I", head, 8)[0] == _BYTE_ORDER:
            self._big = 0
        else:
            return Step(0, at, damage=BAD_SECTION)
        size, _magic, major = struct.unpack_from(">IIH" if self._big else "<IIH", head, 4)
        if size < SECTION_HEADER or size & 3 or size > 1 << 20 or major != 1:
            return Step(0, at, damage=BAD_SECTION)
        if end - at < size:
            return Step(0, at)
        if self._word(buffer, at + size - 4) != size:
            return Step(0, at, damage=BAD_SECTION)
        self.sections += 1
        self._first = len(self._interfaces)
        return Step(0, at + size, again=True)

    def _interface(self, buffer: Bytes, at: int, end: int) -> Step:
        """An interface description block (4.2) with its options (3.5)."""
        if end - at < 12:
            return Step(0, at)
        size = self._word(buffer, at + 4)
        if size < 20 or size & 3 or size > 1 << 20 or len(self._interfaces) >= _MAX_INTERFACES:
            return Step(0, at, damage=BAD_INTERFACE_BLOCK)
        if end - at < size:
            return Step(0, at)
        block = buffer[at : at + size].tobytes()
        order = ">" if self._big else "<"
        if struct.unpack_from(order + "I", block, size - 4)[0] != size:
            return Step(0, at, damage=BAD_INTERFACE_BLOCK)
        link, _reserved, snaplen = struct.unpack_from(order + "HHI", block, 8)
        name, base2, exponent, offset = _interface_options(block[16:-4], order)
        self._add(Interface(link, name, snaplen, _resolution(base2, exponent), offset), base2, exponent)
        return Step(0, at + size, again=True)

    def _add(self, interface: Interface, base2: int, exponent: int) -> None:
        number = len(self._interfaces) - self._first
        if number >= len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        self._rows[number, : r.I_OFFSET + 1] = interface.link, interface.snaplen, base2, exponent, interface.offset
        self._interfaces.append(interface)
        links, snaplens = self._columns
        self._columns = np.append(links, np.int32(interface.link)), np.append(snaplens, np.int64(interface.snaplen))

    def interfaces(self) -> tuple[Interface, ...]:
        """The interfaces of all sections so far."""
        return tuple(self._interfaces)

    def interface_columns(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """Link types and snaplens of all sections' interfaces."""
        return self._columns


def _resolution(base2: int, exponent: int) -> str:
    if base2:
        return f"2^-{exponent} s"
    return {6: "us", 9: "ns"}.get(exponent, f"10^-{exponent} s")


def _interface_options(options: bytes, order: str) -> tuple[str, int, int, int]:
    """Name, 1 if the time resolution is a power of two, its exponent, the time offset in seconds (pcapng 4.2)."""
    name, base2, exponent, offset = "", 0, 6, 0
    at = 0
    while at + 4 <= len(options):
        code, size = struct.unpack_from(order + "HH", options, at)
        value = options[at + 4 : at + 4 + size]
        if code == 0 or len(value) < size:
            break
        if code == 2:
            name = value.decode("utf-8", "replace")
        elif code == 9 and size >= 1:
            base2, exponent = value[0] >> 7, value[0] & 0x7F
        elif code == 14 and size >= 8:
            offset = struct.unpack_from(order + "q", value)[0]
        at += 4 + (size + 3 & ~3)
    # Times before 1970 or beyond 2262 do not fit; the walker clamps them.
    return name, base2, exponent, max(min(offset, r.LAST_SECOND), -r.LAST_SECOND)


def recognise(head: Bytes, file: str, problem: Text | None) -> Format:
    """The format by the first octets.  Raises :class:`CaptureError` with what was read and what was expected."""
    if not len(head):
        if problem is not None:
            raise CaptureError(Text(f"{file}: {problem.ja}", f"{file}: {problem.en}"))
        raise CaptureError(EMPTY_FILE.format(file=file))
    start = head[:4].tobytes()
    for big, order in ((False, "<I"), (True, ">I")):
        if len(start) == 4 and struct.unpack(order, start)[0] in _MAGIC:
            if len(head) < CLASSIC_HEADER:
                raise CaptureError(SHORT_HEADER.format(file=file, size=len(head), format="pcap", expected=CLASSIC_HEADER))
            return Classic(head[:CLASSIC_HEADER].tobytes(), big=big)
    if start == b"\x0a\x0d\x0d\x0a":
        if len(head) < SECTION_HEADER:
            raise CaptureError(SHORT_HEADER.format(file=file, size=len(head), format="pcapng", expected=SECTION_HEADER))
        return PcapNg()
    raise CaptureError(NOT_A_CAPTURE.format(file=file, count=len(start), read=start.hex(" ")))
