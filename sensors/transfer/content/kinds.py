"""What a piece of content really is, by its bytes; the name is asked only where bytes cannot tell kinds of text apart."""

from __future__ import annotations

import functools
import re
import struct
from typing import Any, Final

#: Offset, bytes, type.  Sources: the formats' own specifications, named where they are not obvious.
_SIGNATURES: Final[tuple[tuple[int, bytes, str], ...]] = (
    (0, b"\x7fELF", "elf"),
    (0, b"\xfe\xed\xfa\xce", "macho"), (0, b"\xfe\xed\xfa\xcf", "macho"),
    (0, b"\xce\xfa\xed\xfe", "macho"), (0, b"\xcf\xfa\xed\xfe", "macho"),
    (0, b"dex\n03", "dex"),
    (0, b"\x4c\x00\x00\x00\x01\x14\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x46", "lnk"),  # MS-SHLLINK 2.1
    (0, b"ITSF", "chm"), (0, b"ITOLITLS", "lit"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),  # MS-CFB 2.2
    (0, b"{\\rt", "rtf"),  # Word accepts this much
    (0, b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", "one"),  # MS-ONESTORE 2.3.1, .one
    (0, b"\xa1\x2f\xff\x43\xd9\xef\x76\x4c\x9e\xe2\x10\xea\x57\x22\x76\x5f", "one"),  # .onetoc2
    (0, b"\x3f\xdd\x9a\x10\x1b\x91\xf5\x49\xa5\xd0\x17\x91\xed\xc8\xae\xd8", "one"),  # packaged by a server, MS-ONESTORE 2.8
    (0, b"PK\x03\x04", "zip"), (0, b"PK\x05\x06", "zip"), (0, b"PK00PK\x03\x04", "zip"), (0, b"PK\x07\x08PK\x03\x04", "zip"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"), (0, b"Rar!\x1a\x07", "rar"), (0, b"MSCF", "cab"), (0, b"ISc(", "installshield"),
    (0, b"\x1f\x8b", "gz"), (0, b"BZh", "bz2"), (0, b"\xfd7zXZ\x00", "xz"), (0, b"\x28\xb5\x2f\xfd", "zst"),
    (0, b"\x04\x22\x4d\x18", "lz4"), (0, b"\x1f\x9d", "z"), (0, b"LZIP", "lzip"), (0, b"\x5d\x00\x00\x80\x00", "lzma"),
    (0, b"!<arch>\n", "ar"), (0, b"070701", "cpio"), (0, b"070702", "cpio"), (0, b"070707", "cpio"), (0, b"\xc7\x71", "cpio"),
    (0, b"\xed\xab\xee\xdb", "rpm"), (0, b"xar!", "xar"), (0, b"\x60\xea", "arj"), (0, b"**ACE**", "ace"),
    (7, b"**ACE**", "ace"), (0, b"MSWIM\0\0\0", "wim"), (0, b"EGGA", "egg"), (0, b"ALZ\x01", "alz"), (0, b"hsqs", "squashfs"),
    (257, b"ustar", "tar"),  # POSIX.1-2017 pax, ustar interchange format
    (32769, b"CD001", "iso"), (34817, b"CD001", "iso"), (36865, b"CD001", "iso"),  # ECMA-119 8.1.2: sector 16 and on
    (32769, b"BEA01", "iso"), (32769, b"NSR0", "iso"),  # ECMA-167 part 2: UDF
    (0, b"vhdxfile", "vhdx"), (0, b"conectix", "vhd"), (0, b"KDMV", "vmdk"), (0, b"QFI\xfb", "qcow"),
    (0, b"\x89PNG\r\n\x1a\n", "png"), (0, b"\xff\xd8\xff", "jpg"), (0, b"GIF87a", "gif"), (0, b"GIF89a", "gif"),
    (0, b"II*\x00", "tif"), (0, b"MM\x00*", "tif"), (0, b"\x00\x00\x01\x00", "ico"), (0, b"8BPS", "psd"),
    (0, b"\x78\x9f\x3e\x22", "tnef"),  # MS-OXTNEF 2.1.3.1
    (0, b"%!PS", "ps"), (0, b"\xd7\xcd\xc6\x9a", "wmf"), (0, b"CWS", "swf"), (0, b"FWS", "swf"), (0, b"ZWS", "swf"),
    (0, b"OggS", "ogg"), (0, b"ID3", "mp3"), (0, b"fLaC", "flac"), (4, b"ftyp", "mp4"), (0, b"\x1aE\xdf\xa3", "mkv"),
    (0, b"ActiveMime", "mso"), (0, b"regf", "regf"), (0, b"!BDN", "pst"), (0, b"\x00\x01\x00\x00Standard Jet DB", "mdb"),
    (0, b"\x00\x01\x00\x00Standard ACE DB", "accdb"), (0, b"SQLite format 3\0", "sqlite"),
)  # fmt: skip

#: Signatures that a line of text can begin with as well; the three formats left out are text themselves.
_WORDS: Final = frozenset(
    s for _, s, k in _SIGNATURES if re.fullmatch(rb"[ -~]+", s) and k not in {"rtf", "ps", "ar"}
)  # fmt: skip

EXECUTABLE: Final = frozenset({
    "pe", "elf", "macho", "class", "dex", "lnk", "url", "chm", "msi", "jar", "apk", "hta", "bat", "ps1", "vbs", "vbe", "js",
    "jse", "wsf", "sh", "py", "reg", "com", "script", "swf", "dos", "inf", "appx",
})  # fmt: skip
#: Types that hold members; a ``gz`` with a tar in it is one archive.
ARCHIVE: Final = frozenset({
    "zip", "7z", "rar", "lzh", "cab", "tar", "gz", "bz2", "xz", "zst", "lz4", "z", "lzip", "lzma", "ar", "cpio", "rpm", "xar",
    "iso", "arj", "ace", "wim", "egg", "alz", "vhd", "vhdx", "vmdk", "qcow", "squashfs", "installshield",
})  # fmt: skip
IMAGES: Final = frozenset({"png", "jpg", "gif", "bmp", "tif", "webp", "ico", "psd", "wmf", "emf"})
PLAIN: Final = frozenset({"txt", "csv", "json", "md", "data", "empty"})

# LHA level 0-3 headers: method at byte 2, such as -lh5- or -lzs- (lha's header.doc).
_LZH: Final = re.compile(rb".{2}-(?:lh[0-9a-dx]|lz[s45]|pm[0-2s])-", re.DOTALL)
# RFC 5652 3: a sequence that begins with an object identifier below pkcs-7, in DER or BER.
_CMS: Final = re.compile(
    rb"\x30(?:\x80|[\x00-\x7f]|\x81.|\x82..|\x83...|\x84....)\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07", re.DOTALL
)
_PDF_OBJECT: Final = re.compile(rb"\d\s+\d{1,5}\s+obj\b|\bstartxref\b")
_HTML: Final = re.compile(
    rb"<(?:!doctype\s+html|html[\s>]|head[\s>]|body[\s>]|script[\s>]|iframe[\s>]|hta:application|meta\s|div[\s>]|table[\s>])",
    re.IGNORECASE,
)
_SVG: Final = re.compile(rb"<(?:[\w-]+:)?svg[\s>]", re.IGNORECASE)
_MAIL_FIELD: Final = re.compile(rb"(?:From |[!-9;-~]+[ \t]*:)")
_MAIL_KNOWN: Final = re.compile(
    rb"^(?:from|to|cc|subject|date|message-id|received|mime-version|content-type|return-path|delivered-to|reply-to"
    rb"|content-transfer-encoding|x-mailer|sender|bcc|dkim-signature)[ \t]*:", re.IGNORECASE | re.MULTILINE,
)  # fmt: skip


def identify(data: bytes, suffix: str = "") -> str:
    """The short name of the type of *data*; *suffix* (of the name, lower case) decides between kinds of plain text only."""
    if not data:
        return "empty"
    for offset, signature, kind in _SIGNATURES:
        if data.startswith(signature, offset) and not (signature in _WORDS and _reads_as_text(data)):
            return kind
    padded = without_padding(data)
    return _structured(data) or _textual(padded, suffix) or _by_libmagic(padded, suffix)


def without_padding(data: bytes) -> bytes:
    """Text without the zero octets that some programs pad it with and every reader skips; anything else as it is."""
    if b"\0" not in data or is_texty(data) or data.count(b"\0") > len(data) // 2:
        return data
    plain = data.replace(b"\0", b"")
    return plain if len(plain) >= 16 and _reads_as_text(plain) else data


def _reads_as_text(data: bytes) -> bool:
    """Whether the beginning is text to the letter: no control characters, and whole characters of one encoding."""
    head = data[:2048]
    if b"\0" in head or not is_texty(head):
        return False
    for codec in ("utf-8", "cp932", "euc_jp"):
        try:
            head.decode(codec)
        except UnicodeDecodeError as error:
            if error.start < len(head) - 4 or len(data) == len(head):
                continue
        return True
    return False


def _structured(data: bytes) -> str:  # noqa: PLR0911 - one return a format
    if data[:2] == b"MZ" and len(data) >= 64 and not _reads_as_text(data):
        header = struct.unpack_from("<I", data, 60)[0]  # e_lfanew
        return "pe" if data[header : header + 4] == b"PE\0\0" or len(data) < 4096 else "dos"
    if data[:4] == b"\xca\xfe\xba\xbe" and len(data) >= 8:
        # A Java class has its version here (45 and up); a universal Mach-O the number of architectures.
        return "class" if struct.unpack_from(">I", data, 4)[0] >= 0x2D else "macho"
    if data[:2] == b"BM" and len(data) >= 26 and struct.unpack_from("<I", data, 14)[0] in {12, 40, 52, 56, 64, 108, 124}:
        return "bmp"
    if data[:4] == b"RIFF" and len(data) >= 12:
        return {b"WEBP": "webp", b"WAVE": "wav", b"AVI ": "avi"}.get(data[8:12], "riff")
    if data[:4] == b"\x01\x00\x00\x00" and data[40:44] == b" EMF":
        return "emf"
    if _LZH.match(data):
        return "lzh"
    # ISO 32000-1 annex H, implementation note 13; a text that only mentions the mark has no objects.
    if b"%PDF-" in data[:1024] and (
        _PDF_OBJECT.search(data) is not None or (data[:5] == b"%PDF-" and not _reads_as_text(data))
    ):
        return "pdf"
    if _is_tar(data):
        return "tar"
    if len(data) >= 512 and data[-512:-504] == b"conectix":
        return "vhd"
    if _CMS.match(data):
        return "p7m"
    if (
        len(data) > 1024
        and data[510:512] == b"\x55\xaa"
        and (data[54:57] == b"FAT" or data[82:85] == b"FAT" or data[3:7] == b"NTFS")
    ):
        return "img"
    return ""


def _is_tar(data: bytes) -> bool:
    """Old tar has no magic: the checksum of the first header tells (POSIX.1-2017 pax)."""
    if len(data) < 512 or not data[0]:
        return False
    field = data[148:156].strip(b" \0")
    if not re.fullmatch(rb"[0-7]{4,7}", field):
        return False
    return sum(data[:148]) + 8 * 32 + sum(data[156:512]) == int(field, 8)


def decode_text(data: bytes) -> str | None:
    """*data* as text when it is text: UTF-8, UTF-16 with a byte-order mark, ISO-2022-JP, CP932 or EUC-JP; else ``None``."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", "replace")
    if b"\0" in data:
        half = data[: len(data) & ~1]
        # UTF-16 without a mark: Latin text has a zero in every second byte.
        for codec, zeros in (("utf-16-le", half[1:4096:2]), ("utf-16-be", half[0:4096:2])):
            if zeros and zeros.count(0) > len(zeros) * 0.7 and is_texty(half):
                return half.decode(codec, "replace")
        return None
    for codec in ("utf-8-sig", "cp932", "euc_jp"):
        try:
            return data.decode(codec)
        except UnicodeDecodeError as error:
            if codec == "utf-8-sig" and error.start > len(data) - 4 and error.reason == "unexpected end of data":
                return data[: error.start].decode(codec)
    control = sum(c < 32 and c not in {9, 10, 12, 13, 27} for c in data[:4096])
    return data.decode("latin-1") if control <= len(data[:4096]) * 0.02 else None


_CONTROLS: Final = frozenset(range(32)) - {9, 10, 12, 13, 26, 27, 31}


def is_texty(data: bytes) -> bool:
    """Whether the beginning of *data* looks like text of some encoding."""
    head = data[:4096]
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return True
    if b"\0" in head:
        even, odd = head[0::2], head[1::2]
        # UTF-16 without a mark has zeros in one half only; a block of zeros is no text.
        return max(even.count(0), odd.count(0)) > len(head) * 0.35 and min(even.count(0), odd.count(0)) < len(head) * 0.05
    return sum(c in _CONTROLS for c in head) <= len(head) * 0.01


def _textual(data: bytes, suffix: str) -> str:
    if data[:1] == b"\0" and (stripped := data[: 1 << 20].lstrip(b"\0 \t\r\n"))[:1] == b"<":
        return _markup(stripped, suffix)  # browsers skip NULs
    if not is_texty(data):
        return ""
    head = data[: 64 << 10]
    if b"\0" in head[:4096]:
        text = decode_text(head)
        head = (text or "").encode("utf-8", "replace")
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:5].lower() == b"<?xml" or start[:1] == b"<":
        return _markup(start, suffix)
    if start[:18].lower() == b"[internetshortcut]":
        return "url"
    if start[:4] in {b"WEB\n", b"WEB\r"}:
        return "iqy"
    # The first record of a SYLK file, under any name, as Excel does; a table may begin with a column ID.
    if start[:3] == b"ID;" and (suffix not in {"csv", "txt"} or re.match(rb"[^\r\n]*[\r\n]+(?:[A-Z]{1,2};|E\s*$)", start)):
        return "slk"
    if start[:17] == b"REGEDIT4" or start[:23] == b"Windows Registry Editor":
        return "reg"
    if _is_mail(start):
        return "eml"
    # A text that speaks of elements is text to whoever opens it by such a name; one that begins with them came above.
    whole = suffix == "txt" and re.search(rb"</(?:html|script)\s*>", start, re.IGNORECASE) is not None
    if _HTML.search(start[:4096]) and (suffix not in _NO_MARKUP or whole):
        return "html"
    return ""


_NO_MARKUP: Final = frozenset("md js py vbs php ps1 css json csv tsv txt log ini yml yaml ics rst adoc tex".split())  # noqa: SIM905 - as in names
_ROOT: Final = re.compile(rb"<(?![?!])(?:[\w.-]+:)?([A-Za-z_][\w.-]*)")


def _markup(start: bytes, suffix: str) -> str:
    low = start[:8192].lower()
    if suffix == "hta" or b"<hta:application" in low:
        return "hta"
    if re.match(rb"(?:<\?[^>]*\?>\s*|<!--.{0,2000}?-->\s*)*<(?:job|package)[\s>].{0,2000}<script", low, re.DOTALL):
        return "wsf"
    body = re.sub(rb"<!--.*?-->", b"", low, flags=re.DOTALL)
    first = _ROOT.search(body)
    root = b"" if first is None else first.group(1)
    if root == b"svg":
        return "svg"
    if low[:5] == b"<?xml" and root not in {b"html", b"head", b"body", b"script", b""}:
        return "xml"
    if _SVG.search(low) and not re.search(rb"<html[\s>]", low):
        return "svg"
    if _HTML.search(low):
        return "html"
    if low[:5] == b"<?xml" or re.match(rb"<[a-z_][\w.:-]*[\s>/]", low):
        return "html" if suffix in {"htm", "html"} else "xml"
    return "html" if suffix in {"htm", "html"} else ""


def _is_mail(start: bytes) -> bool:
    """RFC 5322 2.2: a block of header fields; three of the well-known ones, or two and nothing but fields before the body."""
    block = re.split(rb"\r?\n\r?\n", start[:32768], maxsplit=1)[0]
    if not _MAIL_FIELD.match(block):
        return False
    known = {m.group(0).rstrip(b" \t:").lower() for m in _MAIL_KNOWN.finditer(block)}
    lines = block.splitlines()
    fields = sum(bool(_MAIL_FIELD.match(line)) or line[:1] in {b" ", b"\t"} for line in lines)
    return len(known) >= 2 and fields >= 0.9 * len(lines)


@functools.cache
def libmagic() -> Any | None:  # the library has no types
    """The open libmagic database, or ``None`` where the library is missing."""
    try:
        import magic  # noqa: PLC0415 - a missing system library must not keep the package from loading

        return magic.Magic(mime=True)
    except (ImportError, OSError, AttributeError):
        return None


_BY_MIME: Final = {
    "application/vnd.ms-tnef": "tnef", "application/vnd.ms-cab-compressed": "cab", "application/x-lha": "lzh",
    "application/x-lzh-compressed": "lzh", "application/x-dosexec": "pe", "application/x-sharedlib": "elf",
    "application/x-executable": "elf", "text/x-shellscript": "sh", "text/x-msdos-batch": "bat", "text/x-python": "py",
    "text/x-script.python": "py", "text/x-perl": "script", "text/x-ruby": "script", "text/x-php": "php", "text/html": "html",
    "message/rfc822": "eml", "application/x-java-applet": "class", "application/json": "json", "text/csv": "csv",
    "application/vnd.fujixerox.docuworks": "xdw", "image/svg+xml": "svg", "text/xml": "xml",
}  # fmt: skip
_TEXT_SUFFIX: Final = {"csv": "csv", "tsv": "csv", "json": "json", "md": "md", "slk": "slk"}


def _by_libmagic(data: bytes, suffix: str) -> str:
    texty = is_texty(data)
    database = libmagic()
    mime = ""
    if database is not None:
        try:
            mime = str(database.from_buffer(data[: 1 << 20]))
        except Exception:  # noqa: BLE001 - the library raises its own type only when it could be imported
            mime = ""
    if suffix in {"xdw", "xbd", "xct"} and not texty:
        return "xdw"  # DocuWorks has no published format
    found = _BY_MIME.get(mime, "")
    if texty:
        # Guesses about the kind of a text are worth less than its name, and neither is worth much.
        if found in {"sh", "bat", "script"}:
            return found if data[:2] == b"#!" or re.match(rb"\s*@?echo\s+off\b", data, re.IGNORECASE) else "txt"
        return _TEXT_SUFFIX.get(suffix, "txt")
    if found:
        return found
    major, _, minor = mime.partition("/")
    if major in {"image", "audio", "video", "font"}:
        return minor.removeprefix("x-")
    return "data"
