"""Run notebooks and store their outputs, skipping what `nbdev_test` skips.

    python tools/refresh.py [--check] [NOTEBOOK ...]     # all pages when none is named

`--check` stores nothing and fails where a stored output differs from a fresh one (pictures included, so only where the
machine and its fonts are those that stored them).
"""
import copy
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from execnb.nbio import dict2nb, nb2dict, read_nb, write_nb
from execnb.shell import CaptureShell
from fastcore.xtras import working_directory
from nbdev.clean import clean_nb
from nbdev.config import get_config
from nbdev.process import NBProcessor


def run(path: Path, check: bool) -> str:
    "Run one notebook; say what became of it: the same, refreshed, stale, or the traceback of the cell that failed."
    cfg = get_config()
    sys.path.insert(0, str(cfg.config_path))
    skip_flags = set(cfg.tst_flags.split())
    directives = {c.idx_: getattr(c, "directives_", {}) for c in NBProcessor(path, process=True).nb.cells}

    def skipped(cell) -> bool:
        own = directives.get(cell.idx_, {})
        return cell.cell_type != "code" or own.get("eval:", [""])[0].lower() == "false" or bool(skip_flags & own.keys())

    nb = read_nb(path)
    before = copy.deepcopy(nb2dict(nb))
    for cell in nb.cells:
        if not skipped(cell):
            cell.outputs = []
    shell = CaptureShell(path)
    try:
        with working_directory(path.parent):
            shell.run_all(nb, exc_stop=True, preproc=skipped)
    except Exception:
        printed = "".join("".join(o.get("text", "")) for o in nb.cells[shell._cell_idx - 1].get("outputs", []))
        return f"failed\n{shell.prettytb(path.name)}\n{printed}"
    after = nb2dict(nb)
    clean_nb(after, clean_ids=True, allowed_cell_metadata_keys=cfg.allowed_cell_metadata_keys.split())
    if after == before:
        return "same"
    if not check:
        write_nb(dict2nb(after), path)
    return "stale" if check else "refreshed"


def main() -> int:
    named = [Path(a).resolve() for a in sys.argv[1:] if not a.startswith("-")]
    paths = named or sorted(get_config().nbs_path.glob("[!_.]*.ipynb"))  # not nbs/tests: what pytest prints differs each time
    check = "--check" in sys.argv
    # A fresh process for each, so that no notebook leans on another's imports or settings.
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn"), max_tasks_per_child=1) as pool:
        results = list(pool.map(partial(run, check=check), paths))
    for path, result in zip(paths, results, strict=True):
        print(f"{path.name}: {result}")
    return int(any(r.startswith(("failed", "stale")) for r in results))


if __name__ == "__main__":
    sys.exit(main())
