"""The rules of the house that no linter knows. Each check is also shown a sample that breaks it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src/skypact"
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())

SHELL = {
    "cli",
    "__main__.py",
    "serve",
    "federate",
    "run",
    "record",
}  # these touch files, clocks, processes
NAMES_OF = {"ruamel": "ruamel.yaml"}  # import name -> distribution, where they differ
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES, MAX_KERNEL_LINES = 60, 100


def modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders or ("",) for path in (SOURCE / folder).rglob("*.py"))


def committed() -> list[str]:
    """Every file git has or would take (what it ignores is not the project's)."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Each imported module with its line, imports inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or "."


def called(node: ast.Call) -> str:
    """The called name, dotted: `open`, `np.load`, or only the last part where the rest is computed."""
    return ast.unparse(node.func)


# ------------------------------------------------------------------------------ what each check finds in a text


def foreign_to_kernels(text: str) -> list[str]:
    allowed = {"__future__", "collections.abc", "math", "numba", "numpy", "numpy.typing", "typing"}
    return [
        f"line {line}: imports {name}"
        for line, name in imports(ast.parse(text))
        if name not in allowed and not name.startswith("skypact.kernels")
    ]


def undeclared(text: str) -> list[str]:
    project = PYPROJECT["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    declared = {re.split(r"[\[<>=!~; ]", entry)[0].lower() for entries in lists for entry in entries}
    known = declared | sys.stdlib_module_names | {"skypact"}
    tops = {(line, name.split(".")[0]) for line, name in imports(ast.parse(text))}
    return [
        f"line {line}: imports {top}" for line, top in sorted(tops) if NAMES_OF.get(top, top) not in known
    ]


def world_touched(text: str) -> list[str]:
    """Ways to a file, a clock or a terminal that need no import which the import rules forbid."""
    tree = ast.parse(text)
    calls = re.compile(
        r"(open|input|print|exec|eval|breakpoint|__import__)"
        r"|(np|numpy)\.(load\w*|save\w*|fromfile|memmap|genfromtxt|random\..*)"
        r"|.*\.(read_text|read_bytes|write_text|write_bytes|tofile)"
        r"|(.*\.)?datetime\.(now|utcnow|today)"
    )
    modules_ = {"datetime", "glob", "importlib", "multiprocessing", "shutil", "sys", "tempfile", "threading"}
    found = [f"line {line}: imports {name}" for line, name in imports(tree) if name.split(".")[0] in modules_]
    found += [
        f"line {node.lineno}: calls {called(node)}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and calls.fullmatch(called(node))
    ]
    return found


def reason_for_size(docstring: str | None) -> bool:
    return any(line.strip().startswith("Size:") for line in (docstring or "").splitlines())


def long_file(text: str) -> list[str]:
    lines = text.count("\n")
    if lines <= MAX_FILE_LINES or reason_for_size(ast.get_docstring(ast.parse(text))):
        return []
    return [f"{lines} lines (at most {MAX_FILE_LINES}, or a line `Size: why` in its docstring)"]


def long_functions(text: str, most: int = MAX_FUNCTION_LINES) -> list[str]:
    return [
        f"line {node.lineno}: {node.name} has {length} lines (at most {most}, or a line `Size: why` in its docstring)"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > most
        and not reason_for_size(ast.get_docstring(node))
    ]


def long_kernels(text: str) -> list[str]:
    return long_functions(text, MAX_KERNEL_LINES)


def thawed(text: str) -> list[str]:
    """Data classes that are not frozen."""
    return [
        f"line {node.lineno}: {node.name} is not frozen"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ClassDef)
        for decorator in node.decorator_list
        if "dataclass" in ast.unparse(decorator) and "frozen=True" not in ast.unparse(decorator)
    ]


def addresses(text: str) -> list[str]:
    """Hosts of package registries, and paths of somebody's machine: neither belongs in a project."""
    registries = {
        "org": ["pypi", "pythonhosted", "npmjs", "debian", "anaconda", "maven", "golang", "nodejs"],
        "com": ["yarnpkg", "ubuntu"],
        "io": ["crates"],
    }
    hosts = "|".join(rf"{name}\.{top}" for top, names in registries.items() for name in names)
    patterns = [rf"\b(?:{hosts})\b", r"(?<![\w.~$}-])/(?:home|root|work|Users|tmp)/\w"]
    return [
        f"line {number}: {match.group()}"
        for number, line in enumerate(text.splitlines(), start=1)
        for pattern in patterns
        for match in re.finditer(pattern, line)
    ]


# ------------------------------------------------------------------------------------------------- the checks

CHECKS: dict[str, tuple[Callable[[str], list[str]], Callable[[], list[Path]], str]] = {
    "kernels import arrays and each other only": (
        foreign_to_kernels,
        lambda: modules("kernels"),
        "def f():\n    from skypact.model import track",
    ),
    "what is imported is declared": (undeclared, modules, "import pyproj"),
    "rooms touch no file, clock or terminal": (
        world_touched,
        lambda: [path for path in modules() if path.relative_to(SOURCE).parts[0] not in SHELL],
        "table = np.load('a.npy')",
    ),
    "files are short": (long_file, modules, '"""A."""\n' + "x = 1\n" * MAX_FILE_LINES),
    "functions are short": (
        long_functions,
        lambda: [path for path in modules() if path.relative_to(SOURCE).parts[0] != "kernels"],
        "def f():\n" + "    x = 1\n" * MAX_FUNCTION_LINES,
    ),
    "kernels are short": (
        long_kernels,
        lambda: modules("kernels"),
        "def f():\n" + "    x = 1\n" * MAX_KERNEL_LINES,
    ),
    "nouns are frozen": (thawed, lambda: modules("model"), "@dataclass(slots=True)\nclass A:\n    x: int"),
}


@pytest.mark.parametrize("name", CHECKS)
def test_the_house_keeps_its_rule(name):
    find, files, _ = CHECKS[name]
    faults = [
        f"{path.relative_to(ROOT)}: {fault}" for path in files() for fault in find(path.read_text("utf-8"))
    ]
    assert not faults, "\n".join([name, *faults])


@pytest.mark.parametrize("name", CHECKS)
def test_the_check_sees_a_breach(name):
    find, _, breach = CHECKS[name]
    assert find(breach)


def test_a_stated_reason_allows_a_size():
    reason = '"""A.\n\nSize: one table.\n"""\n'
    assert not long_file(reason + "x = 1\n" * MAX_FILE_LINES)
    body = reason.replace("\n", "\n    ").rstrip()
    assert not long_functions(f"def f():\n    {body}\n" + "    x = 1\n" * MAX_FUNCTION_LINES)


def test_no_committed_file_names_a_registry_or_a_machine():
    faults = []
    for name in committed():
        content = (ROOT / name).read_bytes()
        if b"\0" not in content:
            faults += [f"{name}: {fault}" for fault in addresses(content.decode("utf-8", "replace"))]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("parts", [("https://files.", "pythonhosted", ".org/x"), ("'", "/home", "/ann/x'")])
def test_an_address_is_seen(parts):
    assert addresses("".join(parts))


def test_locks_hold_every_declared_dependency_with_hashes():
    groups = PYPROJECT["dependency-groups"]
    runtime = [*PYPROJECT["project"]["dependencies"], *groups["build"]]
    development = [*runtime, *(entry for entry in groups["dev"] if isinstance(entry, str))]
    for lock, entries in (("requirements.lock", runtime), ("requirements-dev.lock", development)):
        text = (ROOT / lock).read_text()
        pinned = re.findall(r"^([\w.-]+)==\S+.*\\\n    --hash=sha256:", text, flags=re.MULTILINE)
        wanted = {re.split(r"[\[<>=!~; ]", entry)[0].lower().replace(".", "-") for entry in entries}
        assert wanted <= set(pinned), f"{lock} lacks {sorted(wanted - set(pinned))}: make lock"


def test_both_locks_pin_the_same_versions():
    pins = [
        set(re.findall(r"^(\S+==\S+(?: ; .*?)?) \\$", (ROOT / lock).read_text(), flags=re.MULTILINE))
        for lock in ("requirements.lock", "requirements-dev.lock")
    ]
    versions = [{pin.split(" ;")[0] for pin in lock} for lock in pins]
    assert versions[0] <= versions[1], f"make lock: {sorted(versions[0] - versions[1])}"


def test_import_contracts_name_every_package():
    """A new package must take its place: the layers are exhaustive, these lists have to be kept by hand."""
    contracts = PYPROJECT["tool"]["importlinter"]["contracts"]
    forbidden = [contract for contract in contracts if contract["type"] == "forbidden"]
    world = next(contract for contract in forbidden if "socket" in contract["forbidden_modules"])
    boundary = next(contract for contract in forbidden if "skypact.defend" in contract["forbidden_modules"])

    shell = {name.removesuffix(".py") for name in SHELL}
    present = {path.parent.name for path in SOURCE.glob("*/__init__.py")} | {"errors"}
    unlisted = {f"skypact.{name}" for name in present - shell} - set(world["source_modules"])
    if "interop" in present:
        unlisted |= {"skypact.interop"} - set(boundary["source_modules"])
    assert not unlisted, f"add to the import contracts in pyproject.toml: {sorted(unlisted)}"

    protected = next(contract for contract in contracts if contract["type"] == "protected")
    assert set(protected["allowed_importers"]) == {"skypact.defend", "skypact.run"}
    assert {"skypact.defend", "skypact.model.simulated"} <= set(protected["protected_modules"])
