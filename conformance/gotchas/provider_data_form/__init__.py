"""Provider data of an unexpected form is taken, dropped, or fatal, and rarely explained."""
