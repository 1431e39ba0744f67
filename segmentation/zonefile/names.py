"""Names that rows give and names that rows use: duplicates, unknown ones, and who a party is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from segmentation.model.addresses import NO_ADDRESSES, AddressSet
from segmentation.model.services import Service
from segmentation.model.text import Text
from segmentation.model.zones import Endpoint, Party, Zone
from segmentation.zonefile import values
from segmentation.zonefile.positions import Path
from segmentation.zonefile.shape import Row
from segmentation.zonefile.sink import Sink, closest

_DUPLICATE = Text("ID「{id}」はすでに {where} で使われています。", "The ID '{id}' is already used at {where}.")
_TWICE = Text("「{value}」が 2 回書かれています。", "'{value}' is written twice.")
_UNIQUE = Text("ほかと重ならない ID", "an ID that nothing else has")
_UNKNOWN = Text("「{value}」という{what}はありません。", "There is no {what} '{value}'.")
_KNOWN = Text("このファイルにある{what}の ID", "the ID of a {what} of this file")

ZONE, ENDPOINT = Text("ゾーン", "zone"), Text("ホスト", "endpoint")
SERVICE, GATEWAY = Text("サービス", "service"), Text("ゲートウェイ", "gateway")
EXCEPTION, DEVICE = Text("例外措置", "exception"), Text("装置", "device")
CONNECTION = Text("外部接続", "external connection")
PARTY = Text("ゾーン・ホスト", "zone or endpoint")
ZONE_OR_DEVICE = Text("ゾーン・装置", "zone or device")


def display_name(row: Row) -> Text:
    """The bilingual name of a row, falling back on the ID."""
    ja = row.get("name") or row.get("name_en") or row.get("id", "")
    return Text(ja, row.get("name_en") or ja)


@dataclass(slots=True)
class Registry:
    """Everything known while the rows of a file are turned into the model.

    ``reach`` maps a zone to its effective networks: its own and those of all its sub-zones.
    """

    sink: Sink
    tree: Row
    zones: dict[str, Zone] = field(default_factory=dict)
    reach: dict[str, AddressSet] = field(default_factory=dict)
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    ids: dict[str, dict[str, int]] = field(default_factory=dict)  # table -> ID -> row
    ledgers: dict[str, list[str]] = field(default_factory=dict)  # ledger file -> its lines, to show them in problems

    def rows(self, table: str) -> Iterable[tuple[int, Row]]:
        """The rows of a table that have a usable form, with their index."""
        return ((n, row) for n, row in enumerate(self.tree.get(table, ())) if row is not None)

    def collect_ids(self, table: str, *, shared_with: str = "") -> dict[str, int]:
        """The IDs of a table, duplicates reported; ``shared_with`` names a table whose IDs must differ too."""
        seen = self.ids[table] = {}
        other = self.ids.get(shared_with, {})
        for n, row in self.rows(table):
            identifier = row.get("id")
            if identifier is None:
                continue
            first = (table, seen[identifier]) if identifier in seen else (shared_with, other.get(identifier, -1))
            if first[1] >= 0:
                where = str(self.sink.location(*first))
                self.sink.error((table, n, "id"), _DUPLICATE.format(id=identifier, where=where), _UNIQUE)
            else:
                seen[identifier] = n
        return seen

    def unknown(self, value: str, what: Text, known: Iterable[str], path: Path) -> None:
        """Report a name that nothing in the file has."""
        self.sink.error(path, _UNKNOWN.format(value=value, what=what), _KNOWN.format(what=what), closest(value, known))

    def reference(self, row: Row, key: str, what: Text, known: Mapping[str, Any], path: Path) -> str:
        """The value of a key that names a row of another table; ``""`` when absent or unknown."""
        value = row.get(key, "")
        if value and value not in known:
            self.unknown(value, what, known, (*path, key))
            return ""
        return str(value)

    def references(self, row: Row, key: str, what: Text, known: Mapping[str, Any], path: Path) -> tuple[str, ...]:
        """The same for a list."""
        out = []
        for n, value in enumerate(row.get(key, ())):
            if value in known:
                out.append(value)
            else:
                self.unknown(value, what, known, (*path, key, n))
        return tuple(out)

    def party(self, row: Row, key: str, path: Path) -> Party:
        """A list of zone IDs, endpoint IDs and literal addresses, resolved."""
        zones, hosts, networks = [], [], []
        seen: set[str] = set()
        for n, value in enumerate(row.get(key, ())):
            if value in seen:
                self.sink.warning((*path, key, n), _TWICE.format(value=value))
            elif value in self.endpoints:
                hosts.append(value)
            elif value in self.zones:
                zones.append(value)
            elif values.LOOKS_LIKE_ADDRESS.fullmatch(value):
                networks.append(values.address_set(value, (*path, key, n), self.sink))
            else:
                self.unknown(value, PARTY, [*self.zones, *self.endpoints], (*path, key, n))
            seen.add(value)
        parts = [self.reach[z] for z in zones] + [self.endpoints[e].addresses for e in hosts] + networks
        return Party(
            zones=tuple(zones),
            endpoints=tuple(hosts),
            networks=AddressSet.union(networks) if networks else NO_ADDRESSES,
            addresses=parts[0] if len(parts) == 1 else AddressSet.union(parts),
        )

    def service_list(self, row: Row, key: str, path: Path) -> tuple[str, ...]:
        """IDs of services; ``tcp/443`` and the like become services of that name."""
        out = []
        for n, value in enumerate(row.get(key, ())):
            if value in self.services:
                out.append(value)
            elif (term := values.literal_service(value)) is not None:
                self.services[value] = Service(id=value, name=Text(value, value), terms=(term,))
                out.append(value)
            else:
                self.unknown(value, SERVICE, self.services, (*path, key, n))
        return tuple(dict.fromkeys(out))
