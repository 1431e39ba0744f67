"""Mail as MIME (RFC 5322, 2045 to 2049), read leniently, since receivers do; and whether it is text only (LG-05)."""

from __future__ import annotations

import email
import email.message
import email.policy
import quopri
import re
from collections.abc import Iterator
from typing import Final

from sensors.transfer.content import kinds, markup
from sensors.transfer.content.item import Inside, Item, Notebook
from sensors.transfer.mail import disguises
from sensors.transfer.mail.charsets import parameters
from sensors.transfer.verdict import Factor, MailText, Reason

_PARTS: Final = 2_000
#: RFC 4155 A: an empty line, then From with a sender and a date, begins the next message.
_MBOX: Final = re.compile(rb"(?:\r?\n){2}(?=From [^\r\n]{1,200} \d{4}(?: [+-]\d{4})?\r?\n)")
#: RFC 9580 6.2 and RFC 4880: an encrypted message in the armour that mail carries.
_ARMOUR: Final = re.compile(rb"^-----BEGIN PGP MESSAGE-----", re.MULTILINE)
#: Types that a text body cannot have: whatever it is declared as, it is a file.
_NOT_TEXT: Final = (
    kinds.EXECUTABLE
    | kinds.ARCHIVE
    | kinds.IMAGES
    | {"pdf", "rtf", "ole", "one", "tnef", "p7m", "html", "hta", "svg", "data", "slk"}
)
_ENCRYPTED: Final = frozenset({"multipart/encrypted", "application/pgp-encrypted"})


def examine_message(item: Item, notes: Notebook) -> None:
    """Examine every part of a mail; for the mail itself also decide whether it is text only."""
    messages = _MBOX.split(item.data) if item.data.startswith(b"From ") else []
    if len(messages) > 1:
        # A mailbox: every message of it counts, not only the first.
        for number, data in enumerate(messages[:_PARTS], 1):
            notes.inner(item, data, "", Inside.MAIL, step=f"message {number}", declared="message/rfc822", by_name=False)
        if len(messages) > _PARTS:
            notes.unseen(Reason.TOO_MANY_MEMBERS, item)
        return
    # compat32 never fails on a header; policy.default raises on a legal RFC 2231 split.
    tree = email.message_from_bytes(item.data, policy=email.policy.compat32)
    examination = _Examination(item, notes, top=item.inside is not Inside.MAIL)
    examination.walk(tree)


