"""The pictures of the README can be taken: what the people in them say still happens."""

from chatterkeep.domain.messages import Channel
from chatterkeep.services.wiring import Services
from tests.browser.examples import EXAMPLES, tell


def test_the_people_in_the_pictures_still_tell_their_stories(services: Services) -> None:
    pages = [tell(services, example) for example in EXAMPLES]
    assert [page is not None for page in pages] == [example.channel is Channel.WEB for example in EXAMPLES]
