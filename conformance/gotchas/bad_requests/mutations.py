"""Mutations for the checks of `bad-requests`."""

from conformance.stack.mutations import each, find_no_model, flips, statuses

REFUSED = (
    *("nothing", "null", "array", "number", "cut-off", "no-utf-8", "lone-surrogate"),
    *("lone-surrogate-in-model", "nan", "infinity", "huge-number", "deep-array"),
    *("deep-extra-body", "model-number", "no-model", "model-empty", "model-slash", "no-messages"),
    *("messages-text", "messages-empty", "message-number", "role-unknown", "content-number"),
    *("content-missing", "stream-text", "temperature-text", "tools-text"),
    *("response-format-text", "extra-headers-array", "extra-headers-letter"),
)
FAILING = (
    *("extra-headers-number", "extra-headers-blank", "extra-headers-line-break"),
    *("extra-query-text", "extra-body-text", "timeout-text", "timeout-negative", "self"),
)
FORWARDED = "byte-order-mark", "nul", "model-twice"
REFUSED_HEADERS = (
    *("nan", "key-number", "key-object", "key-letter", "bytes", "field-with-blank", "self"),
)
FAILING_HEADERS = "deep", "key-line-break"
REFUSED_CODINGS = "gzip", "zstd", "cut-off-zstd", "zstd-of-a-gigabyte"
FORWARDED_CODINGS = "no-gzip", "no-zstd"
MISTAKES = "messages-empty", "messages-text", "role-unknown", "stream-text"


@flips(
    each("bad-requests/body", "server-error", REFUSED)
    | each("bad-requests/header", "server-error", REFUSED_HEADERS)
    | each("bad-requests/mistake", "server-error", MISTAKES)
    | each("bad-requests/coded", "server-error", REFUSED_CODINGS)
)
def mistakes_are_the_servers(patch, stack):
    """What is wrong with a request is called an error of the server."""
    statuses(patch, stack, lambda status: 500 if 400 <= status < 500 else status)


@flips(
    each("bad-requests/body", "refused", FAILING)
    | each("bad-requests/header", "refused", FAILING_HEADERS)
)
def failures_are_the_callers(patch, stack):
    """What the server fails at is called a mistake of the caller."""
    statuses(patch, stack, lambda status: min(status, 400))


@flips(
    each("bad-requests/body", "refused", FORWARDED)
    | each("bad-requests/coded", "refused", FORWARDED_CODINGS)
)
def no_model_is_found(patch, stack):
    """A chat ends before it reaches a provider."""
    find_no_model(patch, stack)
