"""Mutations for the checks of `vendor-headers`."""

from conformance.stack.mutations import SERVER, each, flips


@flips(
    each(
        "vendor-headers/header",
        "passed-on",
        (
            "anthropic-ratelimit-tokens-remaining-plain",
            "anthropic-ratelimit-tokens-remaining-refused",
            "anthropic-ratelimit-tokens-remaining-streamed",
            "openai-processing-ms-plain",
            "openai-processing-ms-refused",
            "openai-processing-ms-streamed",
            "request-id-plain",
            "request-id-refused",
            "request-id-streamed",
            "set-cookie-plain",
            "set-cookie-refused",
            "set-cookie-streamed",
            "x-ratelimit-remaining-requests-plain",
            "x-ratelimit-remaining-requests-refused",
            "x-ratelimit-remaining-requests-streamed",
            "x-request-id-plain",
            "x-request-id-refused",
            "x-request-id-streamed",
        ),
    )
)
def headers_are_passed_on(patch, stack):
    """The headers of the vendor's last answer are among those of the gateway's."""
    import httpx

    ask, app = httpx.AsyncClient.send, stack(f"{SERVER}:StackApp")
    seen: list[tuple[bytes, bytes]] = []
    answer = app.__call__

    async def sending(self, *args, **options):
        response = await ask(self, *args, **options)
        if response.request.url.host == "127.0.0.1":
            seen[:] = [pair for pair in response.headers.raw if not pair[0].startswith(b"con")]
        return response

    async def call(self, scope, receive, send):
        async def with_headers(message):
            if message["type"] == "http.response.start":
                message = message | {"headers": [*message["headers"], *seen]}
            await send(message)

        await answer(self, scope, receive, with_headers)

    patch.setattr(httpx.AsyncClient, "send", sending)
    patch.setattr(app, "__call__", call)
