"""What the comparison says of names that it was not tuned on: nearly nothing wrong, and most of them found."""

from leadrelay.matching.score import SAME, Party, compare
from tests.matching.second_list import SECOND_DIFFERENT, SECOND_SAME


def answers(pairs: tuple[tuple[str, str], ...]) -> list[str]:
    return [compare(Party(name=one), Party(name=other)).answer for one, other in pairs]


def test_two_companies_are_hardly_ever_taken_for_one() -> None:
    wrong = [pair for pair, answer in zip(SECOND_DIFFERENT, answers(SECOND_DIFFERENT), strict=True) if answer == SAME]
    assert wrong == [("Medtech Solutions", "Meditech Solutions")]


def test_most_are_found() -> None:
    assert answers(SECOND_SAME).count(SAME) >= 51
