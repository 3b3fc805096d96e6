"""What laptop and centre say to each other: bytes and values, no input or output.

Both sides read this one package, and ``docs/protocol.md`` says the same in words. Three things are bytes
that somebody signs: a request (by the device), an answer (by the centre) and a device's certificate (by
the centre). Every signature is Ed25519 over a text that begins with its own domain, so none can pass for
another.
"""

from mobile_reception.sync.protocol.documents import (
    ANSWER_LIMIT,
    BODY_LIMIT,
    FEED_TYPE,
    LARGEST_RUN,
    RUN_TYPE,
    SMALLEST_RUN,
    VERSION,
    Reason,
    TooLarge,
    Unreadable,
    dump,
    load,
    to_base64,
    unbase64,
)
from mobile_reception.sync.protocol.runs import (
    FeedPage,
    RunBody,
    fact_lines,
    facts_of,
    read_page,
    read_run,
    squeeze,
    unsqueeze,
    write_page,
    write_run,
)
from mobile_reception.sync.protocol.signatures import (
    Certificate,
    Credentials,
    Head,
    certify,
    check_answer,
    check_certificate,
    check_proof,
    grant,
    granted,
    name_hash,
    sign_answer,
)

__all__ = [
    "ANSWER_LIMIT",
    "BODY_LIMIT",
    "FEED_TYPE",
    "LARGEST_RUN",
    "RUN_TYPE",
    "SMALLEST_RUN",
    "VERSION",
    "Certificate",
    "Credentials",
    "FeedPage",
    "Head",
    "Reason",
    "RunBody",
    "TooLarge",
    "Unreadable",
    "certify",
    "check_answer",
    "check_certificate",
    "check_proof",
    "dump",
    "fact_lines",
    "facts_of",
    "grant",
    "granted",
    "load",
    "name_hash",
    "read_page",
    "read_run",
    "sign_answer",
    "squeeze",
    "to_base64",
    "unbase64",
    "unsqueeze",
    "write_page",
    "write_run",
]
