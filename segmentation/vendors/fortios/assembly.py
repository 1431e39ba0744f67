"""A FortiOS configuration as one device: chains for every virtual domain, bound to its interfaces.

One export holds the whole box.  With one virtual domain (VDOM) its policies are a base chain at the forward hook.  With
several, each VDOM is a chain of its own; base chains send a packet to the VDOM it comes in by, and, if it leaves by another
one (over inter-VDOM links), to that VDOM as well: both must permit it (Administration Guide, "Inter-VDOM routing").  In the
policies of a VDOM the end of a link means the interfaces of the VDOMs behind it.  Packets of virtual IPs (outside of central
NAT) are judged by a chain of their own, and translated behind the policies: only so can a policy tell them from packets that
are sent to the inner address at once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from segmentation.device.device import Device, InputFile, Verb
from segmentation.device.management import Software
from segmentation.model.text import Text
from segmentation.vendors.fortios import reasons
from segmentation.vendors.fortios.chains import Assembly
from segmentation.vendors.fortios.description import describe
from segmentation.vendors.fortios.domain import Domain, Version
from segmentation.vendors.fortios.interfaces import ROOT, Interfaces, Topology
from segmentation.vendors.fortios.notes import Notes
from segmentation.vendors.fortios.own_services import software
from segmentation.vendors.fortios.statements import Statement, statements
from segmentation.vendors.fortios.tree import Block, Entry, Tree
from segmentation.vendors.fortios.vocabulary import DOUBTED, PARTLY_READ, READ_OPTIONS, Standing
from segmentation.vendors.reading import SourceText

#: ``#config-version=FGT60F-7.4.8-FW-build2795-...``: model and version (Administration Guide, "Configuration backups").
_VERSION = re.compile(r"#config-version=[A-Za-z0-9]+-(\d+)\.(\d+)(?:\.(\d+))?")


def parse(texts: Sequence[SourceText], name: str = "") -> Device:
    """Read the configuration of one FortiGate; several texts are read one after the other, as if they were one.

    *name* is the device's name, by default its host name, else that of the first file.  Never raises: what has no meaning is
    in ``not_understood``, and the policy it stands in is kept, widened if it permits, narrowed if it denies.
    """
    reading = _Reading()
    for text in texts:
        reading.read(text)
    return reading.device(texts, name)


@dataclass(slots=True)
class _Reading:
    """The state while reading the files of one device."""

    notes: Notes = field(default_factory=Notes)
    lines: int = 0  # of the files read so far
    root: Entry = field(default_factory=lambda: Entry("", 1))
    version: Version | None = None
    software: tuple[Software, ...] = ()
    elsewhere: set[str] = field(default_factory=set)

    def read(self, text: SourceText) -> None:
        """Add one file to the tree."""
        notes, before = self.notes, self.lines
        notes.files.append((before, text.name))
        lines = text.lines()
        self.lines += len(lines)
        self.software = self.software or tuple(software(lines, before, notes))
        for line in lines[:50]:
            if found := _VERSION.match(line):
                self.version = tuple(int(v) for v in found.groups(default="0"))

        def report(statement: Statement, reason: Text) -> None:
            notes.add(statement.line, statement.text, reason)

        tree = Tree(report, root=self.root, elsewhere=self.elsewhere)
        tree.read(statements(lines, before))
        for block, statement in tree.unread:
            if block.standing in (Standing.NAMED, Standing.UNKNOWN):
                wording = reasons.NAMED_BLOCK if block.standing is Standing.NAMED else reasons.UNKNOWN_BLOCK
                if block.standing is Standing.NAMED and block.lines <= 1:
                    continue  # an empty table
                notes.add(statement.line, statement.text, wording.format(path=block.path, lines=block.lines))

    def device(self, texts: Sequence[SourceText], name: str) -> Device:
        """Assemble what was read."""
        notes = self.notes
        _check_options(self.root, notes)
        shared = self.root.block("global")
        interfaces = Interfaces(notes)
        roots = _domains(self.root)
        for each in (self.root, *((shared,) if shared else ()), *(r for r in roots.values() if r is not self.root)):
            interfaces.load(each)
        vdoms = tuple(dict.fromkeys((*roots, *(i.vdom for i in interfaces.known.values())))) if len(roots) > 1 else tuple(roots)
        if len(vdoms) == 1:
            for interface in interfaces.known.values():
                interface.vdom = vdoms[0]
        else:
            if not interfaces.known:
                notes.add(1, "config vdom", reasons.NO_GLOBAL)
            for vdom, vdom_root in roots.items():
                interfaces.assume(vdom_root, vdom)
        topology = Topology.of(interfaces, vdoms)
        domains = [
            Domain.of(vdom, roots.get(vdom) or Entry(vdom, 1), notes, topology, self.version) for vdom in vdoms
        ]  # fmt: skip
        system = next((b for r in (shared, self.root) if r is not None and (b := r.block("system global")) is not None), None)
        admins = [a for r in (shared, self.root) if r is not None for a in r.table("system admin")]
        made = Assembly(domains, topology, system, admins, notes, self.version)
        made.build()
        for domain in domains:
            domain.addresses.resolve_rest()
            domain.services.resolve_rest()
            _warn(domain, notes)
        parts = [self.root, *((shared,) if shared else ()), *(d.root for d in domains if d.root is not self.root)]
        told = describe(parts, domains, interfaces, admins, self.software, self.elsewhere, notes)
        zones = {i: zone for d in domains for zone, members in d.zones.members.items() for i in members}
        host = system.value("hostname") if system is not None else ""
        return Device(
            name=name or host or (texts[0].name if texts else ""),
            vendor="fortios",
            inputs=tuple(InputFile(file=t.name, sha256=t.sha256, lines=len(t.lines())) for t in texts),
            chains=made.chains,
            # Of one hook the chains that deny by default come last: a report on what is denied in the end names the last one.
            base_chains=tuple(sorted(made.bases, key=lambda b: (b.hook, b.policy.verb is Verb.DROP, b.priority, b.chain))),
            sets=tuple(s for d in domains for s in (*d.addresses.named_sets(), *d.services.named_sets())),
            interfaces=interfaces.infos(zones, several=len(vdoms) > 1),
            not_understood=notes.all(),
            management=told.management,
            objects=told.objects,
            routes=told.routes,
            aspects=told.aspects,
        )


def _domains(root: Entry) -> dict[str, Entry]:
    """The configuration of every VDOM; one named root when the device has no VDOMs."""
    block = root.blocks.get("vdom")
    found = dict(block.entries) if block else {}
    if not found:
        return {ROOT: root}
    if any(b.path.startswith("firewall ") and b.entries for b in root.blocks.values()):
        found.setdefault(ROOT, root)
    return found


def _check_options(root: Entry, notes: Notes) -> None:
    """Report every option that has no known meaning, and mark the entry it stands in."""
    waiting: list[Block] = list(root.blocks.values())
    while waiting:
        block = waiting.pop()
        known = READ_OPTIONS.get(block.path)
        for entry in (block.own, *block.entries.values()):
            waiting += entry.blocks.values()
            if known is None or block.path in PARTLY_READ:
                continue
            unknown = [o for o in entry.settings if o not in known]
            for option in unknown:
                setting = entry.settings[option]
                matters = block.path.startswith("firewall")
                reason = reasons.UNKNOWN_OPTION if matters else reasons.UNKNOWN_NEUTRAL_OPTION
                words = reason.format(path=block.path, option=option[:60])
                held = block.path in DOUBTED  # the rules of such an entry, or of what names it, only may match
                notes.add(setting.line, setting.text, words, widened=matters, covered=held)
            entry.unknown = tuple(o[:60] for o in unknown)


def _warn(domain: Domain, notes: Notes) -> None:
    """Settings of a VDOM that open it beside its policies."""
    settings = domain.root.block("system settings")
    for option in ("asymroute", "asymroute6"):
        if settings is not None and settings.on(option):
            setting = settings.settings[option]
            notes.add(setting.line, setting.text, reasons.ASYMMETRIC)
    if settings is not None and domain.policy_based:
        setting = settings.settings["ngfw-mode"]
        notes.add(setting.line, setting.text, reasons.POLICY_BASED)
    if settings is not None and settings.value("opmode") == "transparent":
        setting = settings.settings["opmode"]
        notes.add(setting.line, setting.text, reasons.TRANSPARENT.format(vdom=domain.name))
