"""Finds secrets that the provider endpoints show to anyone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.core import fields
from conformance.judge.exposures import IDENTITY
from conformance.judge.finding import Effect, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case
    from conformance.judge.finding import Finding


SHOWS_AUTHORIZATION = "<1.1.0"
USER_INFO = re.compile(r"://[^/@\s]*:[^/@\s]+@")


def find(case: Case) -> Iterator[Finding]:
    """Yield passwords in URLs, and headers with keys, that are written in the file."""
    older = case.schema.release.within(SHOWS_AUTHORIZATION)
    for path, value in case.texts:
        if "${" in value:
            continue
        header = len(path) > 1 and path[-2] in fields.HEADERS
        if USER_INFO.search(value):
            yield shown(
                "secret-in-url",
                Effect.EXPOSES,
                path,
                "the password in this URL is shown by `GET /v1/providers`",
                "keep the password in a variable and in a field of its own",
                gotcha="configs-shown",
            )
        elif header and IDENTITY.fullmatch(name := str(path[-1])) and _is_shown(name, older=older):
            yield shown(
                "secret-in-header",
                Effect.EXPOSES,
                path,
                "this header is shown by `GET /v1/providers`",
                "use the provider's own field for its key",
                gotcha="configs-shown",
            )


def _is_shown(header: str, *, older: bool) -> bool:
    """Tell whether the release shows a header's value, which it masks by words in the name."""
    name = header.lower()
    return "token" not in name and (older or "authorization" not in name)
