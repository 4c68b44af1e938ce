"""The command `llama-conformance crosscheck`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from conformance.commands.failing import WRONG, fail


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("name", metavar="RELEASE")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--env-file", type=click.Path(path_type=Path), help="Variables of the configs.")
def crosscheck(name: str, paths: tuple[str, ...], env_file: Path | None) -> None:
    """Have RELEASE itself start configs, and compare that with what `diagnose` says.

    The release's own code reads, validates and starts each config in an environment of its own,
    which is made if need be. Providers are stubs, databases are temporary files, nothing can
    connect. A variable without a value gets a made-up one. Without PATH the distributions that the
    release ships are taken.

    Exit status: 0 both agree, 1 they do not, 2 nothing could be compared.
    """
    from conformance.diagnose.files.surroundings import EnvFileError  # noqa: PLC0415 - rarely asked
    from conformance.releases.crosscheck import CrosscheckError  # noqa: PLC0415 - as above
    from conformance.releases.environments import EnvironmentsError  # noqa: PLC0415 - as above

    try:
        tally = _compared(name, paths, env_file)
    except (CrosscheckError, EnvironmentsError, EnvFileError, LookupError) as error:
        fail(str(error.args[0] if isinstance(error, LookupError) else error), WRONG)
    for text in tally.disagreements:
        click.echo(text)
    click.echo(f"{name}: {tally}")
    sys.exit(bool(tally.disagreements))


def _compared(name: str, paths: tuple[str, ...], env_file: Path | None) -> Any:
    from conformance.diagnose.files import surroundings  # noqa: PLC0415 - as above
    from conformance.releases import crosscheck as checking  # noqa: PLC0415 - as above
    from conformance.releases import shipped  # noqa: PLC0415 - as above

    release = shipped.named(name)
    python = shipped.python(release)
    configs = _configs(paths or shipped.files(python))
    if not configs:
        raise LookupError(f"no config in {', '.join(paths)}")
    environ = checking.placeholders(map(str, configs.values()))
    environ |= {} if env_file is None else surroundings.env_file(env_file)
    return checking.compared(release, python, configs, environ)


def _configs(paths: Any) -> dict[str, Any]:
    """Return the configs in files, in whatever form, by their names."""
    from conformance.diagnose.files import reading  # noqa: PLC0415 - as above

    found = reading.read([str(path) for path in paths]).configs
    return {f"{each.file}{f' ({each.name})' if each.name else ''}": each.data for each in found}
