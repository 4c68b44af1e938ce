"""`python -m conformance` is the command `llama-conformance`."""

from conformance.cli import main

main()
