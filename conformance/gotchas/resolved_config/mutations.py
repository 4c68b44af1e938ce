"""Mutations for the checks of `resolved-config`."""

import os
import tempfile
from pathlib import Path

from conformance.stack.mutations import flips_server

COMMAND = "cli.stack.run:StackRun"


@flips_server(
    {
        "resolved-config/while-it-runs": "for-all",
        "resolved-config/after-sigterm": "for-all",
    }
)
def the_command_keeps_the_config(patch, stack):
    """The command writes the config, its variables replaced, to a file for all."""
    original = stack(COMMAND)._uvicorn_run

    def run(self, config_file, args):
        text = config_file.read_text().replace(
            "${env.OWN_VENDOR_KEY}", os.environ["OWN_VENDOR_KEY"]
        )
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", delete=False) as file:
            file.write(text)
        Path(file.name).chmod(0o644)
        original(self, config_file, args)

    patch.setattr(stack(COMMAND), "_uvicorn_run", run)
