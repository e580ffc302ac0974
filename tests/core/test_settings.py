"""Settings are read from the environment, and a number that is none is refused by the setting's name."""

from __future__ import annotations

import pytest

from graph_service.errors import SettingMalformed
from graph_service.follower import LiveLimits
from graph_service.settings import Settings


def test_what_is_not_set_is_what_it_is_by_default() -> None:
    assert Settings.read({}) == Settings()


def test_limits_are_read_one_by_one() -> None:
    read = Settings.read({"TRUSTNET_LIVE_BEHIND": "500", "TRUSTNET_LIVE_TAKE_SECONDS": "5"})

    assert read.live == LiveLimits(behind=500, take_seconds=5)


@pytest.mark.parametrize("value", ["", "0", "-1", "1.5", "many", "\uff11"])
def test_a_limit_that_is_no_number_is_refused(value: str) -> None:
    with pytest.raises(SettingMalformed) as refused:
        Settings.read({"TRUSTNET_LIVE_CONNECTIONS": value})

    assert refused.value.parameters == {"setting": "TRUSTNET_LIVE_CONNECTIONS", "value": value}
