"""What MkDocs is told beyond its settings: the order of the pages that exist; fence flags to drop."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

# Title -> page, or folder whose pages follow in the order of their names.
ORDER = {
    "Home": "index.md",
    "Tutorial": "tutorial.md",
    "How-to": "how-to",
    "Explanation": "explanation",
    "Design": "design",
    "Benchmarks": "benchmarks.md",
    "Reference": "reference",
}


def on_config(config: Any) -> Any:  # noqa: ANN401 - MkDocs ships no types
    """The settings with a navigation made of the pages that exist."""
    docs = Path(config["docs_dir"])
    nav: list[dict[str, Any]] = []
    for title, name in ORDER.items():
        if (docs / name).is_file():
            nav.append({title: name})
        elif pages := sorted((docs / name).glob("*.md"), key=lambda page: (page.stem != "index", page.stem)):
            nav.append({title: [page.relative_to(docs).as_posix() for page in pages]})
    config["nav"] = nav
    return config


def on_page_markdown(markdown: str, **_: Any) -> str:  # noqa: ANN401 - as above
    """The page without the flags that tests/test_docs.py reads after a fence's language."""
    return re.sub(r"^([ \t]*```+console) +(?:no-run|exit=\d+)[ \t]*$", r"\1", markdown, flags=re.MULTILINE)
