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

from segmentation.model.finding import Severity
from segmentation.rules.registry import REGISTRY, rule

RULE = rule(
    __doc__,
    "EX-06",
    severity=Severity.MEDIUM,
    sides=(REGISTRY,),
    implemented=(),
)
