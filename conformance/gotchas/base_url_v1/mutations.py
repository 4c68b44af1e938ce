"""Mutations for the checks of `base-url-v1`."""

from conformance.stack.mutations import each, flips

PASSTHROUGH = "providers.remote.inference.passthrough.passthrough"


@flips(each("base-url-v1/path", "doubled", ("origin", "final-slash")))
def one_more_v1_is_appended(patch, stack):
    """The vendor is asked below `<base_url>/v1/v1`."""
    module = stack(PASSTHROUGH)
    original = module.AsyncOpenAI

    def made(*, base_url, **options):
        return original(base_url=f"{base_url}/v1", **options)

    patch.setattr(module, "AsyncOpenAI", made)
