"""Every cited clause really stands in the policy text, and no sentence of a text stands in the project."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from shared_data import needs_shared

from segmentation.model.finding import ClauseOrigin
from segmentation.profiles.loader import NAMES, load_policy

CITIES = NAMES[1:]
LOCATORS = tomllib.loads(Path(__file__).with_name("locators.toml").read_text(encoding="utf-8"))
ROOT = Path(__file__).resolve().parents[3]

# Full-width ASCII lies 0xFEE0 above ASCII (U+FF01 to U+FF5E); circled digits stay as they are printed.
NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}

CIRCLED = re.compile("[①-⑳]")
KANA = re.compile(r"\([ア-ン]\)")
PAREN = re.compile(r"\(\d+\)")
HEADINGS = {
    # Not the text's references to its own sections at the beginning of a line.
    "daisen": re.compile(r"第\d章|\d\.\d+(\.\d+)?(?![のx、\d.])"),
    "kumamoto": re.compile(r"第\d+|(?<!第)\d{1,2}[^\d.(]"),
    "kadoma": re.compile(r"\d{1,2}[^\d.(\-]"),
    "sanbu": re.compile(r"\d{1,2}[^\d.(\-]"),
    "okayama": re.compile(r"第\d章|\d{1,2}[^\d.(\-]"),
}


def lines_of(profile: str) -> list[str]:
    text = needs_shared("policies", f"{profile}.txt").read_text(encoding="utf-8")
    lines = ("".join(line.translate(NARROW).split()) for line in text.splitlines())
    return [line.lstrip("-・") for line in lines]


def depth(profile: str, line: str) -> int | None:
    """How deep the marker at the beginning of *line* is; ``None`` for running text."""
    if profile in {"kumamoto", "okayama"} and line.startswith("第") and HEADINGS[profile].match(line):
        return 0
    for level, pattern in ((4, KANA), (2, PAREN), (3, CIRCLED), (1, HEADINGS[profile])):
        if pattern.match(line):
            return level
    return None


def path_of(clause: str, given: list[str] | None) -> list[str]:
    if given:
        return given
    section = re.match(r"\d+\.\d+(\.\d+)?", clause)
    assert section, f"no way to find {clause}"
    rest = clause[section.end() :]
    return [section[0], *re.findall(r"\([0-9ア-ン]+\)|[①-⑳]", rest)]


def bodies(profile: str, lines: list[str], path: list[str]) -> list[str]:
    """The text of every clause that *path* leads to without leaving the clause before."""
    found = []

    def follow(start: int, step: int, above: int) -> None:
        for number in range(start, len(lines)):
            line = lines[number]
            level = depth(profile, line)
            if step and level is not None and level <= above:
                return  # the clause before has ended
            first = (
                line == path[0]
                if step == 0 and not path[0][0].isdigit() and profile == "daisen"
                else line.startswith(path[step])
            )
            if not first:
                continue
            own = level if level is not None else 1
            if step + 1 < len(path):
                # The misprinted fifth item of 3.5.3 stands after the fourth, not in it.
                follow(number + 1, step + 1, own - 1 if path[step : step + 2] == ["④", "①"] else own)
                continue
            body = [line]
            for further in lines[number + 1 :]:
                below = depth(profile, further)
                if below is not None and below <= own:
                    break
                body.append(further)
            found.append("".join(body))

    follow(0, 0, -1)
    return found


@pytest.mark.parametrize("profile", CITIES)
def test_every_cited_clause_stands_in_the_text(profile: str) -> None:
    lines = lines_of(profile)
    missing = []
    policy = load_policy(profile)
    cited = {ref.number for refs in policy.clauses.values() for ref in refs if ref.origin is ClauseOrigin.POLICY}
    for clause in sorted(cited):
        locator = LOCATORS[profile][clause]
        found = bodies(profile, lines, path_of(clause, locator.get("at")))
        if not any(locator["word"] in body for body in found):
            missing.append((clause, locator["word"], [body[:40] for body in found]))
    assert not missing


@pytest.mark.parametrize("profile", CITIES)
def test_every_locator_is_of_a_clause_in_the_data(profile: str) -> None:
    data = tomllib.loads((ROOT / "segmentation/profiles/data" / f"{profile}.toml").read_text(encoding="utf-8"))
    assert set(LOCATORS[profile]) == set(data["clauses"])


def next_number(marker: str) -> str | None:
    if CIRCLED.match(marker):
        return chr(ord(marker) + 1)
    return f"({int(marker[1:-1]) + 1})" if PAREN.match(marker) else None


@pytest.mark.parametrize("profile", CITIES)
def test_the_word_of_a_clause_is_not_in_the_next_one(profile: str) -> None:
    """Otherwise a number that is off by one would pass."""
    lines = lines_of(profile)
    for clause, locator in LOCATORS[profile].items():
        path = path_of(clause, locator.get("at"))
        following = next_number(path[-1])
        if following and clause != "3.5.3⑤":  # printed as ①
            assert not any(locator["word"] in body for body in bodies(profile, lines, [*path[:-1], following])), clause


def test_a_wrong_number_is_not_found() -> None:
    lines = lines_of("daisen")
    assert not bodies("daisen", lines, ["3.4", "(4)"])
    assert not bodies("daisen", lines, ["3.8.4", "(3)", "①"])
    assert not any("LGWAN" in body for body in bodies("daisen", lines, ["3.4", "(1)", "①"]))


# -- nothing is copied ------------------------------------------------------------------------------------------------

# Titles of the documents and of bodies named in them are names, not sentences.
TITLES = (
    "門真市情報セキュリティポリシー 情報セキュリティ基本方針",
    "山武郡市広域行政組合情報セキュリティ基本方針",
    "岡山県電子自治体推進協議会情報セキュリティポリシー",
)
# Terms of art count as one character: two of them with a particle are no sentence.
TERMS = ("マイナンバー利用事務系", "インターネット接続系", "自治体情報セキュリティクラウド", "LGWAN接続系")
LENGTH = 20


def plain(text: str) -> str:
    """Text without white space, marks of TOML and Markdown, or width, and with terms of art shortened."""
    text = re.sub(r"[\s*`|#>]+", "", text.translate(NARROW))
    for number, term in enumerate(TERMS):
        text = text.replace(term, chr(0xE000 + number))
    return text


def project_texts() -> list[Path]:
    folders = ("segmentation/profiles", "segmentation/rules", "segmentation/zonefile", "segmentation/report", "docs")
    files = [
        path for folder in folders for path in sorted((ROOT / folder).rglob("*")) if path.suffix in {".toml", ".py", ".md"}
    ]
    return [*files, *(path for name in ("zones.toml", "README.md", "README.ja.md") if (path := ROOT / name).exists())]


def copied(texts: list[str], content: str) -> list[str]:
    """Runs of LENGTH characters of *content* that stand in one of *texts*."""
    for title in TITLES:
        content = content.replace(title, "")
    content = plain(content)
    runs = {content[at : at + LENGTH] for at in range(len(content) - LENGTH + 1)}
    # A run must be Japanese prose: at least half of it kana or kanji.
    runs = {run for run in runs if sum("ぁ" <= char <= "鿿" for char in run) * 2 >= LENGTH}
    return sorted(run for run in runs if any(run in text for text in texts))


def test_no_twenty_characters_of_a_policy_stand_in_the_project() -> None:
    texts = [plain(needs_shared("policies", f"{profile}.txt").read_text(encoding="utf-8")) for profile in CITIES]
    files = project_texts()
    assert len(files) > 10
    found = {str(path.relative_to(ROOT)): runs for path in files if (runs := copied(texts, path.read_text(encoding="utf-8")))}
    assert not found


def test_a_copied_sentence_would_be_found() -> None:
    text = needs_shared("policies", "kumamoto.txt").read_text(encoding="utf-8")
    sentence = next(line for line in text.splitlines() if line.startswith("② LGWAN"))
    assert copied([plain(text)], f'note = "{sentence[10:45]}"')
    assert not copied([plain(text)], 'note = "LGWAN系とインターネット系の間は無害化が要る。"')
