"""Words that work everywhere."""

import pytest

from chatterkeep.domain.keywords import Keyword, find_keyword


@pytest.mark.parametrize("text", ["restart", " Restart! ", "RESTART.", "/restart", "start  over", "'restart'"])
def test_restart_is_heard_however_it_is_written(text: str) -> None:
    assert find_keyword(text) is Keyword.RESTART


@pytest.mark.parametrize("text", ["help", "Help?", "/help", "HELP!!"])
def test_help_is_heard_however_it_is_written(text: str) -> None:
    assert find_keyword(text) is Keyword.HELP


@pytest.mark.parametrize("text", ["please restart", "help me rhonda", "", "restarted", "help" + " " * 50])
def test_a_sentence_with_the_word_in_it_is_no_keyword(text: str) -> None:
    assert find_keyword(text) is None
