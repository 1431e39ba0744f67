"""Typed reading of a parsed TOML tree: every problem is collected with its place, none is raised."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from segmentation.model.text import Text
from segmentation.profiles.keyplace import KeyPlaces, Path
from segmentation.profiles.problem import ProfileProblem
from segmentation.profiles.settings import Setting, SettingType, Value

#: Up to this many words are listed where none is close to what was read.
_FEW = 12

#: A longer word is not compared with the known ones: it is no misspelling, and comparing takes quadratic time.
_LONGEST_WORD = 80


class Fields:
    """The fields of one parsed file, and what is wrong with them."""

    def __init__(self, data: dict[str, Any], places: KeyPlaces, known_rules: Collection[str]) -> None:
        self.data = data
        self.places = places
        self.known_rules = known_rules
        self.problems: list[ProfileProblem] = []

    # -- problems -------------------------------------------------------------------------------------------------

    def problem(self, path: Path, message: Text) -> None:
        """Note a problem at the place of *path*."""
        self.problems.append(ProfileProblem(self.places.of(path), message))

    def expected(self, path: Path, read: object, expected: Text) -> None:
        """Note that *path* holds something else than *expected*."""
        key = ".".join(str(part) for part in path)
        shown = Text("（値が無い）", "nothing") if read is None else Text(*(_shown(read),) * 2)
        message = Text("{key} は {expected} を書きます。読んだ値: {read}", "{key} must be {expected}; read: {read}")
        self.problem(path, message.format(key=key, expected=expected, read=shown))

    def known(self, table: Mapping[str, Any], path: Path, known: Collection[str]) -> None:
        """Note every key of *table* that is not known."""
        for key in table:
            if key not in known:
                self.unknown((*path, key), key, known, Text("キー", "key"))

    def unknown(self, path: Path, word: str, known: Collection[str], what: Text) -> None:
        """Note an unknown word, with the nearest known one."""
        close = difflib.get_close_matches(word, known, 1) if len(word) <= _LONGEST_WORD else []
        if close:
            message = Text(
                "知らない{what}「{word}」です。「{close}」ではありませんか。",
                'Unknown {what} "{word}"; did you mean "{close}"?',
            )
            self.problem(path, message.format(what=what, word=_shown(word), close=close[0]))
        elif len(known) <= _FEW:
            message = Text("知らない{what}「{word}」です。使えるもの: {known}", 'Unknown {what} "{word}"; there are: {known}')
            self.problem(path, message.format(what=what, word=_shown(word), known=", ".join(known) or "-"))
        else:
            message = Text("知らない{what}「{word}」です。", 'Unknown {what} "{word}".')
            self.problem(path, message.format(what=what, word=_shown(word)))

    # -- plain values ---------------------------------------------------------------------------------------------

    def word(self, key: str, *, default: str = "") -> str:
        """The string at the top-level *key*."""
        value = self.data.get(key, default)
        if not isinstance(value, str) or (key == "profile" and not value):
            self.expected((key,), value or None, Text("文字列", "a string"))
            return default
        return value

    def flag(self, path: Path, value: object) -> bool:
        """A truth value; ``False`` after a problem."""
        if not isinstance(value, bool):
            self.expected(path, value, Text("true か false", "true or false"))
            return False
        return value

    def one_of(self, path: Path, value: object, known: Collection[str]) -> str:
        """One of the known words; "" after a problem."""
        if not isinstance(value, str):
            self.expected(path, value, Text("次のいずれか: {known}", "one of {known}").format(known=", ".join(known)))
        elif value not in known:
            self.unknown(path, value, known, Text("値", "value"))
        else:
            return value
        return ""

    def text(self, path: Path, value: object) -> Text | None:
        """A pair of texts; ``None`` after a problem."""
        if isinstance(value, dict) and isinstance(value.get("ja"), str) and isinstance(value.get("en"), str):
            extra = {"ja", "en", "kind", "level"} if path and path[0] == "networks" else {"ja", "en"}
            self.known(value, path, extra)
            return Text(value["ja"], value["en"])
        self.expected(path, value, Text("日本語と英語の対 { ja, en }", "a pair of texts { ja, en }"))
        return None

    def table(self, key: str) -> Iterator[tuple[str, Any]]:
        """The entries of the top-level table *key*, which may be absent."""
        value = self.data.get(key, {})
        if not isinstance(value, dict):
            self.expected((key,), value, Text("表", "a table"))
            return
        yield from value.items()

    def array(self, key: str) -> Iterator[tuple[int, Any]]:
        """The entries of the top-level array *key*, which may be absent, with their indices."""
        value = self.data.get(key, [])
        if not isinstance(value, list):
            self.expected((key,), value, Text("表の並び", "an array of tables"))
            return
        yield from enumerate(value)

    def texts(self, key: str) -> tuple[Text, ...]:
        """The pairs of texts of the top-level array *key*."""
        return tuple(text for index, value in self.array(key) if (text := self.text((key, index), value)))

    def rule_table(self, key: str) -> Iterator[tuple[str, Any]]:
        """The entries of a top-level table whose keys are rule IDs; unknown rules are problems."""
        for rule, value in self.table(key):
            if self.known_rules and rule not in self.known_rules:
                self.unknown((key, rule), rule, self.known_rules, Text("規則", "rule"))
            else:
                yield rule, value

    # -- settings --------------------------------------------------------------------------------------------------

    def setting(self, setting: Setting, path: Path, value: Any) -> Value | None:
        """The value of one setting; ``None`` after a problem."""
        reader: Callable[[Setting, Path, Any], Value | None] = {
            SettingType.FLAG: lambda _setting, path, value: self.flag(path, value),
            SettingType.COUNT: self._days,
            SettingType.CHOICE: self._choice,
            SettingType.CHOICES: self._choices,
            SettingType.NAMES: self._names,
            SettingType.TEXT: lambda _setting, path, value: self.text(path, value),
        }[setting.type]
        return reader(setting, path, value)

    def _days(self, _setting: Setting, path: Path, value: Any) -> int | None:
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 36_500:
            self.expected(path, value, Text("1以上の日数", "a number of days from 1"))
            return None
        return value

    def _choice(self, setting: Setting, path: Path, value: Any) -> str | None:
        if not setting.choices:
            if not isinstance(value, str):
                self.expected(path, value, Text("文字列", "a string"))
                return None
            return value
        return self.one_of(path, value, setting.choices) or None

    def _choices(self, setting: Setting, path: Path, value: Any) -> frozenset[str] | None:
        if not isinstance(value, list):
            known = ", ".join(setting.choices)
            self.expected(path, value, Text("次からの並び: {known}", "a list out of {known}").format(known=known))
            return None
        return frozenset(word for item in value if (word := self.one_of(path, item, setting.choices)))

    def _names(self, _setting: Setting, path: Path, value: Any) -> tuple[str, ...] | None:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.expected(path, value, Text("文字列の並び", "a list of strings"))
            return None
        return tuple(value)


def _shown(value: object) -> str:
    """A value as read, short and on one line."""
    text = repr(value) if not isinstance(value, str) else value
    text = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    return text if len(text) <= 60 else text[:57] + "…"
