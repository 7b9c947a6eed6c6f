"""A release: versions, what the built files hold, and what a README is outside the repository."""

from __future__ import annotations

import hashlib
import importlib
import re
import shutil
import sys
import tarfile
import zipfile
from importlib.metadata import metadata
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "docs"))

from release.build import build
from release.bump import NOTHING, bump, released, with_ranges
from release.contents import problems
from release.place import Place, map_prose, published_readme, read_place, relative_links
from release.project_file import project_of
from release.stage import FILES, version_of
from release.version_numbers import compatible_range, sort_key
from workspace import ROOT, Distribution, distributions

WORKSPACE = distributions()
NOWHERE = Place("", "{repository}/{path}")
SOMEWHERE = Place("https://git.example/team/chat", "{repository}/blob/v{version}/{path}")
each_distribution = pytest.mark.parametrize("distribution", WORKSPACE, ids=lambda each: each.name)


@each_distribution
def test_each_package_has_its_version_in_one_place(distribution: Distribution) -> None:
    assert "version" not in project_of(distribution)
    module = importlib.import_module(distribution.package)
    assert module.__version__ == version_of(distribution)
    assert metadata(distribution.name)["Version"] == version_of(distribution)


@each_distribution
def test_each_distribution_has_what_a_release_needs(distribution: Distribution) -> None:
    lacking = [name for name in FILES if not (distribution.folder / name).is_file()]
    assert not lacking
    assert (distribution.folder / "src" / distribution.package / "py.typed").is_file()
    license_text = (ROOT / "core" / "LICENSE").read_text()
    assert (distribution.folder / "LICENSE").read_text() == license_text
    assert "## [Unreleased]\n" in (distribution.folder / "CHANGELOG.md").read_text()


@each_distribution
def test_each_project_file_has_the_common_metadata(distribution: Distribution) -> None:
    project, core = project_of(distribution), project_of(WORKSPACE[0])
    common = {each for each in core["classifiers"] if not each.startswith("Framework")}
    assert common <= set(project["classifiers"])
    for field in ("license", "license-files", "requires-python", "readme", "dynamic"):
        assert project[field] == core[field], field
    assert project["description"].endswith(".")


def test_all_distributions_have_one_version_and_ask_for_it_of_each_other() -> None:
    assert len({version_of(each) for each in WORKSPACE}) == 1
    wanted = compatible_range(version_of(WORKSPACE[0]))
    names = {each.name for each in WORKSPACE}
    for distribution in WORKSPACE:
        project = project_of(distribution)
        extras = project.get("optional-dependencies", {}).values()
        for requirement in [*project["dependencies"], *(one for extra in extras for one in extra)]:
            name = re.match(r"[\w.-]+", requirement)
            if name and name[0] in names:
                assert requirement.partition("]")[2] or requirement == f"{name[0]}{wanted}"
                assert requirement.endswith(wanted)


@pytest.mark.parametrize("name", ["chat-completions", "chat-conformance"])
def test_the_same_sources_are_built_into_the_same_bytes(name: str, tmp_path: Path) -> None:
    chosen = [each for each in WORKSPACE if each.name == name]
    first, second = (
        [hashlib.sha256(path.read_bytes()).digest() for path in build(chosen, out, NOWHERE)]
        for out in (tmp_path / "first", tmp_path / "second")
    )
    assert len(first) == 2
    assert first == second
    assert not [problem for each in chosen for problem in problems(each, tmp_path / "first")]


def test_a_wheel_without_its_license_or_with_tests_is_reported(tmp_path: Path) -> None:
    [groq] = [each for each in WORKSPACE if each.name == "chat-groq"]
    wheel, sdist = build([groq], tmp_path / "out", NOWHERE)
    with zipfile.ZipFile(wheel) as archive:
        kept = {
            name: archive.read(name)
            for name in archive.namelist()
            if "LICENSE" not in name and "py.typed" not in name
        }
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, data in {**kept, "chat_groq/tests/test_it.py": b""}.items():
            archive.writestr(name, data)
    with tarfile.open(sdist, "w:gz"):
        pass
    found = problems(groq, tmp_path / "out")
    for sentence in (
        "wheel lacks chat_groq/py.typed",
        "wheel holds chat_groq/tests/test_it.py: tests belong into the sdist alone",
        f"wheel lacks chat_groq-{version_of(groq)}.dist-info/licenses/LICENSE",
        "sdist lacks CHANGELOG.md",
        "sdist lacks src/chat_groq/plugin.py",
    ):
        assert f"chat-groq: {sentence}" in found


def test_with_a_public_place_the_built_files_name_it(tmp_path: Path) -> None:
    [kit] = [each for each in WORKSPACE if each.name == "chat-conformance"]
    [wheel] = [path for path in build([kit], tmp_path, SOMEWHERE) if path.suffix == ".whl"]
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith("METADATA")]
        text = archive.read(name).decode()
    assert "Project-URL: Homepage, https://git.example/team/chat\n" in text
    changelog = f"blob/v{version_of(kit)}/packages/chat-conformance/CHANGELOG.md"
    assert f"Project-URL: Changelog, https://git.example/team/chat/{changelog}\n" in text
    assert not relative_links(text)


