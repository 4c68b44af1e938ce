"""Mutations for the checks of `answer-fields`."""

from conformance.stack.altered_answers import alter, in_objects
from conformance.stack.mutations import each, flips


def without_nulls(value):
    """Return a JSON value without the fields of its objects that are null."""
    if isinstance(value, list):
        return [without_nulls(each) for each in value]
    if isinstance(value, dict):
        return {name: without_nulls(each) for name, each in value.items() if each is not None}
    return value


@flips(
    each(
        "answer-fields/field",
        "passed-on",
        (
            "openai-annotations-plain",
            "openai-audio-plain",
            "openai-logprobs-alone-plain",
            "openai-logprobs-alone-streamed",
        ),
    )
    | each(
        "answer-fields/field",
        "dropped",
        (
            "openai-logprobs-empty-plain",
            "openai-logprobs-empty-streamed",
            "openai-logprobs-plain",
            "openai-logprobs-streamed",
            "openai-no-calls-plain",
            "openai-unknown-plain",
            "openai-unknown-streamed",
        ),
    )
    | each(
        "answer-fields/usage",
        "passed-on",
        (
            "anthropic-asked",
            "anthropic-not-asked",
            "gemini-asked",
            "gemini-not-asked",
            "openai-not-asked",
        ),
    )
    | {"answer-fields/usage-openai-asked": "dropped"}
    | each(
        "answer-fields/whole",
        "passed-on",
        (
            "anthropic-after-result-plain",
            "anthropic-after-result-streamed",
            "anthropic-call-plain",
            "anthropic-call-streamed",
            "anthropic-calls-plain",
            "anthropic-calls-streamed",
            "anthropic-length-plain",
            "anthropic-length-streamed",
            "anthropic-structured-plain",
            "anthropic-structured-streamed",
            "anthropic-two-choices-plain",
            "anthropic-two-choices-streamed",
            "anthropic-words-plain",
            "anthropic-words-streamed",
            "gemini-after-result-plain",
            "gemini-after-result-streamed",
            "gemini-call-plain",
            "gemini-call-streamed",
            "gemini-calls-plain",
            "gemini-calls-streamed",
            "gemini-length-plain",
            "gemini-length-streamed",
            "gemini-structured-plain",
            "gemini-structured-streamed",
            "gemini-two-choices-plain",
            "gemini-two-choices-streamed",
            "gemini-words-plain",
            "gemini-words-streamed",
        ),
    )
    | each(
        "answer-fields/whole",
        "dropped",
        (
            "openai-after-result-plain",
            "openai-after-result-streamed",
            "openai-call-plain",
            "openai-call-streamed",
            "openai-calls-plain",
            "openai-calls-streamed",
            "openai-length-plain",
            "openai-length-streamed",
            "openai-structured-plain",
            "openai-structured-streamed",
            "openai-two-choices-plain",
            "openai-two-choices-streamed",
            "openai-words-plain",
            "openai-words-streamed",
        ),
    )
)
def nulls_are_left_out(patch, stack):
    """Answers have no field that is null."""

    def bare(body, _place):
        slim = without_nulls(body)
        body.clear()
        body.update(slim)

    alter(patch, stack, in_objects(bare))


@flips(
    each(
        "answer-fields/field",
        "rewritten",
        (
            "anthropic-finish-length-plain",
            "anthropic-finish-length-streamed",
            "anthropic-reasoning-content-plain",
            "anthropic-reasoning-content-streamed",
            "anthropic-service-tier-plain",
            "anthropic-service-tier-streamed",
            "anthropic-unknown-plain",
            "anthropic-unknown-streamed",
            "gemini-call-extra-content-plain",
            "gemini-call-extra-content-streamed",
            "gemini-extra-content-plain",
            "gemini-extra-content-streamed",
            "gemini-finish-content-filter-plain",
            "gemini-finish-content-filter-streamed",
            "gemini-finish-length-plain",
            "gemini-finish-length-streamed",
            "gemini-finish-unknown-plain",
            "gemini-finish-unknown-streamed",
            "gemini-unknown-plain",
            "gemini-unknown-streamed",
            "openai-annotations-streamed",
            "openai-audio-streamed",
            "openai-citations-plain",
            "openai-citations-streamed",
            "openai-finish-content-filter-plain",
            "openai-finish-content-filter-streamed",
            "openai-finish-length-plain",
            "openai-finish-length-streamed",
            "openai-reasoning-content-plain",
            "openai-reasoning-content-streamed",
            "openai-refusal-plain",
            "openai-refusal-streamed",
            "openai-service-tier-plain",
            "openai-service-tier-streamed",
            "openai-service-tier-unknown-plain",
            "openai-service-tier-unknown-streamed",
            "openai-system-fingerprint-plain",
            "openai-system-fingerprint-streamed",
            "openai-unknown-in-choice-plain",
            "openai-unknown-in-choice-streamed",
            "openai-unknown-in-message-plain",
            "openai-unknown-in-message-streamed",
            "openai-usage-unknown-plain",
            "openai-usage-unknown-streamed",
        ),
    )
)
def values_are_changed(patch, stack):
    """Every value of an answer is another than the vendor sent."""

    def changed(value):
        if isinstance(value, list):
            return [changed(each) for each in value]
        if isinstance(value, dict):
            return {name: changed(each) for name, each in value.items()}
        return value if value is None else f"changed {value}"

    def change(body, _place):
        for name in body.keys() - {"model"}:
            body[name] = changed(body[name])

    alter(patch, stack, in_objects(change))


@flips(
    {
        "answer-fields/field-openai-no-calls-streamed": "rewritten",
        "answer-fields/field-openai-filter-results-plain": "rewritten",
        "answer-fields/field-openai-filter-results-streamed": "rewritten",
    }
)
def nothing_is_empty(patch, stack):
    """What is null or empty in an answer is 0."""

    def filled(value):
        if isinstance(value, list) and value:
            return [filled(each) for each in value]
        if isinstance(value, dict) and value:
            return {name: filled(each) for name, each in value.items()}
        return value or 0

    def change(body, _place):
        for name in body.keys() - {"model", "choices"}:
            body[name] = filled(body[name])
        body["choices"] = [filled(each) for each in body.get("choices", ())]

    alter(patch, stack, in_objects(change))
