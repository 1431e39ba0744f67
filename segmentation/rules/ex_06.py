"""The papers of an exception are on file.

例外措置の書類を保管している。

## What it finds

An exception without an attached application and decision, or with attachments that carry no valid SHA-256.

## Why it matters

The paper is what counts in three years, when everybody involved has moved on.

## Example

The decision is attached, its hash is empty.

## What to do instead

Scan application and decision, and enter the file with its hash; `sha256sum FILE` or the zone-file editor gives it.

## 何を見つけるか

申請書や決定書が添付されていない、または添付に正しいSHA-256が付いていない例外措置を見つけます。

## なぜ問題か

三年後、関わった全員が異動した後に残るのは書類です。

## 例

決定書は添付されているのに、ハッシュ値が空の場合です。

## どうすればよいか

申請書と決定書を読み取り、ファイルとハッシュ値を登録します。値は `sha256sum ファイル名` などで求められます。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.registry import REGISTRY, RuleContext, rule
from segmentation.rules.subjects import is_sha256, on_entry

_NONE = Text(
    "例外措置 {entry}に、申請書や決定書が添付されていません。",
    "The exception {entry} has no application and decision attached.",
)
_HASH = Text(
    "例外措置 {entry}の添付「{path}」に、正しいSHA-256（16進64桁）がありません。",
    "The attachment {path} of the exception {entry} has no valid SHA-256 (64 hexadecimal digits).",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    for entry in context.model.exceptions.values():
        if not entry.attachments:
            yield on_entry(context, "EX-06", "exception", entry, _NONE, key="none", exception=entry.id)
        for attachment in entry.attachments:
            if not is_sha256(attachment.sha256):
                values: dict[str, object] = {"path": attachment.path}
                key = f"hash:{attachment.path}"
                yield on_entry(context, "EX-06", "exception", entry, _HASH, key=key, values=values, exception=entry.id)


RULE = rule(
    __doc__,
    "EX-06",
    severity=Severity.MEDIUM,
    sides=(REGISTRY,),
    implemented=(REGISTRY,),
    check=_check,
)
