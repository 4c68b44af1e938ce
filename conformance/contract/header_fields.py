"""What the header fields of any answer may say: nothing that makes a client treat it otherwise.

RFC 9110 and RFC 9111 say what a client does on account of each.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from conformance.contract.asked import REFUSED
from conformance.contract.deviation import CONTRACT, STRICT, Deviation, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.contract.deviation import Answer

# What only an answer that refuses or redirects has a use for.
OF_REFUSALS: Final = ("location", "refresh", "retry-after", "www-authenticate")
# A browser that reads the answer shows a file, or goes elsewhere.
OF_PAGES: Final = ("content-disposition", "content-location", "content-range", "link")
FRESH: Final = re.compile(r"\bpublic\b|\b(?:s-maxage|max-age)\s*=\s*\"?0*[1-9]", re.IGNORECASE)
NOT_KEPT: Final = re.compile(r"\bno-store\b|\bprivate\b", re.IGNORECASE)


def deviations(answer: Answer) -> Iterator[Deviation]:
    """Yield in what the header fields of an answer deviate; its media type is its body's matter."""
    yield from _length(answer)
    coding = answer.headers.get("content-encoding", "identity")
    if coding.lower() != "identity":  # the suite's clients ask for none
        yield Deviation("content-encoding", CONTRACT, "Content-Encoding", shown(coding))
    kept = answer.headers.get("cache-control", "")
    if FRESH.search(kept) and not NOT_KEPT.search(kept):
        yield Deviation("cacheable", CONTRACT, "Cache-Control", shown(kept))
    if "set-cookie" in answer.headers:
        yield Deviation("cookie", STRICT, "Set-Cookie", "a cookie")
    strays = OF_PAGES + (OF_REFUSALS if answer.status < REFUSED else ())
    for name in strays:
        if name in answer.headers:
            yield Deviation("stray-header", STRICT, name, shown(answer.headers[name]))


def _length(answer: Answer) -> Iterator[Deviation]:
    """A client reads as many bytes as it is told, and waits for those that do not come."""
    length = answer.headers.get("content-length")
    if length is None or "content-encoding" in answer.headers:
        return
    sent = str(len(answer.text.encode("utf-8", "surrogatepass")))
    if length != sent:
        yield Deviation("content-length", CONTRACT, "Content-Length", f"{length}, sent {sent}")
