"""Asks each vendor one cheap question before and after a run: are key, model and network good?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httpx

from conformance.cassettes.departures import cause
from conformance.cassettes.trouble import Answered, described, trouble
from conformance.vendors import UPSTREAMS

if TYPE_CHECKING:
    from conformance.cassettes.departures import Departures

LIMIT_S: Final = 20.0
MOST_TOKENS: Final = 16
OK: Final = 200


def refusal(upstream: str, key: str, model: str, departures: Departures) -> str:
    """Chat once on the path that the vendor documents; return why that fails, or "".

    The run's own settings of the network hold. Nothing of the answer is kept.
    """
    vendor = UPSTREAMS[upstream]
    path = f"{vendor.root}/chat/completions"
    body = {
        "model": model,
        "messages": [{"role": "user", "content": "Say hello."}],
        "max_completion_tokens": MOST_TOKENS,
    }
    departures.open = True
    try:
        with httpx.Client(timeout=LIMIT_S) as client:
            got = client.post(
                f"{vendor.origin}{path}", json=body, headers={"authorization": f"Bearer {key}"}
            )
    except (httpx.HTTPError, OSError) as error:
        return cause(error)
    finally:
        departures.open = False
    answer = Answered(
        upstream=upstream,
        method="POST",
        path=path,
        status=got.status_code,
        text=got.text,
        own_key=True,
    )
    if found := trouble(answer):
        return found
    return "" if got.status_code == OK else f"model {model}: {described(answer)}"
