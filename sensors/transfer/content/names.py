"""Names against content: extensions that lie, that hide, and that make a file one that is run."""

# ruff: noqa: SIM905, E501 - long tables of extensions read best as words in rows

from __future__ import annotations

import re
import unicodedata
from typing import Final

from sensors.transfer.content import kinds
from sensors.transfer.content.item import Inside, Item, Notebook, suffix_of
from sensors.transfer.verdict import Factor

#: Extensions that Windows, a common office suite or a shell runs on a double click, whatever the content.
RUN: Final = frozenset(
    "exe com scr pif cpl dll ocx sys drv xll wll xlam_ bat cmd ps1 psm1 psd1 ps1xml ps2 psc1 msh vbs vbe vb js jse mjs wsf wsh wsc"
    " sct hta msi msp mst msc msix msixbundle appx appxbundle application appref-ms lnk url scf inf reg rgs jar jnlp class py pyw"
    " pyc pyz sh bash ksh csh zsh command run elf bin_ apk app action workflow gadget chm hlp hpj ins isp diagcab settingcontent-ms"
    " library-ms search-ms searchconnector-ms website desktop rdp theme themepack xbap pl rb ahk au3 vbscript iqy_ ws grp mad maf mau"
    " cs_ job shb shs udl dmg pkg deb rpm_ appimage".split()
)
_OFFICE_ZIP: Final = frozenset({
    "docx", "docm", "dotx", "dotm", "xlsx", "xlsm", "xltx", "xltm", "xlsb", "xlam", "pptx", "pptm", "potx", "potm", "ppsx", "ppsm",
    "ppam", "vsdx", "vsdm", "odt", "ods", "odp", "odg", "xps", "sldx", "sldm", "vssx", "vssm", "vstx", "vstm", "ott", "ots", "otp",
})  # fmt: skip
#: Extension -> types it may have without lying.  Extensions that stand in no row are not judged.
_EXPECTED: Final[dict[str, frozenset[str]]] = {
    **{s: frozenset({s}) for s in "pdf rtf png gif bmp webp psd 7z rar cab svg elf one chm slk class".split()},
    **{s: frozenset({"ole-office", "doc"}) for s in ("doc", "dot")},
    **{s: frozenset({"ole-office", "xls"}) for s in ("xls", "xlt", "xla", "xlw", "xlm")},
    **{s: frozenset({"ole-office", "ppt"}) for s in ("ppt", "pps", "pot", "ppa")},
    **{s: frozenset({s}) for s in _OFFICE_ZIP},
    "xps": frozenset({"xps"}), "oxps": frozenset({"xps"}),
    "jpg": frozenset({"jpg"}), "jpeg": frozenset({"jpg"}), "jpe": frozenset({"jpg"}),
    "tif": frozenset({"tif"}), "tiff": frozenset({"tif"}), "ico": frozenset({"ico", "png"}),
    "zip": frozenset({"zip", "jar", "apk", *_OFFICE_ZIP}), "zipx": frozenset({"zip"}),
    "lzh": frozenset({"lzh"}), "lha": frozenset({"lzh"}), "iso": frozenset({"iso", "img"}),
    "gz": frozenset({"gz"}), "tgz": frozenset({"gz"}), "bz2": frozenset({"bz2"}), "xz": frozenset({"xz"}), "tar": frozenset({"tar"}),
    "eml": frozenset({"eml"}), "jtd": frozenset({"jtd", "ole"}), "jtt": frozenset({"jtd", "ole"}), "jhd": frozenset({"jtd", "ole"}),
}  # fmt: skip
#: Extensions of text: any textual content is honest, anything else is not.
_TEXT: Final = frozenset("txt csv tsv log md json xml html htm css ini yaml yml toml conf srt vcf ics".split())
_TEXT_KINDS: Final = frozenset(
    {"txt", "csv", "json", "md", "xml", "html", "svg", "eml", "slk", "empty", "iqy", "ps", "php", "rtf"}
)
_MACRO_FREE: Final = {
    "docx": "docm", "dotx": "dotm", "xlsx": "xlsm", "xltx": "xltm", "pptx": "pptm", "potx": "potm", "ppsx": "ppsm", "vsdx": "vsdm",
}  # fmt: skip
#: Extensions by which people know documents: before another extension they are bait.
_BAIT: Final = frozenset(
    "pdf doc docx docm xls xlsx xlsm ppt pptx txt csv rtf jpg jpeg png gif bmp tif tiff zip lzh jtd xdw html htm mp3 mp4 wav".split()
)
_OVERRIDES: Final = re.compile("[\u202a-\u202e\u2066-\u2069\u200f\u061c]")
# Twenty columns push an extension out of the columns that file dialogs show.
_LONG_SPACE: Final = re.compile("[ \u00a0\u2000-\u200b\u3000\t_]{20,}")
_SAME_FAMILY: Final = (
    frozenset({"docx", "docm", "dotx", "dotm"}), frozenset({"xlsx", "xlsm", "xltx", "xltm", "xlam", "xlsb"}),
    frozenset({"pptx", "pptm", "potx", "potm", "ppsx", "ppsm", "ppam", "sldx", "sldm"}),
    frozenset({"vsdx", "vsdm", "vssx", "vssm", "vstx", "vstm"}),
    frozenset({"odt", "ott"}), frozenset({"ods", "ots"}), frozenset({"odp", "otp"}),
)  # fmt: skip
#: Types of one application, and the extensions under which it expects macros.
_APPLICATIONS: Final = (
    (_SAME_FAMILY[0] | {"doc"}, frozenset({"doc", "dot", "docm", "dotm"})),
    (_SAME_FAMILY[1] | {"xls"}, frozenset({"xls", "xlt", "xla", "xlsm", "xltm", "xlam", "xlsb"})),
    (_SAME_FAMILY[2] | {"ppt"}, frozenset({"ppt", "pps", "pot", "ppa", "pptm", "potm", "ppsm", "ppam"})),
)
_PICTURES: Final = frozenset({"png", "gif", "bmp", "webp", "jpg", "jpeg", "jpe", "tif", "tiff", "ico", "emf", "wmf"})
_MACRO_KINDS: Final = frozenset({"docm", "dotm", "xlsm", "xltm", "xlam", "xlsb", "pptm", "potm", "ppsm", "ppam", "vsdm"})
#: Declared types worth comparing: a sender who says "text" or "image" and sends something else.
_DECLARED_TEXT: Final = re.compile(r"text/(?:plain|csv)", re.IGNORECASE)
_DECLARED_IMAGE: Final = re.compile(r"image/", re.IGNORECASE)


