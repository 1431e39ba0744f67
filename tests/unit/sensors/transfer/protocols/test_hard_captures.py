"""Captures that were made to be hard: every file with its name, hash and verdict; what was not seen is never clean."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sensors.transfer.protocols.base import Kind, Transfer, Unseen
from sensors.transfer.verdict import Content, ContentVerdict, MailText
from sensors.transfer.way import content_of
from sensors.transfer.worker.pool import Inspector
from tests.shared_data import SHARED, needs_shared
from tests.transfer_captures import exchanged

_EXPECTED = SHARED / "data" / "documents" / "hard_pcap" / "expected.json"
HARD: dict[str, Any] = json.loads(_EXPECTED.read_text("utf-8")) if _EXPECTED.exists() else {}


@pytest.fixture(scope="module")
def inspector() -> Iterator[Inspector]:
    with Inspector(workers=1) as made:
        yield made


def _examined(transfers: list[Transfer], inspector: Inspector) -> list[tuple[Transfer, ContentVerdict | None]]:
    out: list[tuple[Transfer, ContentVerdict | None]] = []
    for t in transfers:
        sink = t.body.take() if t.body is not None and not (t.piece or t.container) else None
        context = "mail" if t.kind is Kind.MAIL else ""
        out.append((t, inspector.inspect_sink(sink, t.name, t.declared, context) if sink is not None else None))
    return out


@pytest.mark.parametrize("name", sorted(HARD))
def test_every_hard_capture(name: str, inspector: Inspector) -> None:
    path = needs_shared("data", "documents", "hard_pcap", f"{name}.pcap")
    examined = _examined(exchanged(path)[0], inspector)
    wanted = HARD[name]
    if wanted["proto"] != "smtp" and not wanted["proto"].startswith("smtp"):
        by_hash = {t.sha256: (t, v) for t, v in examined}
        for file in wanted["files"]:
            transfer, verdict = by_hash[file["sha256"]]
            assert (transfer.name, transfer.size) == (file["name"], file["size"])
            assert verdict is not None
            assert set(file["factors"]) <= {f.value for f in verdict.names}
            if "direction" in wanted:
                assert (transfer.sender == transfer.client) == (wanted["direction"] == "client_to_server")
        return
    if wanted["proto"] == "smtp+tls":
        ((transfer, _),) = examined
        assert (transfer.kind, transfer.unseen) == (Kind.OPAQUE, Unseen.TLS)
        assert 90_000 < transfer.size < 110_000
        assert content_of(transfer, None) is Content.UNVERIFIABLE
        return
    mails = [(t, v) for t, v in examined if t.kind is Kind.MAIL]
    verdicts = [v for _, v in mails if v is not None]
    found = {f.value for v in verdicts for f in v.names}
    for file in wanted["files"]:
        assert set(file["factors"]) <= found
        assert not file["name"] or any(file["name"] in f.where for v in verdicts for f in v.factors)
    if wanted["verdict"] == "sanitized_text_only":
        assert [v.mail_text for v in verdicts] == [MailText.CONFORMS]
        assert found == set()
    else:
        assert MailText.VIOLATES in [v.mail_text for v in verdicts]
    if name.startswith("x12"):
        assert all(t.claims_sanitized for t, _ in mails)


def _files(name: str) -> dict[str, Transfer]:
    found, _ = exchanged(needs_shared("data", "documents", "zeek_pcap", name))
    return {t.sha256: t for t in found if t.sha256}


def test_files_of_the_field_captures() -> None:
    facts = json.loads(needs_shared("data", "documents", "zeek_pcap", "facts.json").read_text("utf-8"))["files"]
    for name, fact in facts.items():
        ours = _files(name)
        for kind in ("http", "smb"):
            for told in fact.get("tshark_objects", {}).get(kind, ()):
                assert told["sha256"] in ours, (name, told["name"])


def test_encrypted_shares_and_screens_are_said_not_to_be_seen() -> None:
    found, _ = exchanged(needs_shared("data", "documents", "zeek_pcap", "smb__smb3.pcap"))
    assert {t.unseen for t in found} == {Unseen.SMB_ENCRYPTED}
    found, _ = exchanged(needs_shared("data", "documents", "zeek_pcap", "rdp__rdp-proprietary-encryption.pcap"))
    notes = [dict(t.notes) for t in found]
    assert [n.get("channels") for n in notes] == [None, "cliprdr,drdynvc,rdpdr,rdpsnd"]
    found, _ = exchanged(needs_shared("data", "documents", "zeek_pcap", "rdp__rdp-to-ssl.pcap"))
    assert {(t.protocol, dict(t.notes)["selected"], "channels" in dict(t.notes)) for t in found} == {("rdp", "credssp", False)}
    found, _ = exchanged(needs_shared("data", "documents", "zeek_pcap", "ftp__ftp-auth-tls.pcap"))
    assert {(t.protocol, t.unseen) for t in found if t.operation == "AUTH TLS"} == {("ftp", Unseen.TLS)}
    found, _ = exchanged(needs_shared("data", "documents", "zeek_pcap", "rfb__vnc-mac-to-linux.pcap"))
    assert {t.protocol for t in found if t.kind is Kind.SCREEN} == {"rfb"}


def test_gaps_make_incomplete() -> None:
    for name in ("smtp__smtp-bdat-gap.pcap", "http__content-range-gap.pcap"):
        found, exchange = exchanged(needs_shared("data", "documents", "zeek_pcap", name))
        assert exchange.counts["gaps"] == 1
        assert any(t.missing for t in found)
        assert not any(content_of(t, None) is Content.NONE_FOUND for t in found)
