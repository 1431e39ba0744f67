"""TOML text -> one layer, with every problem of the file in one run."""

from __future__ import annotations

import datetime as dt
import difflib
import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from segmentation.model.finding import ClauseOrigin, ClauseRef, Severity
from segmentation.model.location import Location
from segmentation.model.policy import PolicyDocument, PolicyNetwork
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from segmentation.profiles.keyplace import KeyPlaces, Path
from segmentation.profiles.layer import Layer, LayerKind
from segmentation.profiles.problem import ProfileError, ProfileProblem
from segmentation.profiles.settings import SETTINGS, Setting, SettingType, Value

#: The clause key of the product's own rules.
PRODUCT = "product"

#: A layer larger than this is not a profile (the largest bundled one has 25 kB).
MAX_BYTES = 1 << 20

#: Up to this many words are listed where none is close to what was read.
_FEW = 12

_PLAIN = [
    "schema", "profile", "kind", "extends", "council", "private", "organisation", "document", "networks", "product", "terms",
    "clauses", "rules", "severities", "inapplicable", "notes", "contradictions",
]  # fmt: skip
_SECTIONS = frozenset(key.partition(".")[0] for key in SETTINGS)
_TOML_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)$")
_YEAR_MONTH = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")


def read_layer(
    text: str, file: str, *, overlay: bool = False, rules: Collection[str] = (), clauses: Collection[str] = ()
) -> Layer:
    """Read one layer.

    *file* is the name to report.  *rules* are the known rule IDs (none: any), *clauses* the clause keys of the layers
    below.  Raises :class:`ProfileError` with every problem of the text.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _TOML_PLACE.search(str(error))
        location = Location(file, int(place[1]), int(place[2])) if place else Location(file, len(text.splitlines()) or 1, 1)
        reason = _TOML_PLACE.sub("", str(error)).strip()
        message = Text("TOML として読めません（{reason}）。", "This is not valid TOML: {reason}.").format(reason=reason)
        raise ProfileError((ProfileProblem(location, message),)) from None
    except RecursionError:
        message = Text("入れ子が深すぎて読めません。", "Nested too deeply to be read.")
        raise ProfileError((ProfileProblem(Location(file), message),)) from None
    reader = _Reader(data, KeyPlaces(text, file), file, overlay=overlay, rules=rules, clauses=clauses)
    layer = reader.layer()
    if reader.problems:
        raise ProfileError(tuple(sorted(reader.problems, key=lambda problem: (problem.location, problem.message.en))))
    return layer


class _Reader:
    """Reads one parsed file; problems are collected, never raised."""

    def __init__(
        self,
        data: dict[str, Any],
        places: KeyPlaces,
        file: str,
        *,
        overlay: bool,
        rules: Collection[str],
        clauses: Collection[str],
    ) -> None:
        self.data = data
        self.places = places
        self.file = file
        self.overlay = overlay
        self.known_rules = rules
        self.known_clauses = clauses
        self.problems: list[ProfileProblem] = []

    def layer(self) -> Layer:
        self._known(self.data, (), [*_PLAIN, *sorted(_SECTIONS)])
        if (schema := self.data.get("schema", 1 if self.overlay else None)) != 1:
            self._expected(("schema",), schema, Text("1", "1"))
        name = self._word("profile", default=self.file.rsplit("/", 1)[-1].removesuffix(".toml") if self.overlay else "")
        kind = LayerKind.OVERLAY
        if not self.overlay:
            kind = LayerKind(self._one_of(("kind",), self.data.get("kind"), list(LayerKind)) or LayerKind.CITY)
        document, note = self._document()
        clauses = self._clauses(document, note, kind)
        return Layer(
            name=name,
            kind=kind,
            file=self.file,
            places=self.places,
            extends=self._word("extends"),
            council=self._word("council"),
            private=self._flag(("private",), self.data.get("private", False)),
            organisation=self._text(("organisation",), self.data["organisation"]) if "organisation" in self.data else None,
            document=document,
            networks=self._networks(),
            settings=self._settings(),
            product_values=self._product_values(),
            terms={key: text for key, value in self._table("terms") if (text := self._text(("terms", key), value))},
            clauses=clauses,
            rules=self._rules({*self.known_clauses, *clauses}),
            severities=self._severities(),
            inapplicable={
                key: text
                for key, value in self._rule_table("inapplicable")
                if (text := self._text(("inapplicable", key), value))
            },
            notes=self._texts("notes"),
            contradictions=self._texts("contradictions"),
        )

    # -- problems -------------------------------------------------------------------------------------------------

    def _problem(self, path: Path, message: Text) -> None:
        self.problems.append(ProfileProblem(self.places.of(path), message))

    def _expected(self, path: Path, read: object, expected: Text) -> None:
        key = ".".join(str(part) for part in path)
        shown = Text("（値が無い）", "nothing") if read is None else Text(*(_shown(read),) * 2)
        message = Text("{key} は {expected} を書きます。読んだ値: {read}", "{key} must be {expected}; read: {read}")
        self._problem(path, message.format(key=key, expected=expected, read=shown))

    def _known(self, table: Mapping[str, Any], path: Path, known: Collection[str]) -> None:
        for key in table:
            if key not in known:
                self._unknown((*path, key), key, known, Text("キー", "key"))

    def _unknown(self, path: Path, word: str, known: Collection[str], what: Text) -> None:
        close = difflib.get_close_matches(word, known, 1)
        if close:
            message = Text(
                "知らない{what}「{word}」です。「{close}」ではありませんか。",
                'Unknown {what} "{word}"; did you mean "{close}"?',
            )
            self._problem(path, message.format(what=what, word=_shown(word), close=close[0]))
        elif len(known) <= _FEW:
            message = Text("知らない{what}「{word}」です。使えるもの: {known}", 'Unknown {what} "{word}"; there are: {known}')
            self._problem(path, message.format(what=what, word=_shown(word), known=", ".join(known) or "-"))
        else:
            message = Text("知らない{what}「{word}」です。", 'Unknown {what} "{word}".')
            self._problem(path, message.format(what=what, word=_shown(word)))

    # -- plain values ---------------------------------------------------------------------------------------------

    def _word(self, key: str, *, default: str = "") -> str:
        value = self.data.get(key, default)
        if not isinstance(value, str) or (key == "profile" and not value):
            self._expected((key,), value or None, Text("文字列", "a string"))
            return default
        return value

    def _flag(self, path: Path, value: object) -> bool:
        if not isinstance(value, bool):
            self._expected(path, value, Text("true か false", "true or false"))
            return False
        return value

    def _one_of(self, path: Path, value: object, known: Collection[str]) -> str:
        if not isinstance(value, str):
            self._expected(path, value, Text("次のいずれか: {known}", "one of {known}").format(known=", ".join(known)))
        elif value not in known:
            self._unknown(path, value, known, Text("値", "value"))
        else:
            return value
        return ""

    def _text(self, path: Path, value: object) -> Text | None:
        if isinstance(value, dict) and isinstance(value.get("ja"), str) and isinstance(value.get("en"), str):
            extra = {"ja", "en", "kind", "level"} if path and path[0] == "networks" else {"ja", "en"}
            self._known(value, path, extra)
            return Text(value["ja"], value["en"])
        self._expected(path, value, Text("日本語と英語の対 { ja, en }", "a pair of texts { ja, en }"))
        return None

    def _table(self, key: str) -> Iterator[tuple[str, Any]]:
        value = self.data.get(key, {})
        if not isinstance(value, dict):
            self._expected((key,), value, Text("表", "a table"))
            return
        yield from value.items()

    def _list(self, key: str) -> Iterator[tuple[int, Any]]:
        value = self.data.get(key, [])
        if not isinstance(value, list):
            self._expected((key,), value, Text("表の並び", "an array of tables"))
            return
        yield from enumerate(value)

    def _texts(self, key: str) -> tuple[Text, ...]:
        return tuple(text for index, value in self._list(key) if (text := self._text((key, index), value)))

    def _rule_table(self, key: str) -> Iterator[tuple[str, Any]]:
        for rule, value in self._table(key):
            if self.known_rules and rule not in self.known_rules:
                self._unknown((key, rule), rule, self.known_rules, Text("規則", "rule"))
            else:
                yield rule, value

    # -- parts ----------------------------------------------------------------------------------------------------

    def _document(self) -> tuple[PolicyDocument | None, Text | None]:
        if "document" not in self.data:
            if not self.overlay:
                self._expected(("document",), None, Text("文書の表", "the document's table"))
            return None, None
        table = dict(self._table("document"))
        self._known(
            table, ("document",), ["title", "title_en", "short", "version", "revised_on", "published", "only_basic", "note"]
        )
        words = {key: table.get(key, "") for key in ("title", "title_en", "short", "version")}
        for key, value in words.items():
            if not isinstance(value, str) or (key == "title" and not value):
                self._expected(("document", key), value or None, Text("文字列", "a string"))
                words[key] = ""
        revised, day_known = self._revised(table.get("revised_on"))
        document = PolicyDocument(
            **words,
            revised_on=revised,
            revised_day_known=day_known,
            published=self._flag(("document", "published"), table.get("published", True)),
            only_basic=self._flag(("document", "only_basic"), table.get("only_basic", False)),
        )
        return document, self._text(("document", "note"), table["note"]) if "note" in table else None

    def _revised(self, value: object) -> tuple[dt.date | None, bool]:
        if value is None:
            return None, True
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            return value, True
        if isinstance(value, str) and (parts := _YEAR_MONTH.fullmatch(value)):
            try:
                return dt.date(int(parts[1]), int(parts[2]), int(parts[3] or 1)), parts[3] is not None
            except ValueError:
                pass
        self._expected(
            ("document", "revised_on"),
            value,
            Text("年月日か年月（2026-03-19、2026-03）", "a date or a month (2026-03-19, 2026-03)"),
        )
        return None, True

    def _networks(self) -> tuple[PolicyNetwork, ...] | None:
        if "networks" not in self.data:
            return None
        networks: list[PolicyNetwork] = []
        for index, value in self._list("networks"):
            name = self._text(("networks", index), value)
            if name is None:
                continue
            kind = self._one_of(("networks", index, "kind"), value.get("kind"), list(ZoneKind))
            level = value.get("level")
            if level is not None and (isinstance(level, bool) or not isinstance(level, int)):
                self._expected(("networks", index, "level"), level, Text("整数", "a whole number"))
                level = None
            if kind:
                networks.append(PolicyNetwork(name=name, kind=ZoneKind(kind), level=level))
        return tuple(networks)

    def _settings(self) -> dict[str, Value]:
        settings: dict[str, Value] = {}
        for section in sorted(_SECTIONS):
            known = {key.partition(".")[2]: setting for key, setting in SETTINGS.items() if key.startswith(section + ".")}
            table = dict(self._table(section))
            self._known(table, (section,), known)
            for key, setting in known.items():
                if key in table and (value := self._value(setting, (section, key), table[key])) is not None:
                    settings[setting.key] = value
        return settings

    def _value(self, setting: Setting, path: Path, value: Any) -> Value | None:
        reader: Callable[[Setting, Path, Any], Value | None] = {
            SettingType.FLAG: lambda _setting, path, value: self._flag(path, value),
            SettingType.COUNT: self._days,
            SettingType.CHOICE: self._choice,
            SettingType.CHOICES: self._choices,
            SettingType.NAMES: self._names,
            SettingType.TEXT: lambda _setting, path, value: self._text(path, value),
        }[setting.type]
        return reader(setting, path, value)

    def _days(self, _setting: Setting, path: Path, value: Any) -> int | None:
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 36_500:
            self._expected(path, value, Text("1以上の日数", "a number of days from 1"))
            return None
        return value

    def _choice(self, setting: Setting, path: Path, value: Any) -> str | None:
        if not setting.choices:
            if not isinstance(value, str):
                self._expected(path, value, Text("文字列", "a string"))
                return None
            return value
        return self._one_of(path, value, setting.choices) or None

    def _choices(self, setting: Setting, path: Path, value: Any) -> frozenset[str] | None:
        if not isinstance(value, list):
            known = ", ".join(setting.choices)
            self._expected(path, value, Text("次からの並び: {known}", "a list out of {known}").format(known=known))
            return None
        return frozenset(word for item in value if (word := self._one_of(path, item, setting.choices)))

    def _names(self, _setting: Setting, path: Path, value: Any) -> tuple[str, ...] | None:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self._expected(path, value, Text("文字列の並び", "a list of strings"))
            return None
        return tuple(value)

    def _product_values(self) -> frozenset[str]:
        table = dict(self._table("product"))
        self._known(table, ("product",), ["values"])
        values = table.get("values", [])
        if not isinstance(values, list):
            self._expected(("product", "values"), values, Text("設定の並び", "a list of settings"))
            return frozenset()
        return frozenset(word for item in values if (word := self._one_of(("product", "values"), item, SETTINGS)))

    def _severities(self) -> dict[str, Severity]:
        keys = [severity.key for severity in Severity]
        pairs = ((rule, self._one_of(("severities", rule), value, keys)) for rule, value in self._rule_table("severities"))
        return {rule: Severity.of(key) for rule, key in pairs if key}

    def _clauses(self, document: PolicyDocument | None, note: Text | None, kind: LayerKind) -> dict[str, ClauseRef]:
        title = (document.short or document.title) if document else ""
        own = {LayerKind.NATIONAL: ClauseOrigin.NATIONAL}.get(kind, ClauseOrigin.POLICY)
        clauses: dict[str, ClauseRef] = {}
        for key, value in self._table("clauses"):
            path: Path = ("clauses", key)
            if not isinstance(value, dict):
                self._expected(path, value, Text("表", "a table"))
                continue
            self._known(value, path, ["number", "title", "title_en", "printed", "origin", "document", "note"])
            words = {name: value.get(name, "") for name in ("number", "title", "title_en", "printed", "document")}
            wrong = [name for name, word in words.items() if not isinstance(word, str)]
            for name in wrong:
                self._expected((*path, name), words[name], Text("文字列", "a string"))
            origin = ClauseOrigin(self._one_of((*path, "origin"), value.get("origin", own), list(ClauseOrigin)) or own)
            if wrong:
                continue
            if not (words["document"] or title):
                self._expected((*path, "document"), None, Text("文書名", "the document's name"))
            clause_note = self._text((*path, "note"), value["note"]) if "note" in value else None
            clauses[key] = ClauseRef(
                origin=origin,
                document=words["document"] or title,
                number=words["number"] or key,
                title=words["title"],
                title_en=words["title_en"],
                note=clause_note or (note if not words["document"] else None),
            )
        return clauses

    def _rules(self, known: Collection[str]) -> dict[str, tuple[str, ...]]:
        rules: dict[str, tuple[str, ...]] = {}
        for rule, value in self._rule_table("rules"):
            if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
                self._expected(("rules", rule), value, Text("条項の並び", "a list of clauses"))
                continue
            for key in value:
                if key != PRODUCT and key not in known:
                    self._unknown(("rules", rule), key, known, Text("条項", "clause"))
            rules[rule] = tuple(value)
        return rules


def _shown(value: object) -> str:
    """A value as read, short and on one line."""
    text = repr(value) if not isinstance(value, str) else value
    text = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    return text if len(text) <= 60 else text[:57] + "…"
