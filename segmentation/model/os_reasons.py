"""Why the operating system refused a file, in the words of an officer."""

from __future__ import annotations

import errno

from segmentation.model.text import Text

# errno(3); every other number is told by the system's own words.
_REASONS = {
    errno.ENOENT: Text("ファイルまたはフォルダーがありません", "no such file or folder"),
    errno.EACCES: Text("権限がありません", "permission denied"),
    errno.EPERM: Text("許可されていない操作です", "operation not permitted"),
    errno.EISDIR: Text("フォルダーです", "it is a folder"),
    errno.ENOTDIR: Text("途中のパスがフォルダーではありません", "a part of the path is not a folder"),
    errno.ENAMETOOLONG: Text("名前が長すぎます", "the name is too long"),
    errno.EROFS: Text("読み取り専用の場所です", "the file system is read-only"),
    errno.ENOSPC: Text("ディスクの空きがありません", "the disk is full"),
    errno.EDQUOT: Text("ディスクの割り当てを超えています", "the disk quota is used up"),
    errno.EIO: Text("読み書きの途中で機器の誤りが起きました", "the device failed"),
    errno.ELOOP: Text("シンボリックリンクが循環しています", "symbolic links lead in a circle"),
}


def os_reason(error: OSError) -> Text:
    """The reason without a full stop, to be put into a sentence."""
    written = error.strerror or type(error).__name__
    return _REASONS.get(error.errno or 0, Text(written, written))
