from __future__ import annotations

import dataclasses

from segmentation.model.finding import Finding
from segmentation.model.text import Text
from segmentation.report.run import LintRun, ReplayRun
from segmentation.report.text import CONSEQUENCES, render

LINT_JA = """\
sekisho 9.9  基準日 2026-11-20
みどり野市  プロファイル daisen
情報セキュリティポリシー 令和7年版
cdr.nft（nftables、装置 cdr）: フィルタ 3、規則 12、40行

ゾーン間通信マトリクス（行: 開始側、列: 応答側）
                         1 2 3
1 マイナンバー利用事務系 -   ?
2 LGWAN接続系              - =
3 インターネット接続系   . W -
. 許可なし・通過なし（一致）
= 許可どおり（一致）
W 許可より広い
? 判定不能

指摘事項
1. [重大]  LG-02  cdr.nft:14:3  cdr
   規則: iifname "eth0" accept comment "\\x1b[31m password ****"
   取込みが許可されています。
   インターネット接続系 → LGWAN接続系
   根拠: 情報セキュリティポリシー 3.4(2)①「LGWAN接続系の分割」（自市の規程）
   証拠パケット: tcp 10.30.10.53:1024 → 10.20.10.25:25（新規接続、TCPフラグ SYN、受信 eth0 → 送信 eth1、\
送信元MAC 00:00:5e:00:53:94、宛先変換後 10.20.10.26:2525）
   経路 1: cdr.nft:14:3  accept（ここで許可）
   関連規則: LG-03
   この原因による結果（ほか2件）:
   - [重大]  MN-01  インターネット接続系 → マイナンバー利用事務系
     到達できます。
     根拠: 情報セキュリティポリシー 3.4(2)①「LGWAN接続系の分割」（自市の規程）
     証拠パケット: tcp 10.30.10.53:1024 → 10.20.10.25:445（新規接続、TCPフラグ SYN、受信 eth0 → 送信 eth1、\
送信元MAC 00:00:5e:00:53:94、宛先変換後 10.20.10.26:2525）
     確度: 可能性あり（7行目を理解できないため）
   - [高]  NC-02
     すべて許可する規則です。

2. [中]  EX-04  zones.toml:99
   例外の期限が近づいています。
   根拠: EX-04（製品規則）
   期限は製品の規則です。
   例外 EX-1「保守」: 残り10日（2026-11-30まで）

3. [高]  NC-19  cdr.nft:20  cdr  <例外承認により警報対象外>
   例外で許可された接続です。
   例外 EX-2「旧保守」: 2日前に期限切れ（2026-11-18まで）

理解できなかった内容
cdr.nft:7:「osf name secret ****」 osf の照合

判定できなかった内容
規則30の冗長性は判定できません。

見えていない範囲
装置 FW-LG の設定がありません。
この結果は、上に挙げた入力ファイルだけから分かることです。実際に動作している設定や、ほかの装置・経路は確認していません。

合計: 重大 2、高 1、中 1、低 0、情報 0、例外承認済み 1
"""

REPLAY_EN = """\
sekisho 9.9  as of 2026-11-20
Midorino City  profile daisen
情報セキュリティポリシー 令和7年版
月次.pcap (pcap): 1,234 packets, 567,890 bytes, from 2025-11-01 21:26:40.123456 +09:00 to 2025-11-01 21:28:20.000000 +09:00
empty.pcapng (pcapng): 0 packets, 0 bytes, from - to -

Traffic between zones
from       to                  state       verdict                 packets    bytes  flows
My Number  (in no zone)        refused     forbidden                     2      120      1
LGWAN      Internet-connected  data moved  permitted if sanitized    1,200  500,000      2

Findings
1. [critical]  MN-18
   An attempt to reach the Internet.
   My Number → (in no zone)
   state: refused
   packets 10 to 11 of 月次.pcap
   from 2025-11-01 21:26:40.123456 +09:00 to 2025-11-01 21:26:41.000000 +09:00
   confidence: inferred (the SYN was not seen)
   3 times

Not understood
月次.pcap: cannot be read from byte 98,304 on (record length 4294967295); everything before it was judged.
月次.pcap: packets not decoded (arp): 1
月次.pcap: packets not decoded (truncated): 2

Not decided
Everything asked was decided.

Not visible
This result is what follows from the traffic in the captures above alone; traffic elsewhere or at other times was not examined.

Total: critical 1, high 0, medium 0, low 0, info 0
"""


