"""What mutations of the way a config is read have in common."""


def before_parsing(patch, stack, change):
    """Let the stack apply `change` to the mapping it has read, before it looks at its keys."""
    server = stack("core.server.server")
    original = server.cast_distro_name_to_string

    def changed(config):
        change(config)
        return original(config)

    patch.setattr(server, "cast_distro_name_to_string", changed)


def keys(value, parent=""):
    """Yield every key of a config with the name of what holds it; a list lends its own name."""
    for item in value if isinstance(value, list) else ():
        yield from keys(item, parent)
    for key, inner in value.items() if isinstance(value, dict) else ():
        yield parent, key
        yield from keys(inner, key)
