"""One device under examination: its files in, what they gave out, small enough to cross from one process to another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from segmentation.commands.basis import Basis
from segmentation.commands.lint_inputs import Group, collection_paused
from segmentation.device.device import Device
from segmentation.model.finding import Finding
from segmentation.model.text import Text
from segmentation.report.run import ConfigInput, LintCell, NotUnderstoodLine

_NOT_EXAMINED = Text(
    "{files} は検査できませんでした。{why}ほかの装置の検査には影響していません。"
    "このファイルだけを指定して再実行しても同じ場合は、設定を分けるか、書き出し直してください。",
    "{files}: not examined. {why} The other devices were examined all the same. Run it alone; if that fails too, export the "
    "configuration again or split it.",
)
_INTERNAL = Text("解析中に内部エラーが起きました（{kind}）。", "The analysis met an internal error ({kind}).")
_MEMORY = Text("解析に必要なメモリーが上限を超えました。", "The analysis needed more memory than it may have.")


@dataclass(frozen=True, slots=True)
class Examined:
    """What the examination of some devices gave: their names, what was read of each file, findings and matrix.

    In the words of the report alone: the process that collects the answers need not load the linter to receive them.
    """

    devices: tuple[str, ...]
    inputs: tuple[ConfigInput, ...]
    findings: tuple[Finding, ...]
    matrix: tuple[LintCell, ...]
    undecided: tuple[Text, ...]
    unproven: int = 0  # zone pairs that are not known to be closed beyond what the findings say


@dataclass(frozen=True, slots=True)
class NotExamined:
    """A device whose examination ended without a result, and why; ``inputs`` say so in the report."""

    device: str
    inputs: tuple[ConfigInput, ...]
    message: Text


Outcome = Examined | NotExamined
Work = Callable[[Group, Basis], Examined]


def examine_devices(devices: Sequence[Device], basis: Basis) -> Examined:
    """Lint devices that have been read."""
    from segmentation import lint as linter  # noqa: PLC0415 - loads numpy and Numba

    with collection_paused():
        result = linter.lint(devices, basis.model, basis.policy, basis.at)
    return Examined(
        devices=tuple(d.name for d in devices),
        inputs=tuple(each for d in devices for each in config_inputs(d)),
        findings=result.findings,
        matrix=tuple(
            LintCell(
                src_zone=c.src_zone,
                dst_zone=c.dst_zone,
                verdict=c.verdict.value,
                permitted_empty=c.permitted_empty,
                device=c.device,
            )
            for c in result.matrix
        ),
        undecided=result.undecided,
        unproven=result.unproven,
    )


def examine(group: Group, basis: Basis) -> Examined:
    """Parse and lint the files of one device."""
    with collection_paused():
        return examine_devices([group.device()], basis)


def guarded(group: Group, basis: Basis, work: Work = examine) -> Outcome:
    """Like *work*, but an error, whatever it is, concerns this device only."""
    try:
        return work(group, basis)
    except MemoryError:
        return not_examined(group, _MEMORY)
    except Exception as error:  # noqa: BLE001 - a bug met in one configuration must not cost the answers about the others
        # Its kind only: its message could quote a line of a secret configuration.
        return not_examined(group, _INTERNAL.format(kind=type(error).__name__))


def not_examined(group: Group, why: Text) -> NotExamined:
    """The outcome of a device whose examination failed: every file of it is wholly not understood."""
    message = _NOT_EXAMINED.format(files=group.listed, why=why)
    inputs = tuple(
        ConfigInput(
            file=f.source.name,
            sha256=f.source.sha256,
            vendor=f.form.value,
            device=group.name,
            filters=0,
            rules=0,
            lines=f.source.text.count("\n") + (not f.source.text.endswith("\n")),
            not_understood=(NotUnderstoodLine(line=1, text="", reason=message.en, sentence=message),),
        )
        for f in group.files
    )
    return NotExamined(group.name, inputs, message)


def config_inputs(device: Device) -> list[ConfigInput]:
    """The files of a device, each with what was read from it."""
    filters: dict[str, int] = {}
    rules: dict[str, int] = {}
    lines: dict[str, list[NotUnderstoodLine]] = {}
    for chain in device.chains.values():
        filters[chain.location.file] = filters.get(chain.location.file, 0) + 1
        for rule in chain.rules:
            rules[rule.location.file] = rules.get(rule.location.file, 0) + 1
    for n in device.not_understood:
        line = NotUnderstoodLine(line=n.location.line, text=n.text, reason=n.reason, sentence=n.sentence)
        lines.setdefault(n.location.file, []).append(line)
    return [
        ConfigInput(
            file=each.file,
            sha256=each.sha256,
            vendor=device.vendor,
            device=device.name,
            filters=filters.get(each.file, 0),
            rules=rules.get(each.file, 0),
            lines=each.lines,
            not_understood=tuple(lines.get(each.file, ())),
        )
        for each in device.inputs
    ]