class _Examination:
    def __init__(self, item: Item, notes: Notebook, *, top: bool) -> None:
        self.item = item
        self.notes = notes
        self.top = top
        self.texts = 0
        self.others = 0
        self.unseen = False
        self.raw = item.data

    def walk(self, tree: email.message.Message) -> None:
        for number, (part, wrapped) in enumerate(_parts(tree), 1):
            if number > _PARTS:
                self.notes.unseen(Reason.TOO_MANY_MEMBERS, self.item)
                break
            self.part(part, number, wrapped=wrapped)
        if not self.top:
            return
        self.outside(tree)
        if tree.defects:
            self.notes.breach("broken_mime", self.item)
        if self.texts > 1:
            self.notes.breach("several_parts", self.item, count=str(self.texts))
        elif not self.texts and not self.notes.breaches:
            self.notes.breach("no_text", self.item)
        if self.notes.breaches:
            self.notes.mail_text = MailText.VIOLATES
        else:
            self.notes.mail_text = MailText.UNVERIFIABLE if self.unseen or self.notes.gaps else MailText.CONFORMS

    def part(self, part: email.message.Message, number: int, *, wrapped: bool) -> None:
        """One part that has no parts; *wrapped*: it stands inside an attached message."""
        declared = _declared(part)
        place = f"part {number}"
        if declared in _ENCRYPTED:
            self.notes.found(Factor.ENCRYPTED, self.item, "encrypted_mail", place)
            self.notes.unseen(Reason.ENCRYPTED, self.item, place)
        if part.get_content_maintype() == "multipart":
            if not part.is_multipart():
                self.notes.breach("broken_mime", self.item, place)
                self.body(part, place, "", declared)
            return
        if declared == "message/rfc822" or part.is_multipart():
            self.attached("attached_message", place, "")
            self.encoded_message(part, place)
            return
        name = _name(part)
        attached = bool(name) or _disposition(part) == "attachment"
        types = _every(part, "content-type")
        if len(types) > 1 or len(_every(part, "content-transfer-encoding")) > 1:
            # RFC 5322 3.6 leaves it open which one counts, and readers differ.
            self.notes.breach("broken_mime", self.item, place)
            if declared != "text/html" and any(t.strip().lower().startswith("text/html") for t in types):
                self.html(part, place)
        if declared == "text/html" and not attached:
            self.html(part, place)
        elif declared == "text/plain" and not attached:
            self.texts += 0 if wrapped else 1
            self.body(part, place, "", declared)
        else:
            self.file(part, place, name, declared)

    def html(self, part: email.message.Message, place: str) -> None:
        self.notes.found(Factor.HTML_BODY, self.item, "html_body", place)
        self.notes.breach("html_body", self.item, place)
        data = self.content(part, place)
        inner = Item(
            data=data, name="", at=(*self.item.at, place), inside=Inside.MAIL, depth=self.item.depth + 1, by_name=False
        )
        markup.examine_markup(inner, "html", self.notes, body=True)

    def file(self, part: email.message.Message, place: str, name: str, declared: str) -> None:
        data = self.content(part, place)
        kind = kinds.identify(data, name.rpartition(".")[2].lower())
        shown = f"{place} {name}".strip()
        try:
            if data:
                # What a package really is shows only when it is opened.
                kind = self.notes.inner(
                    self.item, data, name, Inside.MAIL, step=shown, declared=declared, by_name=bool(name)
                ) or kind  # fmt: skip
        finally:
            self.attached("attachment", shown, kind)

    def encoded_message(self, part: email.message.Message, place: str) -> None:
        """RFC 2046 5.2.1 forbids to encode an attached message; some readers decode it all the same."""
        encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
        payload = part.get_payload()
        first = payload[0] if isinstance(payload, list) and payload else None
        if encoding not in {"base64", "quoted-printable"} or not isinstance(first, email.message.Message):
            return
        raw = first.as_bytes(policy=email.policy.compat32).strip()
        data = markup.decode_base64(raw.decode("latin-1")) if encoding == "base64" else quopri.decodestring(raw)
        self.notes.account.output(len(data))
        if data:
            self.notes.inner(self.item, data, "", Inside.MAIL, step=place, declared="message/rfc822", by_name=False)

    def attached(self, detail: str, place: str, kind: str) -> None:
        values = {"kind": kind} if kind else {}
        self.others += 1
        self.notes.found(Factor.ATTACHMENT, self.item, detail, place, **values)
        self.notes.breach(detail, self.item, place, **values)

    def body(self, part: email.message.Message, place: str, name: str, declared: str) -> None:
        """Text that is to be read: whatever else it holds is a disguise."""
        data = self.content(part, place)
        kind = kinds.identify(data, "txt")
        encoded = str(part.get("content-transfer-encoding", "")).strip().lower() == "base64"
        if kind in _NOT_TEXT or (kind == "eml" and encoded and not kinds.is_texty(data)):
            self.notes.breach("not_text_content", self.item, place, kind=kind)
            if kind != "html" or re.match(rb"\s*<(?:!doctype|html)", data[:256], re.IGNORECASE):
                self.notes.inner(self.item, data, name, Inside.MAIL, step=place, declared=declared, by_name=False)
        if _ARMOUR.search(data):
            self.notes.found(Factor.ENCRYPTED, self.item, "encrypted_mail", place)
            self.notes.unseen(Reason.ENCRYPTED, self.item, place)
        self.disguised(data, place)

    def disguised(self, data: bytes, place: str) -> None:
        for found in disguises.find(data, self.notes.limits.file_bytes):
            kind = kinds.identify(found.data, found.name.rpartition(".")[2].lower())
            known = kind in kinds.EXECUTABLE | kinds.ARCHIVE | kinds.IMAGES | {
                "pdf",
                "rtf",
                "ole",
                "one",
                "tnef",
                "html",
                "hta",
                "svg",
            }
            if found.how == "base64" and not known:
                continue
            shown = f"{place} {found.how}@{found.at:#x} {found.name}".strip()
            self.attached("encoded_content", shown, kind)
            self.notes.inner(self.item, found.data, found.name, Inside.MAIL, step=shown, by_name=bool(found.name))

    def outside(self, tree: email.message.Message) -> None:
        """Preamble and epilogue: no reader shows them, and some gateways hand on what stands there."""
        for part in tree.walk():
            for text, place in ((part.preamble, "preamble"), (part.epilogue, "epilogue")):
                if text and len(text) > 60:
                    self.disguised(text.encode("latin-1", "surrogateescape" if text.isascii() else "replace"), place)

    def content(self, part: email.message.Message, place: str) -> bytes:
        """The decoded bytes of a part."""
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            self.notes.account.output(len(payload))
            return payload
        self.unseen = True
        self.notes.unseen(Reason.DAMAGED, self.item, place)
        return b""


def _parts(tree: email.message.Message) -> Iterator[tuple[email.message.Message, bool]]:
    """Every part in order, with whether it is inside an attached message; the tree is walked without recursion."""
    waiting: list[tuple[email.message.Message, bool]] = [(tree, False)]
    while waiting:
        part, wrapped = waiting.pop()
        yield part, wrapped
        if part.is_multipart():
            payload = part.get_payload()
            inner = wrapped or _declared(part) == "message/rfc822"
            children = [p for p in payload if isinstance(p, email.message.Message)] if isinstance(payload, list) else []
            waiting.extend((p, inner) for p in reversed(children))


def _raw(part: email.message.Message, field: str) -> bytes:
    for key, value in part._headers:  # type: ignore[attr-defined]  # noqa: SLF001 - the decoded accessors lose raw bytes
        if key.lower() == field:
            return str(value).encode("utf-8", "surrogateescape")
    return b""


def _every(part: email.message.Message, field: str) -> list[str]:
    return [str(value) for key, value in part._headers if key.lower() == field]  # type: ignore[attr-defined]  # noqa: SLF001 - the same


def _declared(part: email.message.Message) -> str:
    raw = _raw(part, "content-type")
    if not raw.strip():
        return part.get_content_type()
    found = re.match(rb"\s*([\w.+-]+)\s*/\s*([\w.+-]+)", raw)
    return part.get_content_type() if found is None else f"{found.group(1).decode()}/{found.group(2).decode()}".lower()


def _disposition(part: email.message.Message) -> str:
    return _raw(part, "content-disposition").partition(b";")[0].strip().lower().decode("ascii", "replace")


def _name(part: email.message.Message) -> str:
    """The file name a reader shows: of the disposition, else of the type (RFC 2183 2.3)."""
    for field, key in (("content-disposition", "filename"), ("content-type", "name")):
        found = parameters(_raw(part, field)).get(key, "").strip()
        if found:
            return found.replace("\\", "/").rpartition("/")[2]
    return ""
