"""Executes the notebooks without a browser and fails when a cell fails.

    python notebooks/run.py OUT             # OUT: folder that `sequela run` wrote
    python notebooks/run.py OUT --save DIR  # keeps the executed notebooks, with their charts, in DIR

The notebooks themselves are not touched: they are committed without outputs.
"""
import argparse
import os
import pathlib
import sys

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

HERE = pathlib.Path(__file__).resolve().parent


def execute(path, save):
    """Runs one notebook; returns whether every cell worked and at least one chart was drawn."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(HERE)}})
    try:
        client.execute()
    except CellExecutionError as error:
        print(f"{path.name}: a cell failed\n{error}", file=sys.stderr)
        return False
    charts = sum("image/png" in output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", []))
    if save:
        save.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, save / path.name)
    print(f"{path.name}: {len(notebook.cells)} cells, {charts} charts")
    return charts > 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path, help="folder that the run wrote")
    parser.add_argument("--save", type=pathlib.Path, help="folder for the executed notebooks")
    arguments = parser.parse_args()
    if not (arguments.out / "tables").is_dir():
        parser.error(f"{arguments.out} has no folder tables: run `sequela run` first")
    os.environ["SEQUELA_OUT"] = str(arguments.out.resolve())
    results = [execute(path, arguments.save) for path in sorted(HERE.glob("*.ipynb"))]
    return 0 if results and all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
