"""Files enter only from the file sanitizer.

ファイルの取込みはファイル無害化装置からに限る。

## What it finds

File sharing, FTP, SFTP, NFS or web transfer into the LGWAN zone from the Internet side that does not come from the
LGWAN-side address of the file sanitizer.

## Why it matters

A share that both sides can write to is a sanitizer that does nothing.

## Example

An Internet-zone file server is mounted by an LGWAN terminal over tcp/445.

## What to do instead

Move the exchange to the file sanitizer. For large or unusual files, ask its vendor for the procedure instead of opening a
share.

## 何を見つけるか

インターネット側からLGWAN接続系へのファイル共有・FTP・SFTP・NFS・ウェブ転送のうち、ファイル無害化装置のLGWAN側アドレスから
来ていないものを見つけます。

## なぜ問題か

両側から書き込める共有は、何もしない無害化装置と同じです。

## 例

インターネット接続系のファイルサーバを、LGWAN接続系の端末が tcp/445 で参照している場合です。

## どうすればよいか

受渡しをファイル無害化装置に移します。大きなファイルや特殊な形式は、共有を開くのではなく、装置の業者に手順を相談してくださ
い。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, SENSOR, rule

RULE = rule(
    __doc__,
    "LG-08",
    severity=Severity.CRITICAL,
    sides=(LINT, SENSOR),
    implemented=(LINT, SENSOR),
)
