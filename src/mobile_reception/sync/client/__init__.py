"""The laptop's side of the road: join a centre, hand facts over, fetch cards.

``enrol`` joins with a one-time code, ``sync`` sends and fetches until nothing is left or the road ends, and
``Backoff`` says when to try again. `RoadClosed` carries one of the protocol's reasons.
"""

from mobile_reception.sync.client.box import Box
from mobile_reception.sync.client.carrying import hand_on
from mobile_reception.sync.client.handover import Backoff, NotEnrolled, SyncReport, sync
from mobile_reception.sync.client.joining import (
    EnrolmentAnswer,
    Hello,
    NotAcceptable,
    NotAllowed,
    add_officer,
    enrol,
    hello,
)
from mobile_reception.sync.client.road import RoadClosed

__all__ = [
    "Backoff",
    "Box",
    "EnrolmentAnswer",
    "Hello",
    "NotAcceptable",
    "NotAllowed",
    "NotEnrolled",
    "RoadClosed",
    "SyncReport",
    "add_officer",
    "enrol",
    "hand_on",
    "hello",
    "sync",
]
