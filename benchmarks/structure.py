"""Figures of the code's structure: modules, circles, arrows between packages, long functions.

    python benchmarks/structure.py [CHECKOUT]

Reads the sources of a checkout (this one by default) and runs none of them.
"""

import argparse
import ast
import sys
from collections import Counter
from pathlib import Path

import grimp

PACKAGES = ("proeftuin", "synthetic_data", "scenarios")


def main() -> None:
    """Print the figures of a checkout as a table in Markdown."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("checkout", nargs="?", type=Path, default=Path(__file__).parents[1])
    root = arguments.parse_args().checkout.resolve()
    sys.path.insert(0, str(root))
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    arrows = {
        (package_of(importer), package_of(imported))
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
    }
    functions = {
        f"{path.relative_to(root)}:{node.name}": node.end_lineno - node.lineno + 1
        for path in sources(root)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and node.end_lineno is not None
    }
    longest = max(functions, key=functions.__getitem__)
    lines = Counter(
        {
            str(path.relative_to(root)): len(path.read_text("utf-8").splitlines())
            for path in sources(root)
        }
    )
    by_folder: Counter[str] = Counter()
    for name, count in lines.items():
        by_folder[Path(name).parent.as_posix()] += count
    print("| figure | value |\n|---|---|")
    print(f"| modules flat in proeftuin/ | {len(list((root / 'proeftuin').glob('*.py')))} |")
    print(f"| modules in all | {len(lines)} |")
    print(f"| circles of modules | {len(circles(graph))} |")
    print(f"| arrows between packages | {sum(one != other for one, other in arrows)} |")
    print(f"| longest function | {longest}, {functions[longest]} lines |")
    print(f"| functions over 60 lines | {sum(each > 60 for each in functions.values())} |")
    print(f"| longest module | {lines.most_common(1)[0][0]}, {lines.most_common(1)[0][1]} lines |")
    print(f"| lines in all | {sum(lines.values())} |")
    for folder, count in sorted(by_folder.items()):
        print(f"| lines in {folder}/ | {count} |")


def sources(root: Path) -> list[Path]:
    """Return all modules of the packages."""
    return sorted(path for package in PACKAGES for path in (root / package).rglob("*.py"))


def package_of(module: str) -> str:
    """Return the first two parts of a module's name: a package, or a module that lies flat."""
    return ".".join(module.split(".")[:2])


def circles(graph: grimp.ImportGraph) -> list[set[str]]:
    """Return the sets of modules that import each other, directly or through others."""
    downstream = {module: graph.find_downstream_modules(module) for module in graph.modules}
    found: list[set[str]] = []
    for module, importers in downstream.items():
        circle = {module} | {other for other in importers if module in downstream[other]}
        if len(circle) > 1 and circle not in found:
            found.append(circle)
    return found


if __name__ == "__main__":
    main()
