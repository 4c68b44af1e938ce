"""Mutations for the checks of `misspelt-keys`."""

from conformance.stack.mutations import before_parsing, flips

RIGHT = {
    "inferencq": "inference",
    "provider_iq": "provider_id",
    "model_iq": "model_id",
    "db_patq": "db_path",
    "namespacq": "namespace",
}


@flips(
    {
        "misspelt-keys/required-api": "boots",
        "misspelt-keys/required-provider-id": "boots",
        "misspelt-keys/required-model-id": "boots",
        "misspelt-keys/required-db-path": "boots",
        "misspelt-keys/required-namespace": "boots",
    }
)
def misspelt_keys_are_guessed(patch, stack):
    """The stack takes a misspelt key for the one that is meant."""

    def guess(value):
        for item in value if isinstance(value, list) else ():
            guess(item)
        if isinstance(value, dict):
            for key in list(value):
                guess(value[key])
                value[RIGHT.get(key, key)] = value.pop(key)

    before_parsing(patch, stack, guess)
