"""A caller who lists the models with a key has it sent to the vendor of every provider."""