def test_without_a_public_place_a_link_becomes_the_path_of_its_file() -> None:
    text = "See [the laws](../../docs/laws.md#x), [us](https://a.example) and [here](#keys).\n"
    assert published_readme(text, "packages/chat-x", "1.0.0", NOWHERE) == (
        "See the laws (`docs/laws.md`), [us](https://a.example) and [here](#keys).\n"
    )
    assert published_readme(text, "packages/chat-x", "1.0.0", SOMEWHERE).startswith(
        "See [the laws](https://git.example/team/chat/blob/v1.0.0/docs/laws.md#x)"
    )


def test_links_in_code_are_code() -> None:
    code = "```python\nfound[0](docs/x)\n```\n"
    assert published_readme(code, "core", "1.0.0", NOWHERE) == code
    assert map_prose(f"a\n{code}a\n", lambda line: line.upper()) == f"A\n{code}A\n"


def test_the_public_place_is_one_that_exists_or_none() -> None:
    place = read_place()
    assert not place.repository or place.repository.startswith("https://")
    assert {"{repository}", "{version}", "{path}"} <= set(re.findall(r"\{\w+\}", place.files))


@pytest.mark.parametrize(
    "readme", [ROOT / "README.md", *(each.folder / "README.md" for each in WORKSPACE)], ids=str
)
def test_each_link_of_a_readme_leads_to_a_file(readme: Path) -> None:
    links = relative_links(readme.read_text(encoding="utf-8"))
    assert [link for link in links if not (readme.parent / link).exists()] == []


@pytest.mark.parametrize(
    ("version", "expected"),
    [("0.1.0", ">=0.1.0,<0.2"), ("0.9.3rc1", ">=0.9.3rc1,<0.10"), ("2.4.1", ">=2.4.1,<3")],
)
def test_a_range_ends_where_the_next_version_may_break(version: str, expected: str) -> None:
    assert compatible_range(version) == expected


def test_a_release_candidate_comes_before_its_release() -> None:
    versions = ["1.0.0", "0.2.0", "0.10.0", "0.2.0rc1", "0.1.0", "0.2.0b1", "0.2.0a2"]
    ordered = ["0.1.0", "0.2.0a2", "0.2.0b1", "0.2.0rc1", "0.2.0", "0.10.0", "1.0.0"]
    assert sorted(versions, key=sort_key) == ordered


@pytest.mark.parametrize("version", ["", "1", "0.2", "v0.2.0", "0.2.0.1", "01.0.0", "0.2.0-rc1"])
def test_a_malformed_version_is_refused_with_an_example(version: str) -> None:
    with pytest.raises(ValueError, match=r"is no version; write 1\.2\.3"):
        sort_key(version)


def test_requirements_of_ours_get_the_new_range_and_others_keep_theirs() -> None:
    project = '"chat-core[aiohttp]>=0.1.0,<0.2", "chat-core-x>=1,<2", "chat-core; x", "groq>=1.0"'
    assert with_ranges(project, "0.2.0", ["chat-core"]) == (
        '"chat-core[aiohttp]>=0.2.0,<0.3", "chat-core-x>=1,<2", "chat-core; x", "groq>=1.0"'
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of core and two packages, as a workspace of its own."""
    names = ["core", "packages/chat-completions", "packages/chat-groq"]
    for name in names:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("tests"))
    return tmp_path


def test_one_command_changes_every_version_range_and_changelog(copy: Path) -> None:
    changed = bump("7.1.0", root=copy)
    assert len(changed) == 8  # core requires none of ours
    for distribution in distributions(copy):
        assert version_of(distribution) == "7.1.0"
        changelog = (distribution.folder / "CHANGELOG.md").read_text()
        assert re.search(r"## \[Unreleased\]\n\n## \[7\.1\.0\] - \d{4}-\d\d-\d\d\n\n", changelog)
    project = (copy / "packages/chat-groq/pyproject.toml").read_text()
    assert '"chat-core>=7.1.0,<8"' in project
    assert '"chat-completions>=7.1.0,<8"' in project


def test_nothing_is_written_where_one_distribution_cannot_be_bumped(copy: Path) -> None:
    (copy / "packages/chat-groq/CHANGELOG.md").write_text("# Changelog\n")
    with pytest.raises(LookupError, match="has no heading '## \\[Unreleased\\]'"):
        bump("7.1.0", root=copy)
    assert "7.1.0" not in {version_of(each) for each in distributions(copy)}


def test_an_older_or_equal_version_is_refused(copy: Path) -> None:
    with pytest.raises(ValueError, match=r"chat-core has version .* is not newer"):
        bump(version_of(WORKSPACE[0]), root=copy)


def test_a_distribution_without_changes_says_so(tmp_path: Path) -> None:
    text = released("# Changelog\n\n## [Unreleased]\n\n## [0.1.0]\n\nFirst.\n", "0.2.0", tmp_path)
    assert NOTHING in text
    assert text.endswith("\n\n## [0.1.0]\n\nFirst.\n")
