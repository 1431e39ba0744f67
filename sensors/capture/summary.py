"""What is known about a capture file besides its frames."""

from __future__ import annotations

from dataclasses import dataclass

from segmentation.model.text import Text


class CaptureError(Exception):
    """The file is not a capture, or cannot be read at all; ``message`` says what was read and what was expected.

    ``usage``: the call is at fault and not the file, which could not even be opened.
    """

    def __init__(self, message: Text, *, usage: bool = False) -> None:
        super().__init__(message.en)
        self.message = message
        self.usage = usage


@dataclass(frozen=True, slots=True)
class Damage:
    """Where reading stopped before the end of the file.

    ``offset`` counts octets of the capture from 0 (after decompression); every frame before it was delivered.
    """

    offset: int
    reason: Text


@dataclass(frozen=True, slots=True)
class Interface:
    """An interface of the capture; a classic file has one."""

    link: int
    name: str = ""
    snaplen: int = 0
    resolution: str = "us"  # "us", "ns", "10^-n s" or "2^-n s"
    offset: int = 0  # seconds added to every time


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureSummary:
    """The whole file, once it has been read to its end.

    ``size`` and ``sha256`` are of the file as stored; ``octets`` are those of the frames on the wire; ``first`` and
    ``last`` are the earliest and latest time in ns since the epoch, None without packets.
    """

    file: str
    format: str  # "pcap" or "pcapng"
    gzip: bool
    size: int
    sha256: str
    packets: int
    octets: int
    captured: int
    first: int | None
    last: int | None
    interfaces: tuple[Interface, ...]
    sections: int
    damage: Damage | None
    beyond_snaplen: int  # frames longer than the capture length that the file declares


NOT_A_CAPTURE = Text(
    "{file}: キャプチャファイルではありません。先頭の{count}オクテットは{read}でした。"
    "pcap(a1b2c3d4またはa1b23c4d、いずれのバイト順も可)、pcapng(0a0d0d0a)、またはそれらのgzip圧縮を指定してください。",
    "{file}: not a capture file. Its first {count} octets are {read}; expected pcap (a1b2c3d4 or a1b23c4d in either "
    "byte order), pcapng (0a0d0d0a), or either compressed by gzip.",
)
EMPTY_FILE = Text(
    "{file}: ファイルが空です。pcapまたはpcapng形式のキャプチャファイルを指定してください。",
    "{file}: the file is empty; expected a pcap or pcapng capture.",
)
SHORT_HEADER = Text(
    "{file}: ファイルが{size}オクテットしかなく、{format}のファイルヘッダー({expected}オクテット)の途中で終わっています。",
    "{file}: only {size} octets long; it ends inside the {format} file header of {expected} octets.",
)
UNREADABLE = Text("{file}: 読み込めません({reason})。", "{file}: cannot be read ({reason}).")
TRUNCATED_RECORD = Text(
    "レコードの途中でファイルが終わっています(残り{left}オクテット)。",
    "The file ends inside a record ({left} octets left).",
)
INSANE_LENGTH = Text(
    "レコードの長さがあり得ません(取得長{captured}オクテット、上限{limit}オクテット)。",
    "The record length is impossible ({captured} octets captured; the limit is {limit}).",
)
BAD_BLOCK = Text(
    "pcapngブロックの長さが不正です(種別0x{kind:08x}、長さ{size})。",
    "A pcapng block has an impossible length (type 0x{kind:08x}, length {size}).",
)
BAD_INTERFACE = Text(
    "パケットが、宣言されていないインターフェースを参照しています。",
    "A packet refers to an interface that the section does not declare.",
)
BAD_SECTION = Text("pcapngのセクションヘッダーが不正です。", "A pcapng section header is malformed.")
BAD_INTERFACE_BLOCK = Text(
    "pcapngのインターフェース記述ブロックが不正です。", "A pcapng interface description block is malformed."
)
BAD_GZIP = Text(
    "gzipの圧縮データが壊れているか、途中で切れています({reason})。",
    "The gzip data is corrupt or cut short ({reason}).",
)
READ_ERROR = Text("読み込み中にエラーが起きました({reason})。", "Reading failed ({reason}).")