def test_lint_in_japanese_word_for_word(lint_run: LintRun) -> None:
    assert render(lint_run, "ja") == LINT_JA


def test_replay_in_english_word_for_word(replay_run: ReplayRun) -> None:
    assert render(replay_run, "en") == REPLAY_EN


def test_colour_only_adds_sgr_sequences(lint_run: LintRun) -> None:
    coloured = render(lint_run, "ja", colour=True)
    plain = coloured
    for code in ("1;31", "31", "33", "36", "2", "1", "0"):
        plain = plain.replace(f"\x1b[{code}m", "")
    assert plain == render(lint_run, "ja")
    assert "\x1b[1;31m[重大]\x1b[0m" in coloured


def test_nothing_from_an_input_reaches_the_terminal_as_control(lint_run: LintRun) -> None:
    written = render(lint_run, "en")
    assert "\x1b" not in written
    assert "\u202e" not in written
    assert "hunter2" not in written
    assert "s3cr3t" not in written


def test_an_empty_report_still_says_what_was_not_seen(lint_run: LintRun) -> None:
    empty = dataclasses.replace(lint_run, findings=(), undecided=(), not_visible=(), inputs=(), matrix=())
    written = render(empty, "en")
    assert "There are no findings." in written
    assert "Every line was understood." in written
    assert "Everything asked was decided." in written
    assert "neither the running configuration nor other devices" in written


def test_many_consequences_are_counted_not_listed(lint_run: LintRun) -> None:
    many = tuple(
        dataclasses.replace(lint_run.findings[0], key=f"{n:04d}", rule=f"MN-{n:02d}", message=Text(f"結果{n}", f"case {n:04d}"))
        for n in range(CONSEQUENCES + 6)
    )
    written = render(dataclasses.replace(lint_run, findings=many), "en")
    assert f"case {CONSEQUENCES:04d}" in written
    assert f"case {CONSEQUENCES + 1:04d}" not in written
    assert "5 more; the JSON report" in written


def test_order_of_findings_does_not_matter(lint_run: LintRun) -> None:
    turned = dataclasses.replace(lint_run, findings=tuple(reversed(lint_run.findings)))
    assert render(turned, "ja") == render(lint_run, "ja")


def test_findings_of_two_devices_with_one_cause_stay_apart(lint_run: LintRun) -> None:
    first: Finding = lint_run.findings[0]
    other = dataclasses.replace(first, where=dataclasses.replace(first.where, device="other"))
    written = render(dataclasses.replace(lint_run, findings=(first, other)), "en")
    assert "\n1. [critical]" in written
    assert "\n2. [critical]" in written


def test_consequences_of_one_rule_and_pair_are_one_line_with_their_number(lint_run: LintRun) -> None:
    lead = lint_run.findings[0]
    same = [dataclasses.replace(lead, key=f"{n}", message=Text(f"結果{n}", f"case {n}")) for n in range(3)]
    other = dataclasses.replace(lead, key="o", dst_zone="mn", message=Text("別", "other pair"))
    lines = render(dataclasses.replace(lint_run, findings=(lead, *same, other)), "en").splitlines()
    assert "   further consequences of this cause (4):" in lines
    # Sorted by key, the lead is "0"; "1", "2" and the fixture's own "a" follow.
    assert "   - [critical]  LG-02  Internet-connected → LGWAN  3 findings" in lines
    assert "   - [critical]  LG-02  Internet-connected → My Number" in lines


def test_every_rule_of_a_cause_is_named_before_its_many_zone_pairs(lint_run: LintRun) -> None:
    lead = lint_run.findings[0]
    pairs = [dataclasses.replace(lead, src_zone=f"z{n:02d}") for n in range(CONSEQUENCES + 5)]
    last = dataclasses.replace(lead, rule="LG-09", src_zone="zz")
    written = render(dataclasses.replace(lint_run, findings=(lead, *pairs, last)), "en").splitlines()
    consequences = [line for line in written if line.startswith("   - ")]
    assert consequences[0] == "   - [critical]  LG-09  zz → LGWAN"
    assert len(consequences) == CONSEQUENCES
