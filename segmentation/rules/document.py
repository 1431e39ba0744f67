"""All rules as one Markdown document in both languages: ``python -m segmentation.rules.document > docs/rules.md``."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from segmentation.model.text import Lang, Text
from segmentation.rules.registry import FAMILIES, Rule, Side, all_rules

_INTRODUCTION = """\
# 検査規則 / Rules

<!-- Generated from the code by `python -m segmentation.rules.document`; a test keeps it current. -->

各規則の根拠となる条項は、規程ごとに異なります。`sekisho rules show 番号 --profile 名前` で確認できます。

The clause behind each rule depends on the policy: `sekisho rules show ID --profile NAME` shows it.
"""
_FACTS = Text("重大度：{severity}　検査：{sides}", "Severity: {severity}. Checked by: {sides}.")
_NOT_YET = Text("{side}（未実装）", "{side} (not implemented yet)")


def markdown() -> str:
    """The document, ending with a newline."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _INTRODUCTION
    for family, _, title in FAMILIES:
        rules = [r for r in all_rules() if r.id.rpartition("-")[0] == family]
        yield f"## {title.ja} / {title.en}\n"
        for rule in rules:
            yield f"- [{rule.id}](#{rule.id.lower()}) {rule.title.ja} / {rule.title.en}"
        yield ""
        for rule in rules:
            yield f'<a id="{rule.id.lower()}"></a>\n'
            yield f"### {rule.id}\n"
            yield from _page(rule, "ja")
            yield from _page(rule, "en")


def _page(rule: Rule, lang: Lang) -> Iterator[str]:
    yield f"#### {rule.title.in_(lang)}\n"
    sides = [s.text if s in rule.implemented else _NOT_YET.format(side=s.text) for s in Side if s in rule.sides]
    glue = "、" if lang == "ja" else ", "
    yield _FACTS.format(severity=rule.severity.text, sides=glue.join(s.in_(lang) for s in sides)).in_(lang) + "\n"
    for line in rule.page.markdown(lang).split("\n"):
        yield f"##{line}" if line.startswith("### ") else line
    yield ""


if __name__ == "__main__":
    sys.stdout.write(markdown())
