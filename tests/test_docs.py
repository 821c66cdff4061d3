"""Everything the documentation tells a reader to type works, in the order in which it is told.

In README.md, docs/tutorial.md and docs/how-to/*.md, page by page in an empty folder:

- a `console` block's lines starting with `$ ` are run and must end well, or, where the fence says
  `console exit=2`, the block's last command must end with that status; `console no-run` is only shown;
- a `python` block is run;
- a `yaml` block whose first line is `# file: NAME` is written to that file.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    page
    for page in (ROOT / "README.md", ROOT / "docs/tutorial.md", *sorted((ROOT / "docs/how-to").glob("*.md")))
    if page.is_file()
]
FENCE = re.compile(
    r"^(?P<indent>[ \t]*)(?P<fence>```+)(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=indent)(?P=fence)[ \t]*$",
    re.MULTILINE | re.DOTALL,
)
SECONDS = 900


@dataclass(frozen=True)
class Block:
    """A fenced block: its line in the page, its language, what follows that, and its text."""

    line: int
    language: str
    flag: str
    text: str


def blocks(page: str) -> list[Block]:
    found = []
    for match in FENCE.finditer(page):
        language, _, flag = match["info"].strip().partition(" ")
        text = re.sub(f"^{match['indent']}", "", match["body"], flags=re.MULTILINE)
        found.append(Block(page.count("\n", 0, match.start()) + 1, language, flag.strip(), text))
    return found


def commands(text: str) -> list[str]:
    """The commands of a console block; a line ending in a backslash goes on in the next."""
    joined = re.sub(r"\\\n(?:> ?)?", "", text)
    return [line[2:] for line in joined.splitlines() if line.startswith("$ ")]


def play(block: Block, folder: Path) -> None:
    """Do what a block says, in a folder.

    Raises:
        AssertionError: A command ended otherwise than the block says, or the block is not understood.
    """
    match block.language:
        case "console" if block.flag != "no-run":
            flag = re.fullmatch(r"(?:exit=(\d+))?", block.flag)
            assert flag, f"line {block.line}: unknown `{block.flag}`: say no-run or exit=N"
            lines = commands(block.text)
            assert lines, f"line {block.line}: a console block without a line starting with `$ `"
            wanted = [0] * (len(lines) - 1) + [int(flag[1] or 0)]
            for command, status in zip(lines, wanted, strict=True):
                expect(["bash", "-euo", "pipefail", "-c", command], status, f"$ {command}", block, folder)
        case "python":
            expect([sys.executable, "-c", block.text], 0, block.text, block, folder)
        case "yaml" if named := re.match(r"# file: (\S+)\n", block.text):
            target = folder / named[1]
            assert target.resolve().is_relative_to(folder.resolve()), f"line {block.line}: {named[1]}"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text)


def expect(command: list[str], status: int, shown: str, block: Block, folder: Path) -> None:
    """Run a command where `skypact` is this environment's; see that it ends with the status."""
    search = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environment = os.environ | {"PATH": search, "COLUMNS": "110"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == status, (
        f"line {block.line}: {shown}\nexit status {done.returncode}, expected {status}\n"
        f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    )


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_page_does_what_it_says(page, tmp_path):
    for block in blocks(page.read_text("utf-8")):
        play(block, tmp_path)


def test_blocks_are_played_in_order(tmp_path):
    page = (
        "```yaml\n# file: a/one.yaml\nx: 1\n```\n"
        "1. item\n\n"
        "    ```console\n    $ grep -q 'x: 1' \\\n    >   a/one.yaml\n    output\n    $ cp a/one.yaml two\n    ```\n"
        "```python\nimport pathlib\n\nassert pathlib.Path('two').exists()\n```\n"
        "```console exit=3\n$ true\n$ exit 3\n```\n"
        "```console no-run\n$ false\n```\n"
    )
    found = blocks(page)
    assert [block.language for block in found] == ["yaml", "console", "python", "console", "console"]
    for block in found:
        play(block, tmp_path)


@pytest.mark.parametrize(
    "page",
    [
        "```console\n$ false\n```\n",
        "```console\n$ false\n$ true\n```\n",
        "```console exit=2\n$ true\n```\n",
        "```console exit\n$ true\n```\n",
        "```console\noutput\n```\n",
        "```python\nraise SystemExit(1)\n```\n",
        "```yaml\n# file: ../out.yaml\n```\n",
    ],
)
def test_a_page_that_lies_is_seen(page, tmp_path):
    (block,) = blocks(page)
    with pytest.raises(AssertionError, match="line 1"):
        play(block, tmp_path)
