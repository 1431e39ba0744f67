"""TOML text -> one layer, with every problem of the file in one run."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Collection
from typing import Any

from segmentation.model.finding import ClauseOrigin, ClauseRef, Severity
from segmentation.model.location import Location
from segmentation.model.policy import PolicyDocument, PolicyNetwork
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from segmentation.profiles.fields import Fields
from segmentation.profiles.keyplace import KeyPlaces, Path
from segmentation.profiles.layer import Layer, LayerKind
from segmentation.profiles.problem import ProfileError, ProfileProblem
from segmentation.profiles.settings import SETTINGS, Value

#: The clause key of the product's own rules.
PRODUCT = "product"

#: A layer larger than this is not a profile (the largest bundled one has 25 kB).
MAX_BYTES = 1 << 20

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


class _Reader(Fields):
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
        super().__init__(data, places, rules)
        self.file = file
        self.overlay = overlay
        self.known_clauses = clauses

    def layer(self) -> Layer:
        self.known(self.data, (), [*_PLAIN, *sorted(_SECTIONS)])
        if (schema := self.data.get("schema", 1 if self.overlay else None)) != 1:
            self.expected(("schema",), schema, Text("1", "1"))
        name = self.word("profile", default=self.file.rsplit("/", 1)[-1].removesuffix(".toml") if self.overlay else "")
        kind = LayerKind.OVERLAY
        if not self.overlay:
            kind = LayerKind(self.one_of(("kind",), self.data.get("kind"), list(LayerKind)) or LayerKind.CITY)
        document, note = self._document()
        clauses = self._clauses(document, note, kind)
        return Layer(
            name=name,
            kind=kind,
            file=self.file,
            places=self.places,
            extends=self.word("extends"),
            council=self.word("council"),
            private=self.flag(("private",), self.data.get("private", False)),
            organisation=self.text(("organisation",), self.data["organisation"]) if "organisation" in self.data else None,
            document=document,
            networks=self._networks(),
            settings=self._settings(),
            product_values=self._product_values(),
            terms={key: text for key, value in self.table("terms") if (text := self.text(("terms", key), value))},
            clauses=clauses,
            rules=self._rules({*self.known_clauses, *clauses}),
            severities=self._severities(),
            inapplicable={
                key: text for key, value in self.rule_table("inapplicable") if (text := self.text(("inapplicable", key), value))
            },
            notes=self.texts("notes"),
            contradictions=self.texts("contradictions"),
        )

    def _document(self) -> tuple[PolicyDocument | None, Text | None]:
        if "document" not in self.data:
            if not self.overlay:
                self.expected(("document",), None, Text("文書の表", "the document's table"))
            return None, None
        table = dict(self.table("document"))
        self.known(
            table, ("document",), ["title", "title_en", "short", "version", "revised_on", "published", "only_basic", "note"]
        )
        words = {key: table.get(key, "") for key in ("title", "title_en", "short", "version")}
        for key, value in words.items():
            if not isinstance(value, str) or (key == "title" and not value):
                self.expected(("document", key), value or None, Text("文字列", "a string"))
                words[key] = ""
        revised, day_known = self._revised(table.get("revised_on"))
        document = PolicyDocument(
            **words,
            revised_on=revised,
            revised_day_known=day_known,
            published=self.flag(("document", "published"), table.get("published", True)),
            only_basic=self.flag(("document", "only_basic"), table.get("only_basic", False)),
        )
        return document, self.text(("document", "note"), table["note"]) if "note" in table else None

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
        self.expected(
            ("document", "revised_on"),
            value,
            Text("年月日か年月（2026-03-19、2026-03）", "a date or a month (2026-03-19, 2026-03)"),
        )
        return None, True

    def _networks(self) -> tuple[PolicyNetwork, ...] | None:
        if "networks" not in self.data:
            return None
        networks: list[PolicyNetwork] = []
        for index, value in self.array("networks"):
            name = self.text(("networks", index), value)
            if name is None:
                continue
            kind = self.one_of(("networks", index, "kind"), value.get("kind"), list(ZoneKind))
            level = value.get("level")
            if level is not None and (isinstance(level, bool) or not isinstance(level, int)):
                self.expected(("networks", index, "level"), level, Text("整数", "a whole number"))
                level = None
            if kind:
                networks.append(PolicyNetwork(name=name, kind=ZoneKind(kind), level=level))
        return tuple(networks)

    def _settings(self) -> dict[str, Value]:
        settings: dict[str, Value] = {}
        for section in sorted(_SECTIONS):
            known = {key.partition(".")[2]: setting for key, setting in SETTINGS.items() if key.startswith(section + ".")}
            table = dict(self.table(section))
            self.known(table, (section,), known)
            for key, setting in known.items():
                if key in table and (value := self.setting(setting, (section, key), table[key])) is not None:
                    settings[setting.key] = value
        return settings

    def _product_values(self) -> frozenset[str]:
        table = dict(self.table("product"))
        self.known(table, ("product",), ["values"])
        values = table.get("values", [])
        if not isinstance(values, list):
            self.expected(("product", "values"), values, Text("設定の並び", "a list of settings"))
            return frozenset()
        return frozenset(word for item in values if (word := self.one_of(("product", "values"), item, SETTINGS)))

    def _severities(self) -> dict[str, Severity]:
        keys = [severity.key for severity in Severity]
        pairs = ((rule, self.one_of(("severities", rule), value, keys)) for rule, value in self.rule_table("severities"))
        return {rule: Severity.of(key) for rule, key in pairs if key}

    def _clauses(self, document: PolicyDocument | None, note: Text | None, kind: LayerKind) -> dict[str, ClauseRef]:
        title = (document.short or document.title) if document else ""
        own = {LayerKind.NATIONAL: ClauseOrigin.NATIONAL}.get(kind, ClauseOrigin.POLICY)
        clauses: dict[str, ClauseRef] = {}
        for key, value in self.table("clauses"):
            path: Path = ("clauses", key)
            if not isinstance(value, dict):
                self.expected(path, value, Text("表", "a table"))
                continue
            self.known(value, path, ["number", "title", "title_en", "printed", "origin", "document", "note"])
            words = {name: value.get(name, "") for name in ("number", "title", "title_en", "printed", "document")}
            wrong = [name for name, word in words.items() if not isinstance(word, str)]
            for name in wrong:
                self.expected((*path, name), words[name], Text("文字列", "a string"))
            origin = ClauseOrigin(self.one_of((*path, "origin"), value.get("origin", own), list(ClauseOrigin)) or own)
            if wrong:
                continue
            if not (words["document"] or title):
                self.expected((*path, "document"), None, Text("文書名", "the document's name"))
            clause_note = self.text((*path, "note"), value["note"]) if "note" in value else None
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
        for rule, value in self.rule_table("rules"):
            if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
                self.expected(("rules", rule), value, Text("条項の並び", "a list of clauses"))
                continue
            for key in value:
                if key != PRODUCT and key not in known:
                    self.unknown(("rules", rule), key, known, Text("条項", "clause"))
            rules[rule] = tuple(value)
        return rules
