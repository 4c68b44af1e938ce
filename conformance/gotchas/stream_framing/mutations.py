"""Mutations for the checks of `stream-framing`."""

from conformance.stack.mutations import PASSTHROUGH, each, flips, statuses


@flips(
    each(
        "stream-framing/framed",
        "words-missing",
        (
            "after-done",
            "at-once",
            "blank-lines",
            "bytes",
            "comments",
            "comments-in-frames",
            "cr",
            "crlf",
            "crlf-cut",
            "data-on-many-lines",
            "event-done",
            "event-names",
            "frames",
            "ids-and-retry",
            "no-done",
            "no-last-line-break",
            "no-space",
            "pings",
        ),
    )
    | each("stream-framing/type", "words-missing", ("charset", "json", "none", "text"))
)
def the_last_word_is_lost(patch, stack):
    """A stream ends before its last chunk."""
    original = stack(PASSTHROUGH).wrap_async_stream

    async def cut(stream):
        before = None
        async for chunk in original(stream):
            if before is not None:
                yield before
            before = chunk

    patch.setattr(stack(PASSTHROUGH), "wrap_async_stream", cut)


@flips(
    each(
        "stream-framing/framed",
        "refused",
        ("byte-order-mark", "empty-data", "no-json", "not-ended"),
    )
)
def streams_have_the_status_of_an_error(patch, stack):
    """What was to be a stream is a 502."""
    statuses(patch, stack, lambda status: 502 if status == 200 else status)


@flips({"stream-framing/pieces": "held-back"})
def streams_are_collected(patch, stack):
    """A stream begins when the vendor has ended it."""
    original = stack(PASSTHROUGH).wrap_async_stream

    async def collected(stream):
        for chunk in [chunk async for chunk in original(stream)]:
            yield chunk

    patch.setattr(stack(PASSTHROUGH), "wrap_async_stream", collected)


@flips(
    each(
        "stream-framing/broken",
        "again",
        ("closed-after-a-piece", "closed-in-a-piece", "error-after-a-piece", "reset-after-a-piece"),
    )
)
def every_chat_is_asked_twice(patch, stack):
    """The vendor is asked once more than the caller asks."""
    adapter = stack(PASSTHROUGH).PassthroughInferenceAdapter
    original = adapter.openai_chat_completion

    async def twice(self, params):
        await original(self, params)
        return await original(self, params)

    patch.setattr(adapter, "openai_chat_completion", twice)
