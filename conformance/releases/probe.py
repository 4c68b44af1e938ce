"""Tells, inside an environment, whether its release can be imported and boots an empty gateway.

`python -m conformance.releases.probe DISTRIBUTION VERSION` prints
`{"importable": …, "boots": …}`: null, or what went wrong.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path

from conformance import shipped
from conformance.core import releases
from conformance.core.model import CouldNotObserveError
from conformance.core.releases import Release
from conformance.stack import configs
from conformance.stack.booting import boot
from conformance.stack.sandbox import closed_network


async def trouble(release: Release) -> dict[str, str | None]:
    """Return what keeps the release from being imported or from booting, each None if nothing."""
    facts = releases.facts(release)
    bare = configs.inference(configs.fitted(configs.read(shipped("run.yaml")), facts), [])
    with tempfile.TemporaryDirectory() as directory:
        home, cwd = Path(directory) / "home", Path(directory) / "work"
        home.mkdir()
        cwd.mkdir()
        try:
            async with boot(bare, facts, home, cwd) as stack:
                failure = stack.failure and f"an empty gateway does not boot: {stack.failure}"
                return {"importable": None, "boots": failure or None}
        except CouldNotObserveError as error:
            cause = error.__cause__
            said = f"{type(cause).__name__}: {cause}" if isinstance(cause, ImportError) else error
            return {"importable": " ".join(str(said).split()), "boots": None}


if __name__ == "__main__":
    with closed_network():
        found = asyncio.run(trouble(Release(sys.argv[1], sys.argv[2])))
    sys.stdout.write("\n" + json.dumps(found) + "\n")
    sys.stdout.flush()
    os._exit(0)  # the first releases leave worker threads behind that never end
