"""The rules of the house, held by a machine: rooms, sizes, names, and imports that do nothing."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "wxlogin"
SOURCES = sorted(PACKAGE.rglob("*.py"))
LOCKS = [
    *sorted((ROOT / "requirements").glob("*.txt")),
    *sorted(ROOT.glob("*/package-lock.json")),
    *sorted(ROOT.glob("tests/integration/*/package-lock.json")),
    *sorted(ROOT.glob("benchmarks/peers/*/package-lock.json")),
    ROOT / "benchmarks" / "peers" / "requirements.txt",
    ROOT / "pyproject.toml",
    ROOT / "Makefile",
]

MOST_LINES_OF_A_FILE = 350
MOST_LINES_OF_A_FUNCTION = 50

EMPTY_MODULE_NAME = re.compile(r"(utils?|common|base|managers?|helpers?)", re.IGNORECASE)
EMPTY_CLASS_NAME = re.compile(r"_?(Base\w*|\w*(Utils?|Manager|Helper)|Common\w*)")
REGISTRY_ADDRESS = re.compile(
    r'(?<!no-emit-)index-url|find-links|"resolved"|https?://files\.|https?://[^\s"]+\.(whl|tgz|tar\.gz)'
)


def _name(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_the_arrows_between_rooms_hold():
    """Every contract of import-linter is kept."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr


def test_importing_does_nothing():
    """No module opens a socket, writes a file, or starts a thread or a process at import."""
    done = subprocess.run(
        [sys.executable, "-B", Path(__file__).with_name("import_everything.py")],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_the_domain_knows_the_standard_library_and_attrs():
    """Nothing else is imported in the domain, not even inside a function."""
    foreign = {
        f"{_name(path)}: {module}"
        for path in SOURCES
        if path.is_relative_to(PACKAGE / "domain")
        for module in _imported(path)
        if module.split(".")[0] not in {*sys.stdlib_module_names, "attrs"}
        and not module.startswith("wxlogin.domain")
    }

    assert foreign == set()


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_files_and_functions_can_be_read_in_one_go(path: Path):
    """A file has at most 350 lines, a function at most 50."""
    text = path.read_text(encoding="utf-8")
    long = [
        f"{node.name}: {lines} lines"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > MOST_LINES_OF_A_FUNCTION
    ]

    assert long == []
    assert len(text.splitlines()) <= MOST_LINES_OF_A_FILE


def test_no_name_says_nothing():
    """No module is called utils, common, base, manager or helper, and no class either."""
    modules = [
        _name(path)
        for path in SOURCES
        if any(
            EMPTY_MODULE_NAME.fullmatch(part)
            for part in path.relative_to(PACKAGE).with_suffix("").parts
        )
    ]
    classes = [
        f"{_name(path)}: {node.name}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and EMPTY_CLASS_NAME.fullmatch(node.name)
    ]

    assert (modules, classes) == ([], [])


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_lock_names_a_registry(path: Path):
    """Locks carry versions and hashes; where packages come from is the machine's business."""
    lines = path.read_text(encoding="utf-8").splitlines()

    assert [line.strip() for line in lines if REGISTRY_ADDRESS.search(line)] == []


@pytest.mark.parametrize("name", ["build.txt", "dev.txt", "run.txt"])
def test_every_locked_package_has_a_hash(name: str):
    """Each package comes with a hash, so pip refuses a file that was changed."""
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    packages = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE | re.IGNORECASE)[1:]

    assert packages
    assert [package.split()[0] for package in packages if "--hash=sha256:" not in package] == []
