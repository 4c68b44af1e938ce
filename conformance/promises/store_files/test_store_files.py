"""The gateway creates its stores where the config says, and writes nowhere else."""

import pytest

from conformance.core.model import Claim, Promise, outcomes

PROMISE = Promise(
    slug="store-files",
    requires="The gateway MUST create its SQLite files at the configured `db_path`s, directories "
    "included, and MUST NOT write a file anywhere else in its home or working directory.",
    instead="write both `db_path`s with `${env.HOME}`; keep both backends",
    documented="seed: How `run.yaml` is structured, 3",
    bites=frozenset({"missing", "others-too"}),
    claims=(
        Claim(
            says="SQLite databases for the model registry and inference state get auto-created "
            "under `~/.llama/distributions/lls-openai/`.",
            section="How `run.yaml` is structured, 3",
            check="after-boot",
            confirmed=frozenset({"as-configured"}),
        ),
    ),
    decided_by=(
        "core.storage.kvstore.sqlite.sqlite:SqliteKVStoreImpl.initialize",
        "core.storage.sqlstore.sqlalchemy_sqlstore:SqlAlchemySqlStoreImpl",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough")

RESULTS = {
    "as_configured": "the two configured files exist, and no other",
    "others_too": "there are other files besides",
    "missing": "a configured file does not exist",
    "boot_fails": "the stack does not boot",
}


def outcome(home, subject):
    """Compare the files below home and working directory with the configured ones."""
    files = (file for file in home.parent.rglob("*") if file.is_file())
    found = {
        str(file.relative_to(home.parent))
        .partition("-journal")[0]
        .removesuffix("-wal")
        .removesuffix("-shm")
        for file in files
        if file.parent != home.parent  # the config it boots from
    }
    stores = subject.stores(home, home.parent / "work")
    wanted = {str(store.relative_to(home.parent)) for store in stores}
    verdict = "as-configured" if found == wanted else "others-too"
    return ("missing" if wanted - found else verdict), sorted(found)


@pytest.mark.for_config(any_provider=True)
@pytest.mark.without_auth
@outcomes(**RESULTS)
async def test_after_boot(boot, observed, config, home, subject):
    """Boot in an empty home, and look at what is there."""
    async with boot(config) as run:
        await run.stored_chats()
        observed(*(("boot-fails", run.failure) if run.failure else outcome(home, subject)))


@pytest.mark.for_config
@pytest.mark.without_auth
@pytest.mark.scenario("chat")
@outcomes(**RESULTS)
async def test_after_traffic(boot, observed, config, home, subject, provider_data, route):
    """Boot, chat plainly and streamed, fail, shut down, and look at what is there."""
    async with boot(config) as run:
        if not run.failure:
            await run.gateway.chat(route.model, data=provider_data(route))
            await run.gateway.chat(route.model, data=provider_data(route), stream=True)
            await run.gateway.chat(route.model)
    observed(*(("boot-fails", run.failure) if run.failure else outcome(home, subject)))
