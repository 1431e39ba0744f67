"""Overlays, a council's precedence, the conflict report, and files that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from segmentation.model.finding import ClauseOrigin, Severity
from segmentation.model.policy import Policy
from segmentation.model.zones import ModelKind, ZoneKind
from segmentation.profiles.loader import load_policy
from segmentation.profiles.problem import ProfileError


def write(folder: Path, text: str, name: str = "overlay.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def overlaid(folder: Path, text: str, base: str = "daisen") -> Policy:
    return load_policy(base, [write(folder, text)])


def problems(folder: Path, text: str, base: str = "daisen") -> list[str]:
    with pytest.raises(ProfileError) as caught:
        overlaid(folder, text, base)
    return [f"{problem.location.line}:{problem.location.column}: {problem.message.en}" for problem in caught.value.problems]


def test_an_overlay_changes_a_setting_and_the_rules_that_hang_on_it(tmp_path: Path) -> None:
    policy = overlaid(tmp_path, '[sanitize]\nscope = "both"\n')
    assert policy.sanitize.scope == "both"
    assert policy.applies("M-01")
    assert any("取り込む場合" in text.ja and "双方向" in text.ja for text in policy.conflicts)
    assert any("overlay" in text.en and "data taken in" in text.en for text in policy.conflicts)
    assert policy.layers == ("national", "daisen", "overlay")
    assert not policy.private


def test_adopting_a_national_addition_brings_its_rule_and_model(tmp_path: Path) -> None:
    policy = overlaid(tmp_path, '[models]\naddons = ["alpha_prime"]\n', "kadoma")
    assert policy.addons == {"alpha_prime"}
    assert ModelKind.ALPHA_PRIME in policy.models
    assert policy.applies("LG-14")
    assert ModelKind.ALPHA_PRIME not in overlaid(tmp_path, '[models]\naddons = ["alpha_prime"]\n', "sanbu").models


def test_a_private_overlay_marks_the_policy_and_adds_clauses(tmp_path: Path) -> None:
    policy = overlaid(
        tmp_path,
        "private = true\n"
        '[document]\ntitle = "対策基準"\npublished = false\n'
        '[clauses]\n"5.1" = { title = "例外の期限", title_en = "expiry of exceptions" }\n'
        '[rules]\nEX-04 = ["5.1"]\nAU-01 = ["5.1"]\n'
        "[exceptions]\nexpiry_required_by_clause = true\nmax_days = 180\n"
        '[severities]\nEX-04 = "critical"\n',
        "kadoma",
    )
    assert policy.private
    assert [(ref.origin, ref.document, ref.number) for ref in policy.clauses["EX-04"]] == [
        (ClauseOrigin.POLICY, "対策基準", "5.1")
    ]
    assert [ref.number for ref in policy.clauses["AU-01"]] == ["5.1", "9"]
    assert policy.exceptions.max_days == 180
    assert policy.severities["EX-04"] is Severity.CRITICAL
    assert policy.document.title.startswith("門真市")


def test_a_later_overlay_wins_and_the_report_says_so(tmp_path: Path) -> None:
    first = write(tmp_path, "[logs]\nretention_days = 365\n", "first.toml")
    second = write(tmp_path, "[logs]\nretention_days = 1095\n", "second.toml")
    policy = load_policy("daisen", [first, second])
    assert policy.retention_days == 1095
    (text,) = [text for text in policy.conflicts if "ログの保存期間" in text.ja]
    assert text.en == (
        'Log retention: overlay file "first" says "365 days", overlay file "second" says "1095 days". '
        'In force: overlay file "second".'
    )


def test_an_overlay_that_gives_the_number_makes_it_no_product_value(tmp_path: Path) -> None:
    assert "audit.beta_period_days" not in overlaid(tmp_path, "[audit]\nbeta_period_days = 400\n").product_values


def test_taking_a_rule_with_a_clause_out_of_force_is_reported(tmp_path: Path) -> None:
    reason = '{ ja = "会議室の機器だけである。", en = "Only meeting-room devices." }'
    policy = overlaid(tmp_path, f"[inapplicable]\nNC-24 = {reason}\n")
    assert not policy.applies("NC-24")
    assert policy.inapplicable["NC-24"].en == "Only meeting-room devices."
    assert any("NC-24" in text.ja and "3.7.1(11)②" in text.ja for text in policy.conflicts)


def test_an_empty_list_withdraws_a_clause(tmp_path: Path) -> None:
    policy = overlaid(tmp_path, "[rules]\nNC-24 = []\n")
    assert "NC-24" in policy.silent_on
    assert {ref.origin for ref in policy.clauses["NC-24"]} == {ClauseOrigin.NATIONAL}


def test_a_council_precedes_for_assets_held_in_common(tmp_path: Path) -> None:
    policy = overlaid(tmp_path, 'council = "okayama"\n', "kadoma")
    shared = policy.for_asset(held_in_common=True)
    assert policy.for_asset(held_in_common=False) is policy
    assert shared is policy.shared
    assert policy.council == "okayama"
    assert policy.applies("O-02")
    assert ModelKind.LEVELS in shared.models
    assert ModelKind.LEVELS not in policy.models
    assert [network.kind for network in shared.networks] == [ZoneKind.GENERIC] * 3
    assert shared.profile == "kadoma"
    assert shared.layers == ("national", "kadoma", "overlay", "okayama")
    assert [(ref.origin, ref.number) for ref in shared.clauses["AU-01"]] == [
        (ClauseOrigin.COUNCIL, "第1章12"),
        (ClauseOrigin.POLICY, "9"),
    ]
    assert [ref.origin for ref in policy.clauses["AU-01"]] == [ClauseOrigin.POLICY]
    (text,) = [text for text in policy.conflicts if "会員共通の資産" in text.ja and text.ja.startswith("網の構成")]
    assert "precedes for assets held in common" in text.en


def test_a_council_says_nothing_where_its_text_is_silent(tmp_path: Path) -> None:
    policy = overlaid(tmp_path, 'council = "okayama"\n', "kadoma")
    assert not any("公開文に定めが無い" in text.ja for text in policy.conflicts)


def test_without_a_council_every_asset_falls_under_the_policy() -> None:
    policy = load_policy("kadoma")
    assert policy.for_asset(held_in_common=True) is policy
    assert not policy.applies("O-02")


def test_a_city_of_ones_own(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        'schema = 1\nprofile = "midorino"\nkind = "city"\nextends = "kumamoto"\n'
        '[organisation]\nja = "みどり野市"\nen = "Midorino City"\n'
        '[document]\ntitle = "みどり野市情報セキュリティ基本方針"\n'
        '[egress]\nkind = "security_cloud"\n'
        '[clauses]\n"7" = { title = "監査", title_en = "audit" }\n[rules]\nAU-01 = ["7"]\n',
    )
    policy = load_policy(str(path))
    assert policy.layers == ("national", "kumamoto", "midorino")
    assert policy.organisation.en == "Midorino City"
    assert policy.egress == "security_cloud"
    assert policy.sanitize.allow_other_with_reason  # from the prefecture
    assert [(ref.origin, ref.number) for ref in policy.clauses["AU-01"]] == [
        (ClauseOrigin.POLICY, "7"),
        (ClauseOrigin.COUNCIL, "第7"),
    ]
    assert "LG-01" not in policy.silent_on


def test_every_problem_of_a_file_in_one_run_with_its_place(tmp_path: Path) -> None:
    text = (
        "private = 1\n"
        "[sanitise]\n"
        'scope = "both"\n'
        "[mynumber]\n"
        'pin = ["mac", "vlan"]\n'
        "  in_principal = true\n"
        "[audit]\n"
        "period_days = 0\n"
        "[rules]\n"
        'ZZ-01 = ["3.4(1)①"]\n'
        'MN-01 = ["3.4(1)⑨"]\n'
        "[[notes]]\n"
        'ja = "片方だけ"\n'
    )
    assert problems(tmp_path, text) == [
        "1:1: private must be true or false; read: 1",
        '2:1: Unknown key "sanitise"; did you mean "sanitize"?',
        '5:1: Unknown value "vlan"; there are: mac, ip, port',
        '6:3: Unknown key "in_principal"; did you mean "in_principle"?',
        "8:1: audit.period_days must be a number of days from 1; read: 0",
        '10:1: Unknown rule "ZZ-01"; did you mean "ZM-01"?',
        '11:1: Unknown clause "3.4(1)⑨"; did you mean "3.4(1)①"?',
        "12:1: notes.0 must be a pair of texts { ja, en }; read: {'ja': '片方だけ'}",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[sanitize\n", "1:10: This is not valid TOML: Expected ']' at the end of a table declaration."),
        ("a = 1\na = 2\n", "2:6: This is not valid TOML: Cannot overwrite a value."),
        ('extends = "kadoma"\n', '1:1: This overlay is written for "kadoma" but is laid over profile "daisen".'),
        ('\ncouncil = "kadoma"\n', '2:1: There is no council profile "kadoma"; there are: okayama'),
        ("sanitize = 3\n", "1:1: sanitize must be a table; read: 3"),
        ('[egress]\nkind = "proxy"\n', '2:1: Unknown value "proxy"; there are: security_cloud, utm, operator, none'),
        ('[clauses]\n"1" = { title = "x" }\n', "2:1: clauses.1.document must be the document's name; read: nothing"),
        (
            '[document]\ntitle = "x"\nrevised_on = 2026\n',
            "3:1: document.revised_on must be a date or a month (2026-03-19, 2026-03); read: 2026",
        ),
        ('[severities]\nEX-04 = "hihg"\n', '2:1: Unknown value "hihg"; did you mean "high"?'),
        ("a = " + "[" * 5000 + "\n", "0:0: Nested too deeply to be read."),
    ],
)  # fmt: skip
def test_a_bad_overlay_is_a_clear_problem(tmp_path: Path, text: str, said: str) -> None:
    assert problems(tmp_path, text)[0] == said


def test_unreadable_files(tmp_path: Path) -> None:
    missing = tmp_path / "none.toml"
    with pytest.raises(ProfileError, match="Cannot be read"):
        load_policy("daisen", [missing])
    with pytest.raises(ProfileError, match="Cannot be read"):
        load_policy("daisen", [tmp_path])
    shift_jis = tmp_path / "sjis.toml"
    shift_jis.write_bytes("private = true\n# 無害化\n".encode("shift_jis"))
    with pytest.raises(ProfileError) as caught:
        load_policy("daisen", [shift_jis])
    assert caught.value.problems[0].location.line == 2
    assert "UTF-8" in caught.value.problems[0].message.ja
    huge = tmp_path / "huge.toml"
    huge.write_bytes(b"#" * (1 << 20) + b"\n")
    with pytest.raises(ProfileError, match="Too large"):
        load_policy("daisen", [huge])


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    path = tmp_path / "bom.toml"
    path.write_bytes("\ufeffprivate = true\r\n[logs]\r\nretention_days = 10\r\n".encode())
    assert load_policy("daisen", [path]).retention_days == 10


def test_unknown_profiles(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match='There is no profile "akita"'):
        load_policy("akita")
    with pytest.raises(ProfileError, match="Cannot be read"):
        load_policy(str(tmp_path / "mine.toml"))
    path = write(
        tmp_path,
        'schema = 1\nprofile = "x"\nkind = "city"\nextends = "nowhere"\n'
        '[organisation]\nja = "x"\nen = "x"\n[document]\ntitle = "x"\n',
    )
    with pytest.raises(ProfileError, match=r":4:1: There is no profile"):
        load_policy(str(path))
