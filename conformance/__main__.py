"""`python -m conformance` is the command `llama-conformance`."""

from conformance.commands.main import main

main()
