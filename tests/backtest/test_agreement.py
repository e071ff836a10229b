"""Replaying what happened, under the rules that made it, gives the decisions that were made, to the last."""

from pathlib import Path

import pytest

from simulation.life import Life, born, live
from tests.backtest.agreement import assert_agrees

LIVES = [
    pytest.param(7, 3, 9, id="three days"),
    *(pytest.param(seed, 20, 14, id=f"{seed}: a month", marks=pytest.mark.slow) for seed in range(3)),
    pytest.param(3, 130, 14, id="people leave and come", marks=pytest.mark.slow),
]


def lived(folder: Path, seed: int, days: int, requests: int) -> Life:
    life = born(folder, days, requests, seed)
    live(life, days, lambda _look: None)
    return life


@pytest.mark.timeout(1200)
@pytest.mark.parametrize(("seed", "days", "requests"), LIVES)
def test_the_simulated_company(tmp_path: Path, seed: int, days: int, requests: int) -> None:
    life = lived(tmp_path / "company", seed, days, requests)
    assert assert_agrees(life.project.database) > days * requests
