"""The provider data is refused without `passthrough_url`, even where the config has the URL."""
