"""Mutations for the checks of `command-flags`."""

import sys

from conformance.stack.mutations import each, flips

STACK_RUN = "cli.stack.run:StackRun"


@flips(
    each("command-flags/flag", "starts", ("image-type", "image-name", "env", "config", "insecure"))
)
def the_command_takes_every_flag(patch, stack):
    """The command knows the flags of all releases."""
    command = stack(STACK_RUN)
    original, original_run = command._add_arguments, command._run_stack_run_cmd

    def add(self):
        original(self)
        for name in ("--image-type", "--image-name", "--env"):
            self.parser.add_argument(name)
        self.parser.add_argument("--config", dest="file")
        self.parser.add_argument("--insecure", action="store_true")

    def run(self, args):
        args.config = args.config or args.file
        original_run(self, args)

    patch.setattr(command, "_add_arguments", add)
    patch.setattr(command, "_run_stack_run_cmd", run)


@flips({"command-flags/port-alone": "refused"})
def the_command_takes_no_port(patch, stack):
    """A command line with a port is none."""
    command = stack(STACK_RUN)

    def run(self, *_):
        self.parser.error("unrecognized arguments: --port")

    patch.setattr(command, "_uvicorn_run", run)


@flips({"command-flags/without-stack": "starts"})
def the_command_is_called_run(patch, stack):
    """The first word may be left out."""
    parser = stack("cli.llama:LlamaCLIParser")
    patch.setattr(
        parser, "parse_args", lambda self: self.parser.parse_args(["stack", *sys.argv[1:]])
    )
