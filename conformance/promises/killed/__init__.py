"""A gateway that is killed starts again, with all that it had shown as stored."""
