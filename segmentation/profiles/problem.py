"""What is wrong in a profile or overlay file, as values with their place."""

from __future__ import annotations

from dataclasses import dataclass

from segmentation.model.location import Location
from segmentation.model.text import Lang, Text


@dataclass(frozen=True, slots=True)
class ProfileProblem:
    """One thing wrong in a profile: where, what was read, and what to do."""

    location: Location
    message: Text

    def in_(self, lang: Lang) -> str:
        """``file:line:column: sentence`` in *lang*."""
        return f"{self.location}: {self.message.in_(lang)}"


class ProfileError(Exception):
    """A profile that cannot be used; carries every problem that was found, in file order."""

    def __init__(self, problems: tuple[ProfileProblem, ...]) -> None:
        super().__init__("\n".join(problem.in_("en") for problem in problems))
        self.problems = problems
