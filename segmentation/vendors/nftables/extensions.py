"""Extensions of iptables inside an nft ruleset (``xt match …``): nft shows their names, not their parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segmentation.model.location import NOWHERE, Location
from segmentation.vendors.nftables.reasons import EXTENSION
from segmentation.vendors.nftables.syntax import Log, Nat, Opaque, SideEffect, Unknown, Verdict

if TYPE_CHECKING:
    from segmentation.vendors.nftables.syntax import Statement

# iptables-extensions(8): targets after which the rules go on, and matches that always hold.
_GOES_ON = frozenset({
    "TCPMSS", "MARK", "CONNMARK", "CLASSIFY", "TOS", "DSCP", "TTL", "HL", "SECMARK", "CONNSECMARK", "CHECKSUM", "AUDIT",
    "TRACE", "LED", "RATEEST", "IDLETIMER", "HMARK", "ECN", "TCPOPTSTRIP",
})  # fmt: skip
_TRANSLATES = {"DNAT": "dnat", "SNAT": "snat", "NETMAP": "dnat"}


def extension(kind: str, name: str, text: str, location: Location = NOWHERE) -> Statement:
    """The statement that an extension of *kind* (``match``, ``target``) called *name* amounts to."""
    if kind == "match":
        # "comment" is the only match without a condition
        return SideEffect(text) if name == "comment" else Unknown(text, EXTENSION, location, decides=False)
    if name in ("LOG", "NFLOG"):
        return Log()
    if name in _GOES_ON:
        return SideEffect(text)
    if name == "REJECT":
        return Verdict("drop")
    if name in ("MASQUERADE", "REDIRECT"):
        return Nat(name.lower(), text=text)
    if name in _TRANSLATES:
        return Nat(_TRANSLATES[name], address=Opaque(text), text=text)
    return Unknown(text, EXTENSION, location, decides=name != "CT")
