"""Every labelled file: each label met, nothing on clean files, and the worker says what the examination says."""

from __future__ import annotations

import json

import pytest
from shared_data import needs_shared

from sensors.transfer.verdict import Content, Factor, Reason
from sensors.transfer.worker.pool import Inspector

#: Factors found beside the labels, each looked at by hand: the labels name the container, these name what is in it.
BESIDE_THE_LABELS = {
    "oletools/excel4-macros__excel4_sample_macro.xlsb": {"auto_exec"},  # a defined name Auto_Open
    "oletools/excel4-macros__excel4_sample_macro.slk": {"auto_exec"},  # NN;NAuto_Open
    "oletools/oleobj__sample_with_calc_embedded.doc": {"embedded_executable"},  # a PE in Ole10Native
    "oletools/oleobj__sample_with_lnk_file.doc": {"embedded_executable"},  # a shell link in Ole10Native
    "oletools/oleobj__sample_with_lnk_file.pps": {"embedded_executable"},
    "oletools/oleobj__sample_with_lnk_file.ppt": {"embedded_executable"},
    "qpdf/enc-XI-R6,V5,U=attachment,encrypted-attachments.pdf": {"embedded_file"},  # file specifications with /EF
    "qpdf/enc-XI-attachments-base.pdf": {"embedded_file"},
    "poi/hmef__winmail-sample1.dat": {"javascript", "uri"},  # a javascript: address in the attached bookmark.htm
    "magika/current_missdetections__html__malformed-html-gh-521.html": {"external_link"},  # images from another host
    "gen/gifar.gif": {"embedded_executable", "executable"},  # the class in the appended JAR
}


@pytest.mark.slow
def test_every_label_is_met_and_clean_files_stay_without_factors() -> None:
    folder = needs_shared("data", "documents")
    labels = json.loads((folder / "labels.json").read_text("utf-8"))["files"]
    wrong = {}
    with Inspector() as inspector:
        for name, entry in labels.items():
            verdict = inspector.inspect_file(folder / name)
            want = {f for f in entry["factors"] if f != "clean"}
            got = {f.value for f in verdict.names}
            if got != want | BESIDE_THE_LABELS.get(name, set()):
                wrong[name] = (sorted(want - got), sorted(got - want))
            assert verdict.sha256 == entry["sha256"]
            assert verdict.size == entry["size"]
            assert not {g.reason for g in verdict.gaps} & {Reason.TOOL_MISSING, Reason.WORKER_DIED}, name
            hidden = entry["detail"].get("password_required") or entry["detail"].get("hidden_factors")
            if "encrypted" in want and hidden:
                assert any(g.reason is Reason.ENCRYPTED for g in verdict.gaps), name
    assert wrong == {}
    assert inspector.counts == {"done": len(labels)}


def test_an_encrypted_archive_is_never_called_free_of_risk() -> None:
    folder = needs_shared("data", "documents", "gen")
    with Inspector() as inspector:
        verdict = inspector.inspect_file(folder / "ppap_zipcrypto.zip")
    assert verdict.content is Content.UNVERIFIABLE
    assert verdict.names == {Factor.ENCRYPTED}
    assert [f.where for f in verdict.factors] == ["申請書.docm"]
