from __future__ import annotations

import dataclasses

from segmentation.model.text import Text
from segmentation.report.limits import limits
from segmentation.report.run import CaptureInput, Damage, ReplayRun

_LINK = CaptureInput(
    file="a.pcap", sha256="e" * 64, format="pcap", packets=2, bytes=120, not_decoded={"link_type": 2},
    reasons={"link_type": Text("対応していないリンク種別", "an unknown link type")},
)  # fmt: skip


def test_what_was_not_decoded_is_told_in_words_and_damage_as_one_sentence(replay_run: ReplayRun) -> None:
    cut = Damage(offset=7, reason="It ends.", sentence=Text("途中で終わっています。", "It ends."))
    run = dataclasses.replace(replay_run, captures=(_LINK, dataclasses.replace(_LINK, file="b.pcap", damage=cut)))
    (_, lines), *_ = limits(run)
    assert [line.ja for line in lines] == [
        "b.pcap: 7バイト目から先を読めません（途中で終わっています）。それより前は判定しました。",
        "a.pcap: 解読できないパケット（対応していないリンク種別） 2件",
        "b.pcap: 解読できないパケット（対応していないリンク種別） 2件",
    ]
    assert lines[0].en == "b.pcap: cannot be read from byte 7 on (It ends); everything before it was judged."


def test_a_capture_of_an_unknown_link_type_is_not_understood(replay_run: ReplayRun) -> None:
    assert replay_run.not_understood == 1  # damaged
    assert dataclasses.replace(replay_run, captures=(_LINK,)).not_understood == 1
    arp = dataclasses.replace(_LINK, not_decoded={"arp": 2}, reasons={})
    assert dataclasses.replace(replay_run, captures=(arp,)).not_understood == 0
