"""Mutations for the checks of `errors-freeze`."""

from conformance.stack.mutations import flips_server


@flips_server(
    {
        "errors-freeze/wrong-key": "with-locals",
        "errors-freeze/without-a-key": "with-locals",
        "errors-freeze/unknown-field": "with-locals",
        "errors-freeze/json-format": "with-locals",
        "errors-freeze/json-format-and-log-file": "with-locals",
    }
)
def tracebacks_show_locals(patch, stack):
    """The console draws the local variables of each call."""
    handler = stack("log").RichHandler
    original = handler.__init__

    def init(self, *arguments, **named):
        original(self, *arguments, **{**named, "tracebacks_show_locals": True})

    patch.setattr(handler, "__init__", init)


@flips_server({"errors-freeze/level-critical": "drawn"})
def levels_are_not_read(patch, stack):
    """`LOGGING` is read by nobody."""
    patch.setattr(stack("log"), "parse_environment_config", lambda _: {})
