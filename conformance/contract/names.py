"""The names of all deviations, each with the sentence that explains it as an outcome."""

from __future__ import annotations

from typing import Final

_MISSING: Final = {
    "id": "an id is absent, empty, or no string",
    "object": "`object` is absent, or another than the answer's kind",
    "created": "`created` is absent, or no integer",
    "model": "`model` is absent, empty, or no string",
    "owned-by": "`owned_by` is absent, or no string",
    "choices": "`choices` is absent or empty, no list, or a list of anything but objects",
    "data": "`data` is absent, no list of objects, or of another length than was asked for",
    "index": "an `index` is absent, or not the item's place",
    "message": "a choice has no message",
    "delta": "a choice of a chunk has no delta",
    "role": "`role` is absent, or another than `assistant`",
    "content": "the words are no string, or absent though nothing is called or refused",
    "refusal": "`refusal` is neither text nor null",
    "text": "the text of a legacy completion is no string",
    "finish-reason": "the finish reason is absent, unknown, repeated, or of another kind of end",
    "usage": "the usage is absent, or a number of it is no integer",
    "usage-sum": "the total of the usage is not the sum of its parts",
    "embedding": "a vector is not in the form that was asked for",
    "list-object": "the list calls itself something else than a list",
    "no-list-object": "the list has no `object`",
    "id-twice": "one identifier is listed twice",
}
_TRANSPORT: Final = {
    "content-type": "`Content-Type` is not that of the body",
    "charset": "`Content-Type` names a charset other than UTF-8",
    "status": "a success has a status other than 200",
    "not-json": "the body is no JSON",
    "no-object": "the body is JSON, and no object",
    "event-not-json": "an event is no JSON object",
    "event-not-ended": "the last event is not ended by an empty line",
    "line-of-no-field": "a line of the stream is no field of an event",
    "error-event": "an error is sent inside a stream",
    "no-done": "no event is `[DONE]`",
    "after-done": "another event follows `[DONE]`",
    "changing-id": "chunks of one stream have different ids",
    "changing-created": "chunks of one stream have different times",
    "changing-model": "chunks of one stream name different models",
}
_CALLS: Final = {
    "tool-calls": "`tool_calls` is no list of objects",
    "tool-call-id": "the id of a call is absent, empty, or that of another",
    "tool-call-type": "the type of a call is absent, or another than `function`",
    "tool-call-index": "the index of a call's fragment is absent, or skips one",
    "tool-call-function": "a call has no function",
    "tool-call-name": "the function of a call has no name",
    "tool-call-arguments": "the arguments of a call are no text of a JSON object",
    "tool-call-null": "a later fragment of a call sends null for what an earlier one has sent",
    "finish-reason-of-calls": "an answer with calls ends with `stop`",
    "explicit-null": "a field is null whose description allows no null",
    "absent-field": "a field is absent that the description requires, if only as null",
    "usage-chunk": "the usage is not in a last chunk without choices",
    "usage-unasked": "a stream has a field `usage` that was not asked for",
}
_ERRORS: Final = {
    "error-status": "an error has a status other than 4xx and 5xx",
    "error-not-json": "an error is no JSON",
    "error-in-list": "the error is in a list",
    "error-no-object": "the error is neither an object nor text",
    "error-as-text": "`error` is text",
    "bare-detail": "the answer is a bare `detail`",
    "error-detail": "the error has a `detail` in place of message and type",
    "no-error": "the answer has no `error`",
    "error-message": "the error has no message",
    "error-type": "the error has no type",
    "error-code": "the code of an error is neither text nor null",
    "error-param": "the parameter of an error is neither text nor null",
    "no-error-code": "the error has no field `code`",
    "no-error-param": "the error has no field `param`",
}
# Beside the vendor's answer to the same request.
_ALTERED: Final = {
    "changed": "a value is another than the vendor sent",
    "dropped": "a field that the vendor sent is missing",
    "dropped-null": "a field that the vendor sent as null is missing",
    "added": "a field has a value that the vendor did not send",
    "added-null": "a field is null that the vendor did not send",
    "model-as-asked": "`model` is what the caller asked for, not what the vendor says",
    "other-status": "the status is another than the vendor's",
    "other-number-of-chunks": "the stream has more chunks, or fewer, than the vendor's",
}
SENTENCES: Final = {**_MISSING, **_TRANSPORT, **_CALLS, **_ERRORS, **_ALTERED}
