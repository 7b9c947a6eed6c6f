"""Check who may import whom, with import-linter.

The contracts below hold for every distribution of the workspace. What belongs to one distribution
(which SDK it is built on, what its plugin modules are called) is read from its own project file,
so a new provider is under contract from its first day.

Imports inside functions count, imports under `TYPE_CHECKING` do not.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from importlinter.cli import lint_imports
from workspace import Distribution, distributions

# Whatever opens a connection: vendors' SDKs (google covers google.genai and google.auth) and HTTP
# clients.
NETWORK_LIBRARIES = (
    "aiohttp anthropic boto3 botocore fireworks google groq httpcore httpcore2 httpx httpx2 "
    "mistralai ollama openai requests urllib3 websockets"
).split()

# What makes the same input give another output, or wait: not in a codec. (urllib is not here
# because urllib.parse is pure, and packages outside the workspace are seen as a whole.)
IMPURE_MODULES = (
    "asyncio concurrent datetime http multiprocessing os pathlib random secrets selectors socket "
    "ssl subprocess tempfile threading time"
).split()

# The files of a provider that touch its SDK or an HTTP client: the client moves the bytes. Where
# the SDK also obtains credentials, or its types check what a user passes, that is a file too.
DOORS = ("client", "credentials", "sdk_types")

# The files of a provider that know there is a connection, by the last word of their names. All
# others (encode, decode, errors …) are its codec.
CONNECTED = ("__init__", *DOORS, "model", "plugin")

# The one declared edge from a provider to another: Vertex AI speaks Gemini's wire.
PROVIDER_EDGES = {"chat_google_vertexai": "chat_google_genai"}

# The floors of core, top to bottom: each imports only what stands below. ` | ` stands between
# siblings that do not import each other, ` : ` between those that may; brackets allow absence.
FLOORS = [
    "(provider)",
    "(registry) : (observers) : (offline)",
    "(testing) : (hookspecs)",
    "(models) : (event_json)",
    "(tools) | (wire) | (chains)",
    "(rate_limits) | (runnables)",
    "(messages) | (runs) | (retry)",
    "(arguments)",
    "(errors) | (concurrency) | (json_text) | (lazy_names) | (built_for) | (validation_text)"
    " | (catalogue)",
    "(short_repr)",
]

# What of core other distributions import, beside the package itself.
CORE_DOORS = ("provider", "testing")

Contract = dict[str, str | bool | list[str]]


def core_stands_alone(core: Distribution, others: list[Distribution]) -> Contract:
    return {
        "name": "core imports no vendor, no HTTP client and no other distribution",
        "type": "forbidden",
        "source_modules": [core.package],
        "forbidden_modules": [*NETWORK_LIBRARIES, *(other.package for other in others)],
    }


def core_has_floors(core: Distribution) -> Contract:
    return {
        "name": "core's modules import only what stands on a floor below",
        "type": "layers",
        "containers": [core.package],
        "layers": FLOORS,
        "exhaustive": True,
    }


def core_has_one_door(core: Distribution, others: list[Distribution]) -> Contract:
    inner = {module.split(".")[1] for module in core.modules("*.py")} - {"__init__", *CORE_DOORS}
    return {
        "name": "core is imported through chat_core, chat_core.provider and chat_core.testing",
        "type": "forbidden",
        "source_modules": [other.package for other in others],
        "forbidden_modules": [f"{core.package}.{name}" for name in sorted(inner)],
        "allow_indirect_imports": True,
    }


def the_terminal_has_one_door(others: list[Distribution]) -> list[Contract]:
    """Nothing where there is no terminal."""
    found = [each for each in others if each.package == "chat_terminal"]
    if not found:
        return []
    inner = {module.split(".")[1] for module in found[0].modules("*.py")} - {"__init__", "command"}
    return [
        {
            "name": "a command of another package imports chat_terminal.command alone",
            "type": "forbidden",
            "source_modules": [each.package for each in others if each not in found],
            "forbidden_modules": [f"chat_terminal.{name}" for name in sorted(inner)],
            "allow_indirect_imports": True,
        }
    ]


def providers_are_independent(providers: list[Distribution]) -> Contract:
    names = [provider.package for provider in providers]
    edges = [
        f"{importer}.** -> {imported}{deeper}"
        for importer, imported in PROVIDER_EDGES.items()
        for deeper in ("", ".**")
    ]
    return {
        "name": "no provider imports another, except Vertex AI the Gemini API",
        "type": "independence",
        "modules": names,
        "ignore_imports": edges,
        "unmatched_ignore_imports_alerting": "none",
    }


def the_shared_know_no_provider(
    shared: list[Distribution], providers: list[Distribution]
) -> Contract:
    return {
        "name": "the shared wire format and the conformance kit know no provider",
        "type": "forbidden",
        "source_modules": [distribution.package for distribution in shared],
        "forbidden_modules": [provider.package for provider in providers],
    }


def the_client_is_the_only_door(provider: Distribution) -> Contract:
    own = [library for library in NETWORK_LIBRARIES if _declares(provider, library)]
    through_the_edge = [
        f"{provider.package}.** -> {imported}.**"
        for importer, imported in PROVIDER_EDGES.items()
        if importer == provider.package
    ]
    return {
        "name": f"only the client of {provider.name} touches {' and '.join(own) or 'a network'}",
        "type": "forbidden",
        "source_modules": [provider.package],
        "forbidden_modules": NETWORK_LIBRARIES,
        "ignore_imports": [
            f"{provider.package}.{door} -> {library}" for door in DOORS for library in own
        ]
        + through_the_edge,
        "unmatched_ignore_imports_alerting": "none",
    }


def codecs_are_pure(codecs: list[str]) -> Contract:
    return {
        "name": "codecs know no network, clock, file or chance",
        "type": "forbidden",
        "source_modules": codecs,
        "forbidden_modules": [*NETWORK_LIBRARIES, *IMPURE_MODULES],
        "allow_indirect_imports": True,
    }


def codecs_stay_off_the_connection(codecs: list[str], clients: list[str]) -> Contract:
    return {
        "name": "codecs do not import what moves the bytes, not even through others",
        "type": "forbidden",
        "source_modules": codecs,
        "forbidden_modules": clients,
    }


def plugins_are_light(plugins: list[str], clients: list[str]) -> Contract:
    return {
        "name": "a plugin module imports no SDK and no client",
        "type": "forbidden",
        "source_modules": plugins,
        "forbidden_modules": [*NETWORK_LIBRARIES, *clients],
        "allow_indirect_imports": True,
    }


def _declares(distribution: Distribution, library: str) -> bool:
    """Whether the distribution depends on what provides `library`: google-auth gives `google`."""
    return any(name.split("-")[0] == library for name in distribution.requires)


def contracts(workspace: list[Distribution]) -> list[Contract]:
    """Every contract that has something to hold for, given what the workspace has."""
    core, *others = workspace
    providers = [distribution for distribution in others if distribution.providers]
    shared = [distribution for distribution in others if not distribution.providers]
    # A distribution that providers build on is a wire format, and pure. The others (the kit, the
    # terminal, a cache, a budget) know clocks, files and threads.
    needed_by_providers = {name for provider in providers for name in provider.requires}
    wire_formats = [each.package for each in shared if each.name in needed_by_providers]
    codecs = wire_formats + [
        module
        for provider in providers
        for module in provider.modules("*.py")
        if not module.endswith(CONNECTED)
    ]
    clients = [module for provider in providers for module in provider.modules("client.py")]
    values = [value for provider in providers for value in provider.providers.values()]
    plugins = sorted({value.partition(":")[0] for value in values})  # without "module:object"
    every = [
        core_stands_alone(core, others),
        core_has_floors(core),
        core_has_one_door(core, others),
        *the_terminal_has_one_door(others),
        providers_are_independent(providers),
        the_shared_know_no_provider(shared, providers),
        *(the_client_is_the_only_door(provider) for provider in providers),
        codecs_are_pure(codecs),
        codecs_stay_off_the_connection(codecs, clients),
        plugins_are_light(plugins, clients),
    ]
    needed = ("modules", "source_modules", "forbidden_modules")
    return [one for one in every if all(one.get(field, True) for field in needed)]


def configuration(workspace: list[Distribution]) -> str:
    """The contracts as import-linter reads them: TOML, whose strings and lists are JSON's."""
    lines = [
        "[tool.importlinter]",
        f"root_packages = {json.dumps([distribution.package for distribution in workspace])}",
        "include_external_packages = true",
        "exclude_type_checking_imports = true",
    ]
    for contract in contracts(workspace):
        lines.append("[[tool.importlinter.contracts]]")
        lines += [f"{field} = {json.dumps(value)}" for field, value in contract.items()]
    return "\n".join(lines)


def main() -> int:
    """0 when every contract is kept, 1 otherwise."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "contracts.toml"
        path.write_text(configuration(distributions()))
        return lint_imports(config_filename=str(path), no_cache=True, no_logo=True)


if __name__ == "__main__":
    sys.exit(main())
