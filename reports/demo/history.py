"""Plays stories in the order of time, so that the audit trail reads like real work.

A story is a generator: it yields the moment of its next step and, resumed, takes it.
"""

import datetime
import heapq
from collections.abc import Generator


def play(stories, *, until):
    """Play every story up to a moment; what would come later does not happen.

    Two steps of the same moment are taken in the order of the stories.
    """
    waiting: list[tuple[datetime.datetime, int, Generator]] = []
    for order, story in enumerate(stories):
        _wait(waiting, order, story)
    while waiting:
        when, order, story = heapq.heappop(waiting)
        if when > until:
            story.close()
        else:
            _wait(waiting, order, story)


def _wait(waiting, order, story):
    when = next(story, None)
    if when is not None:
        heapq.heappush(waiting, (when, order, story))
