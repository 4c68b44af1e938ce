"""Mutations for the checks of `telemetry-removed`."""

from conformance.stack.mutations import before_parsing, flips


@flips(
    {
        "telemetry-removed/under-apis": "boots",
        "telemetry-removed/under-providers": "boots",
        "telemetry-removed/both": "boots",
        "telemetry-removed/advice-of-the-error": "boots",
    }
)
def telemetry_is_skipped(patch, stack):
    """The stack leaves out an API it does not have any more."""

    def skip(config):
        config["apis"] = [name for name in config["apis"] if name != "telemetry"]
        config["providers"].pop("telemetry", None)

    before_parsing(patch, stack, skip)


@flips({"telemetry-removed/left-out": "boot-fails"})
def telemetry_is_required(patch, stack):
    """A gateway that asks a vendor needs a telemetry provider."""

    def require(config):
        providers = config["providers"]
        if providers["inference"] and "telemetry" not in providers:
            raise RuntimeError("no provider for telemetry")

    before_parsing(patch, stack, require)


@flips({"telemetry-removed/section-at-the-top": "mentioned"})
def telemetry_section_is_warned_of(patch, stack):
    """The stack says that it ignores the section."""
    logger = stack("core.server.server:logger")

    def warn(config):
        if "telemetry" in config:
            logger.warning("`telemetry` is ignored")

    before_parsing(patch, stack, warn)
