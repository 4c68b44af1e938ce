"""What the header fields of any answer may say: nothing that makes a client treat it otherwise.

RFC 9110 and RFC 9111 say what a client does on account of each.
"""

from __future__ import annotations

import re
import time
from email.utils import mktime_tz, parsedate_tz
from typing import TYPE_CHECKING, Final

from conformance.contract.asked import REFUSED
from conformance.contract.deviation import CONTRACT, STRICT, Deviation, shown
from conformance.contract.fields import A_DAY_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.contract.deviation import Answer

# What the transport of an answer needs, and says of itself.
TRANSPORT: Final = {
    *("connection", "content-length", "content-type", "date", "keep-alive", "server"),
    *("transfer-encoding", "vary"),
}
# What HTTP has the answer of a status say besides; a proxy may forbid others to keep any.
OF_STATUS: Final = {
    401: {"www-authenticate"},
    405: {"allow"},
    426: {"upgrade"},
    429: {"retry-after"},
    503: {"retry-after"},
}
NAMED: Final = {"cache-control", "content-encoding", "set-cookie"}  # in deviations of their own
# What only an answer that refuses or redirects has a use for.
OF_REFUSALS: Final = ("location", "refresh", "retry-after", "www-authenticate")
# A browser that reads the answer shows a file, or goes elsewhere.
OF_PAGES: Final = ("content-disposition", "content-location", "content-range", "link")
NOT_ALLOWED: Final = 405
# RFC 5861 has a cache give what is no longer fresh.
AGES: Final = "s-maxage|max-age|stale-while-revalidate|stale-if-error"
FRESH: Final = re.compile(rf"\bpublic\b|\b(?:{AGES})\s*=\s*\"?0*[1-9]", re.IGNORECASE)
# With a value, `private` is about the fields that it names alone.
NOT_KEPT: Final = re.compile(r"\bno-store\b|\bprivate\b(?!\s*=)", re.IGNORECASE)
# What `Connection` says besides names fields that a proxy then drops.
OF_CONNECTIONS: Final = {"", "close", "keep-alive", "upgrade"}


def deviations(answer: Answer) -> Iterator[Deviation]:
    """Yield in what the header fields of an answer deviate; its media type is its body's matter."""
    yield from _length(answer)
    yield from _transfer(answer)
    coding = answer.headers.get("content-encoding", "identity")
    if coding.lower() != "identity":  # the suite's clients ask for none
        yield Deviation("content-encoding", CONTRACT, "Content-Encoding", shown(coding))
    yield from _connection(answer)
    yield from _kept(answer)
    yield from _date(answer)
    if "set-cookie" in answer.headers:
        yield Deviation("cookie", STRICT, "Set-Cookie", "a cookie")
    strays = OF_PAGES + (OF_REFUSALS if answer.status < REFUSED else ())
    for name in strays:
        if name in answer.headers:
            yield Deviation("stray-header", STRICT, name, shown(answer.headers[name]))


def of_own(answer: Answer, *vendors: Answer) -> Iterator[Deviation]:
    """Yield a deviation for each header field that the gateway's own answer has no use for.

    A field that one of the vendors has sent so is none of its own.
    """
    sent = {field for vendor in vendors for field in vendor.headers.items()}
    of_status = OF_STATUS.get(answer.status, set())
    of_pages = {*OF_PAGES, *(OF_REFUSALS if answer.status < REFUSED else ())}
    for name, value in answer.headers.items():
        known = name in TRANSPORT | NAMED | of_status | of_pages
        if not known and (name, value) not in sent:
            yield Deviation("added-header", STRICT, f"header.{name}", "present")
    if answer.status == NOT_ALLOWED and "allow" not in answer.headers:
        yield Deviation("no-allow", STRICT, "header.allow", "absent")


def _connection(answer: Answer) -> Iterator[Deviation]:
    """A client behind a proxy does not get the fields that `Connection` names."""
    said = answer.headers.get("connection", "")
    if {each.strip().lower() for each in said.split(",")} - OF_CONNECTIONS:
        yield Deviation("connection", CONTRACT, "Connection", shown(said))


def _kept(answer: Answer) -> Iterator[Deviation]:
    """A cache between keeps what is fresh, by its age or by a date, and gives it to others."""
    kept = answer.headers.get("cache-control", "")
    if NOT_KEPT.search(kept):
        return
    if FRESH.search(kept):
        yield Deviation("cacheable", CONTRACT, "Cache-Control", shown(kept))
    expires = parsedate_tz(answer.headers.get("expires", ""))
    if expires and mktime_tz(expires) > time.time():
        yield Deviation("cacheable", CONTRACT, "Expires", shown(answer.headers["expires"]))


def _date(answer: Answer) -> Iterator[Deviation]:
    """Caches and signatures count an answer's age from it."""
    date = answer.headers.get("date")
    told = parsedate_tz(date) if date else None
    if date and (told is None or abs(mktime_tz(told) - time.time()) > A_DAY_S):
        yield Deviation("date", STRICT, "Date", shown(date))


def _transfer(answer: Answer) -> Iterator[Deviation]:
    """Two lengths are one too many: proxies differ in which one ends the answer."""
    coding = answer.headers.get("transfer-encoding")
    if coding is not None and (coding.lower() != "chunked" or "content-length" in answer.headers):
        yield Deviation("transfer-encoding", CONTRACT, "Transfer-Encoding", shown(coding))


def _length(answer: Answer) -> Iterator[Deviation]:
    """A client reads as many bytes as it is told, and waits for those that do not come."""
    length = answer.headers.get("content-length")
    if length is None or "content-encoding" in answer.headers:
        return
    sent = str(len(answer.text.encode("utf-8", "surrogatepass")))
    if length != sent:
        yield Deviation("content-length", CONTRACT, "Content-Length", f"{length}, sent {sent}")
