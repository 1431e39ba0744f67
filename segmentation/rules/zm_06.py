"""The network diagram is as new as the network.

ネットワーク構成図が現状と一致している。

## What it finds

A network diagram that is missing, has no date, is older than the last change of a device or of the configuration, or does
not carry the confidentiality mark of such documents.

## Why it matters

In an incident and in an audit people act on the diagram. An old one sends them to the wrong cable, and a diagram of the
defences is itself worth protecting.

## Example

The diagram is of April, a firewall was replaced in June.

## What to do instead

Redraw it after each change and enter its version and date. The contractor who made the change should deliver it as part
of the work.

## 何を見つけるか

ネットワーク構成図が登録されていない、日付がない、機器や設定の最後の変更より古い、機密性の表示がない、といった状態を見つけ
ます。

## なぜ問題か

事故のときも監査のときも、人は構成図を頼りに動きます。古い図は誤った判断のもとになりますし、守りの構造を示す図はそれ自体が
守るべき文書です。

## 例

構成図は四月のものなのに、六月にファイアウォールを更新している場合です。

## どうすればよいか

変更のたびに図を改め、版と日付を登録します。変更を行った業者に、図の更新までを作業に含めて依頼してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.registry import REGISTRY, RuleContext, rule
from segmentation.rules.subjects import on_place

#: Class 3 of the usual three classes of confidentiality: the diagram shows the defences.
_CLASS = 3
_NONE = Text(
    "ネットワーク構成図が登録されていません。版と日付を登録してください。",
    "No network diagram is entered. Enter its version and date.",
)
_UNDATED = Text("ネットワーク構成図（{version}）に日付がありません。", "The network diagram ({version}) has no date.")
_OLD = Text(
    "ネットワーク構成図（{version}、{dated}）は、最後の変更（{what}、{changed}）より古いものです。図を改めてください。",
    "The network diagram ({version} of {dated}) is older than the last change ({what} of {changed}). Redraw it.",
)
_UNMARKED = Text(
    "ネットワーク構成図（{version}）の機密性の区分が「3」になっていません。",
    "The network diagram ({version}) is not marked with confidentiality class 3.",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    diagram = context.model.diagram
    if diagram is None:
        yield on_place(context, "ZM-06", "diagram", context.model_location, _NONE)
        return
    if diagram.confidentiality != _CLASS:
        message = _UNMARKED.format(version=diagram.version)
        yield on_place(context, "ZM-06", "diagram", diagram.location, message, key="confidentiality")
    if diagram.dated is None:
        yield on_place(context, "ZM-06", "diagram", diagram.location, _UNDATED.format(version=diagram.version), key="undated")
        return
    changes = [(c.changed_on, c.id) for c in context.model.changes if c.changed_on is not None]
    changes += [(d.changed_on, d.id) for d in context.model.devices.values() if d.changed_on is not None]
    day, what = max((c for c in changes if c[0] <= context.at), default=(diagram.dated, ""))
    if day > diagram.dated:
        message = _OLD.format(version=diagram.version, dated=diagram.dated, what=what, changed=day)
        yield on_place(context, "ZM-06", "diagram", diagram.location, message, key="old")


RULE = rule(
    __doc__,
    "ZM-06",
    severity=Severity.LOW,
    sides=(REGISTRY,),
    implemented=(REGISTRY,),
    check=_check,
)
