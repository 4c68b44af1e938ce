"""Mutations for the checks of `vendor-statuses`."""

from conformance.stack.altered_answers import alter
from conformance.stack.mutations import blame_vendors, each, flips, statuses

SOME = "vendor-statuses/vendor-openai-429", "vendor-statuses/other-server-page-502"


@flips(dict.fromkeys(SOME, "ok-with-error"))
def every_error_has_the_status_of_success(patch, stack):
    """Whatever fails is a 200 whose body is an error."""
    statuses(patch, stack, lambda _: 200)


@flips(dict.fromkeys(SOME, "answered"))
def every_error_is_an_empty_answer(patch, stack):
    """Whatever fails is a 200 that says nothing."""
    statuses(patch, stack, lambda _: 200)
    alter(patch, stack, lambda _: "{}")


@flips(
    each("vendor-statuses/other", "neither", ("server-bare-404", "server-page-404"))
    | each("vendor-statuses/other", "status-alone", ("server-bare-502", "server-page-502"))
    | each(
        "vendor-statuses/vendor",
        "neither",
        (
            "anthropic-400",
            "anthropic-401",
            "anthropic-403",
            "anthropic-404",
            "anthropic-408",
            "anthropic-409",
            "anthropic-413",
            "anthropic-422",
            "anthropic-429",
            "anthropic-500",
            "anthropic-503",
            "anthropic-529",
            "gemini-400",
            "gemini-401",
            "gemini-403",
            "gemini-404",
            "gemini-408",
            "gemini-409",
            "gemini-413",
            "gemini-422",
            "gemini-429",
            "gemini-500",
            "gemini-503",
            "gemini-529",
            "openai-400",
            "openai-401",
            "openai-403",
            "openai-404",
            "openai-408",
            "openai-409",
            "openai-413",
            "openai-422",
            "openai-429",
            "openai-500",
            "openai-503",
            "openai-529",
        ),
    )
    | each("vendor-statuses/vendor", "status-alone", ("anthropic-502", "gemini-502", "openai-502"))
)
def every_error_is_a_bad_gateway(patch, stack):
    """Whatever fails is a 502 without a reason."""
    blame_vendors(patch, stack)
