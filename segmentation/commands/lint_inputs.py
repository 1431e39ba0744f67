"""Configuration files to devices: which files belong together, which device of the model they are, who reads them."""

from __future__ import annotations

import contextlib
import dataclasses
import fnmatch
import gc
import importlib
import platform
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from segmentation.device.device import Device
from segmentation.model.network import ZoneModel
from segmentation.model.text import Text
from segmentation.vendors.detect import CLOUD_FORMATS, IPTABLES_FORMATS, Format, NotRecognised, detect
from segmentation.vendors.reading import SourceText, UnreadableSource, read_source, read_stream

_AMBIGUOUS = Text(
    "{files} がどの装置のものか判別できません。装置ごとに --device を付けて実行してください。",
    "Cannot tell to which device {files} belong. Run once a device, with --device.",
)
_MIXED = Text(
    "{files} は形式が異なるため、一つの装置として読めません。",
    "{files} are in different formats and cannot be read as one device.",
)
#: Formats of routers and firewalls that are read as one device, with the vendor package that reads each.
_PACKAGES: dict[Format, str] = {
    Format.FORTIOS: "fortios",
    Format.RTX: "rtx",
    Format.IX: "ix",
    Format.AWPLUS: "awplus",
    Format.JUNOS: "junos",
    Format.PANOS: "panos",
    Format.ASA: "asa",
    Format.IOS: "ios",
    Format.AWS: "aws",
    Format.AZURE: "azure",
}
#: The format that ``--vendor`` stands for, where a text is not recognised by itself or is taken for another's.
VENDORS: dict[str, Format] = {"nftables": Format.NFT, "iptables": Format.IPTABLES} | {p: f for f, p in _PACKAGES.items()}
#: The argument that stands for the standard input.
_STDIN = Path("-")
#: Which of a host's files names the device, whatever the order they were given in.
_NAMING = (Format.IPTABLES, Format.IP6TABLES, Format.IPSET)
_INCLUDE = re.compile(r"^\s*include\s+[\"']([^\"'\n]+)[\"']", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Refused:
    """An input that gave no device; ``usage`` when the call is at fault and not the file."""

    message: Text
    usage: bool = False


@dataclass(frozen=True, slots=True)
class _File:
    """One file given: ``device`` is its ID in the model, or empty."""

    path: Path
    source: SourceText
    form: Format
    device: str

    @property
    def is_iptables(self) -> bool:
        return self.form in IPTABLES_FORMATS

    @property
    def stem(self) -> str:
        """The name up to its first dot: ``rules.v4`` and ``rules.v6`` belong together."""
        return self.path.name.partition(".")[0] or self.path.name


@contextlib.contextmanager
def collection_paused() -> Iterator[None]:
    """No cyclic garbage collection: what is read stays, and looking through millions of rules for cycles costs a third."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.freeze()  # else the first collection afterwards would look through all of it at once
            gc.enable()


@dataclass(frozen=True, slots=True)
class Group:
    """The files of one device in the order in which they are read, and the name of the device in reports."""

    name: str
    files: tuple[_File, ...]

    @property
    def size(self) -> int:
        """Characters of all texts: what the work grows with."""
        return sum(len(f.source.text) for f in self.files)

    @property
    def listed(self) -> str:
        """The names of the files, for a message."""
        return ", ".join(str(f.path) for f in self.files)

    def device(self) -> Device:
        """Parse the files; pure, and bounded in time and memory by each vendor's reader."""
        sources = [f.source for f in self.files]
        package = _PACKAGES.get(self.files[0].form) or ("iptables" if self.files[0].is_iptables else "nftables")
        made: Device = importlib.import_module(f"segmentation.vendors.{package}").parse(sources)
        return dataclasses.replace(made, name=self.name)

    def refusal(self) -> Refused | None:
        """Why these files cannot be one device, if so."""
        forms = {f.form for f in self.files}
        if len({f.is_iptables for f in self.files}) != 1 or (forms & _PACKAGES.keys() and len(forms) != 1):
            return Refused(_MIXED.format(files=self.listed), usage=True)
        if forms == {Format.IPSET}:
            return Refused(_AMBIGUOUS.format(files=self.listed), usage=True)
        return None


@collection_paused()
def read_devices(
    paths: Sequence[Path], model: ZoneModel | None, *, vendor: str | None = None, device: str | None = None
) -> list[Device] | list[Refused]:
    """Read every file and put files of one device together; either all devices in the order given, or all refusals."""
    groups = read_groups(paths, model, vendor=vendor, device=device)
    refused = [g for g in groups if isinstance(g, Refused)]
    return refused or [g.device() for g in groups if isinstance(g, Group)]


def read_groups(
    paths: Sequence[Path], model: ZoneModel | None, *, vendor: str | None = None, device: str | None = None
) -> list[Group] | list[Refused]:
    """Read every file as text and put files of one device together; either all groups in the order given, or all refusals."""
    files: list[_File] = []
    refused: list[Refused] = []
    for path in dict.fromkeys(paths):
        one = _read(path, model, vendor)
        if isinstance(one, Refused):
            refused.append(one)
        else:
            files.append(one)
    if refused:
        return refused
    members = [(name, _in_order(found)) for name, found in ([(device, files)] if device else _groups(files))]
    names = Counter(name or found[0].path.name for name, found in members)
    groups: list[Group] = []
    for name, found in members:
        own = found[0].path
        # Devices are told apart by their names: two hosts' "rules.nft" are named by their folders too.
        groups.append(Group(name or (own.name if names[own.name] == 1 else str(own)), tuple(found)))
    return [why for g in groups if (why := g.refusal()) is not None] or groups


def read_live(device: str | None, netns: str | None) -> list[Device | Refused]:
    """The running kernel as the device *device*, else one named like this host or the namespace."""
    from segmentation.live import NotReadable, read_kernel  # noqa: PLC0415 - loads pyroute2

    found = read_kernel(device or netns or platform.node(), netns)
    return [Refused(found.message) if isinstance(found, NotReadable) else found]


def _read(path: Path, model: ZoneModel | None, vendor: str | None) -> _File | Refused:
    piped = path == _STDIN
    source = read_stream(sys.stdin.buffer, "stdin") if piped else read_source(path)
    if isinstance(source, UnreadableSource):
        return Refused(source.message, usage=not piped and not path.is_file())
    found = detect(source.text)
    if isinstance(found, NotRecognised):
        if vendor is None:
            lead = str(path) + ": "
            return Refused(Text(lead + found.message.ja, lead + found.message.en))
        return _File(path, source, VENDORS[vendor], device_of(path, model))
    form = found.format
    if vendor is not None and (VENDORS[vendor] in _PACKAGES or form in _PACKAGES):
        form = VENDORS[vendor]
    if vendor == "nftables" and form in IPTABLES_FORMATS:
        form = Format.NFT
    elif vendor == "iptables" and form not in IPTABLES_FORMATS:
        form = Format.IPTABLES
    return _File(path, source, form, device_of(path, model))


def device_of(path: Path, model: ZoneModel | None) -> str:
    """The ID of the model's device whose configuration *path* is: by its path, else by file name or ID; "" if none."""
    if model is None:
        return ""
    base = Path(model.file).parent
    for record in model.devices.values():
        if record.config and (base / record.config).absolute() == path.absolute():
            return record.id
    named = [r.id for r in model.devices.values() if r.config and PurePath(r.config).name == path.name]
    if len(named) == 1:
        return named[0]
    stem = path.name.partition(".")[0]
    return stem if stem in model.devices and not named else ""


def _groups(files: Sequence[_File]) -> list[tuple[str, list[_File]]]:
    """Files by device.

    Of files of no known device, the iptables files of one host stay together, and nftables files with what they include.
    """
    known: dict[str, list[_File]] = {}
    for file in files:
        if file.device:
            known.setdefault(file.device, []).append(file)
    loose = [f for f in files if not f.device]
    iptables = [f for f in loose if f.is_iptables]
    groups = list(known.items())
    if len(groups) == 1 and iptables and all(f.is_iptables for f in groups[0][1]) and _one_host([*groups[0][1], *iptables]):
        # Of a host whose iptables-save the model names, the ip6tables and ipset files need no names of their own.
        groups[0][1].extend(iptables)
    elif _one_host(iptables):
        groups += [("", iptables)] if iptables else []
    else:
        by_stem: dict[str, list[_File]] = {}
        for file in iptables:
            by_stem.setdefault(file.stem, []).append(file)
        groups += [("", members) for members in by_stem.values()]
    clouds = [[f for f in loose if f.form is form] for form in sorted(CLOUD_FORMATS)]
    groups += [("", members) for members in clouds if members]
    groups += [
        ("", members) for members in _with_includes([f for f in loose if f.form not in IPTABLES_FORMATS | CLOUD_FORMATS])
    ]
    order = {id(f): i for i, f in enumerate(files)}
    return sorted(groups, key=lambda group: order[id(group[1][0])])


def _in_order(files: list[_File]) -> list[_File]:
    """The files of one device, independent of the order of the command line where it means nothing."""
    if all(f.is_iptables for f in files):
        return sorted(files, key=lambda f: (_NAMING.index(f.form), str(f.path)))
    if all(f.form in CLOUD_FORMATS for f in files):
        return sorted(files, key=lambda f: str(f.path))
    return files


def _one_host(files: Sequence[_File]) -> bool:
    """Whether no format occurs twice: then the files can be those of one host."""
    return all(n == 1 for n in Counter(f.form for f in files).values())


def _with_includes(files: Sequence[_File]) -> list[list[_File]]:
    """Nftables files, each with the given files that it includes (directly or not)."""
    included: dict[int, list[_File]] = {}
    for i, file in enumerate(files):
        names = [PurePath(pattern).name for pattern in _INCLUDE.findall(file.source.text)]
        included[i] = [f for f in files if f is not file and any(fnmatch.fnmatchcase(f.path.name, n) for n in names)]
    inner = {id(f) for found in included.values() for f in found}
    roots = [i for i, f in enumerate(files) if id(f) not in inner] or list(range(len(files)))[:1]
    index = {id(f): i for i, f in enumerate(files)}
    out: list[list[_File]] = []
    for root in roots:
        group, waiting = [files[root]], list(included[root])
        while waiting:
            one = waiting.pop(0)
            if not any(one is f for f in group):
                group.append(one)
                waiting += included[index[id(one)]]
        out.append(group)
    return out
