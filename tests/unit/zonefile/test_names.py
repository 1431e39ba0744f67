"""Profiles and rules that a zone file names, told with its other problems."""

from __future__ import annotations

from zonefile_samples import SOUND

from segmentation.zonefile.reader import Names, loads

NAMES = Names(profiles=("base", "daisen"), rules=("MN-01", "NC-15"))
CLAIM = '\n[[attestations]]\nrule = "{rule}"\nstatement = "checked by hand"\nby = "section chief"\n'


def test_an_unknown_profile_and_an_unknown_rule_stand_beside_the_other_problems() -> None:
    text = SOUND.replace('profile = "daisen"', 'profile = "diasen"', 1) + CLAIM.format(rule="NC-5") + CLAIM.format(rule="MN-01")
    text = text.replace('parent = "mn"', 'parent = "mm"', 1)
    result = loads(text, "zones.toml", names=NAMES)
    assert result.model is None
    told = {p.message.en: p for p in result.problems}
    profile, rule = told["There is no profile 'diasen'."], told["There is no rule 'NC-5'."]
    assert any("no zone 'mm'" in m for m in told)
    assert (profile.text, profile.suggestion) == ('profile = "diasen"', "daisen")
    assert profile.text[profile.location.column - 1 :][: profile.length] == '"diasen"'
    assert (rule.text, rule.suggestion) == ('rule = "NC-5"', "NC-15")


def test_names_that_exist_and_paths_of_profiles_are_no_problem() -> None:
    for profile in ("daisen", "our/own.toml"):
        text = SOUND.replace('profile = "daisen"', f'profile = "{profile}"', 1) + CLAIM.format(rule="MN-01")
        result = loads(text, "zones.toml", names=NAMES)
        assert not [p for p in result.problems if "There is no" in p.message.en]


def test_without_names_nothing_is_said_of_them() -> None:
    assert not [p for p in loads(SOUND + CLAIM.format(rule="XX-99"), "zones.toml").errors if "rule" in p.message.en]