def examine_name(item: Item, kind: str, notes: Notebook) -> None:
    """Compare name and declared type of *item* with its true type *kind*."""
    name = item.name.replace("\\", "/").rpartition("/")[2]
    suffix = item.suffix
    if _OVERRIDES.search(name):
        notes.found(Factor.EXT_MISMATCH, item, "direction_override")
    if _LONG_SPACE.search(name) and suffix in RUN:
        notes.found(Factor.EXT_MISMATCH, item, "spaces_before_extension")
    # (Dots have their double-width and ideographic forms, too.)
    folded = suffix_of(unicodedata.normalize("NFKC", name).replace("\u3002", "."))
    plain = folded.translate(_LOOKALIKE)
    if folded and plain != suffix and plain in (RUN | _BAIT):
        notes.found(Factor.EXT_MISMATCH, item, "lookalike_extension")
    shown = _hidden_type(name, suffix)
    if shown and (suffix in RUN or kind in kinds.EXECUTABLE):
        notes.found(Factor.EXT_MISMATCH, item, "double_extension", shown=shown, suffix=suffix)
    elif item.by_name and _disagrees(suffix, kind) and not (item.depth and suffix in _PICTURES and kind in kinds.IMAGES):
        # (Pictures inside mails and documents carry each other's extensions all the time, and do no more under one than another.)
        notes.found(Factor.EXT_MISMATCH, item, "name_mismatch", suffix=suffix, kind=kind)
    if suffix in RUN and kind not in kinds.EXECUTABLE and kind not in {"html", "svg", "pdf", "empty"} | kinds.IMAGES:
        factor = Factor.EMBEDDED_EXECUTABLE if item.inside is Inside.DOCUMENT else Factor.EXECUTABLE
        notes.found(factor, item, "executable_name", suffix=suffix)
    if item.declared and _misdeclared(item.declared, kind):
        notes.found(Factor.EXT_MISMATCH, item, "declared_mismatch", declared=item.declared[:60], kind=kind)


def promises_no_script(suffix: str) -> bool:
    """Whether an extension is one of documents or data, under which nobody expects a script."""
    return suffix in _TEXT or suffix in _EXPECTED


# Letters of other scripts that look like Latin ones in the usual fonts (Unicode TR 39, confusables.txt), as far as extensions use them.
_LOOKALIKE: Final = str.maketrans("аеорсхуіјѕԁтмкосехрνοαɡӏ", "aeopcxyijsdtmkocexpvoagl")


def _hidden_type(name: str, suffix: str) -> str:
    """The bait extension before the real one, as in ``report.pdf.exe``."""
    if not suffix:
        return ""
    stem = name.rstrip(". \u3000")[: -len(suffix) - 1]
    before = suffix_of(stem)
    return before if before in _BAIT else ""


def _disagrees(suffix: str, kind: str) -> bool:
    if kind in {"empty", "data"}:
        return False
    for family, capable in _APPLICATIONS:
        if suffix in capable and kind in family:
            return False  # the name promises at least as much as the content can do
    if suffix in _TEXT:
        return kind not in _TEXT_KINDS
    if kind == "ole-encrypted":
        return suffix in _EXPECTED and suffix not in _OFFICE_ZIP
    expected = _EXPECTED.get(suffix)
    if expected is None:
        return False
    if suffix in _OFFICE_ZIP:
        for family in _SAME_FAMILY:
            if suffix in family and kind in family:
                # Word refuses to open macro-enabled content under a macro-free name; someone renamed it.
                return suffix in _MACRO_FREE and kind in _MACRO_KINDS
    if suffix == "rtf" or kind == "rtf":
        return kind not in expected and suffix not in {"doc", "dot"}
    return kind not in expected


def _misdeclared(declared: str, kind: str) -> bool:
    if _DECLARED_TEXT.match(declared):
        return kind not in _TEXT_KINDS | kinds.EXECUTABLE and kind != "data" and not kind.startswith("text")
    if _DECLARED_IMAGE.match(declared):
        return kind in kinds.EXECUTABLE | kinds.ARCHIVE | _OFFICE_ZIP | {"pdf", "doc", "xls", "ppt", "html", "rtf"}
    return False
