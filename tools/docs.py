"""Build the documentation site into `docs/` from the notebooks and their stored outputs, with no Quarto and no network.

nbdev prepares the pages (`_proc/`), smalldocs turns that Quarto project into HTML, and this file does what neither does:
the sidebar from the notebooks' numbers, API tables, page names, links between pages, formulas without a CDN, and a check
that every link leads somewhere and that nothing is loaded from elsewhere.
"""
import ast
import base64
import html
import inspect
import json
import os
import re
import shutil
import sys
import textwrap
from html.parser import HTMLParser
from importlib import import_module
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import nbdev.serve
import smalldocs.site
import yaml
from execnb.nbio import read_nb
from fastcore.basics import AttrDict
from fastcore.docments import docments
from latex2mathml.converter import convert
from nbdev.config import get_config
from nbdev.process import Processor
from nbdev.processors import FilterDefaults, _default_exp, exec_show_docs
from nbdev.quarto import refresh_quarto_yml

SECTIONS = {0: "The walk", 12: "Reading maps", 16: "Measured", 20: "The service", 30: "Running it", 40: "Guides"}
FOLDERS = {"demos": "Demos", "tests": "Proofs"}


# ---- the sidebar: sections by the notebooks' numbers -----------------------------------------------------------------
def sidebar(nbs: Path) -> dict:
    "The site's table of contents: the notebooks in the order of their numbers, tests last."
    contents: list = [{"text": "Start", "href": "index.ipynb"}]
    chapters: dict[str, list] = {}
    for path in sorted(nbs.glob("[0-9][0-9]_*.ipynb")) + [o for folder in FOLDERS for o in sorted((nbs / folder).glob("[!_.]*.ipynb"))]:
        number = int(path.name[:2])
        name = FOLDERS.get(path.parent.name) or next(SECTIONS[o] for o in sorted(SECTIONS, reverse=True) if o <= number)
        title = next(c.source for c in read_nb(path).cells if c.source.startswith("# ")).splitlines()[0][2:]
        chapters.setdefault(name, []).append({"text": f"{path.name[:2]} {title}", "href": path.relative_to(nbs).as_posix()})
    contents += [{"section": name, "contents": pages} for name, pages in chapters.items()]
    return {"website": {"sidebar": {"contents": contents}}}


# ---- API documentation, read from the exported source ----------------------------------------------------------------
def definition(sym: object) -> ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef:
    sym = getattr(sym, "fget", sym)
    return ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(sym)))).body[0]


def parameters(node: ast.AST) -> list[tuple[str, str, str]]:
    "Name, type and default of every parameter, as they are written; of a class, those of its constructor or its fields."
    if isinstance(node, ast.ClassDef):
        init = next((o for o in node.body if isinstance(o, ast.FunctionDef) and o.name == "__init__"), None)
        if init is None:
            fields = [o for o in node.body if isinstance(o, ast.AnnAssign)]
            return [(o.target.id, ast.unparse(o.annotation), ast.unparse(o.value) if o.value else "") for o in fields]
        node = init
    a = node.args
    positional = a.posonlyargs + a.args
    defaults = [None] * (len(positional) - len(a.defaults)) + a.defaults
    rows = [(o.arg, o, d) for o, d in zip(positional, defaults, strict=True)]
    rows += [("*" + a.vararg.arg, a.vararg, None)] if a.vararg else [("*", None, None)] if a.kwonlyargs else []
    rows += [(o.arg, o, d) for o, d in zip(a.kwonlyargs, a.kw_defaults, strict=True)]
    rows += [("**" + a.kwarg.arg, a.kwarg, None)] if a.kwarg else []
    return [(name, ast.unparse(o.annotation) if o and o.annotation else "", ast.unparse(d) if d else "")
            for name, o, d in rows if name not in ("self", "cls")]


def table(sym: object, node: ast.AST, params: list[tuple[str, str, str]]) -> str:
    "The parameters and what comes back as a table: name, type, default, meaning."
    notes = {k: (v or "").replace("\n", " ") for k, v in docments(sym).items()}
    rows = [(f"`{n}`", t, d, notes.get(n.lstrip("*"), "")) for n, t, d in params if n != "*"]
    returns = getattr(node, "returns", None)
    if returns is not None and ast.unparse(returns) != "None":
        rows.append(("*returns*", ast.unparse(returns), "", notes.get("return", "")))
    if not rows:
        return ""
    rows = [(n, *(f"`{o}`".replace("|", r"\|") if o else "" for o in (t, d)), note) for n, t, d, note in rows]
    rows = [("", "type", "default", "meaning"), ("---",) * 4, *rows]
    used = [i for i in range(4) if i == 0 or any(row[i] for row in rows[2:])]
    return "\n".join("| " + " | ".join(row[i] for i in used) + " |" for row in rows)


def api(sym: object, name: str, level: int = 3, walk: bool = False) -> str:
    """The documentation of a function, a class with its public methods, or anything else with a docstring, as Markdown.

    The source can be unfolded; on the pages of the walk, whose subject it is, it is unfolded already unless it is long."""
    parts = [f"{'#' * level} {name}"]
    doc = inspect.getdoc(sym) or ""
    if inspect.isclass(sym) or callable(sym) or isinstance(sym, property):
        node = definition(sym)
        params = parameters(node)
        if not isinstance(sym, property):
            call = f"{name}({', '.join(n + (f'={d}' if d else '') for n, _, d in params)})"
            call = textwrap.fill(call, 76, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
            parts.append(f"```python\n{call}\n```")
        parts += [doc, table(sym, node, params)]
        if level == 3:
            code = inspect.getsource(inspect.unwrap(sym)).rstrip()
            opened = " open" if walk and code.count("\n") < 60 else ""
            parts.append(f"<details class=\"source\"{opened}><summary>Source</summary>\n\n```python\n{code}\n```\n\n</details>")
    if inspect.isclass(sym):
        members = [n for n, o in vars(sym).items() if n[0] != "_" and (callable(o) or isinstance(o, property | classmethod))]
        if members:
            parts.append(f"<details class=\"members\"><summary>Methods and properties: {', '.join(members)}</summary>")
            parts += [api(vars(sym)[n] if isinstance(vars(sym)[n], property) else getattr(sym, n), f"{name}.{n}", level + 1) for n in members]
            parts.append("</details>")
    return "\n\n".join(p for p in parts if p)


class show_api(Processor):
    "Put the API documentation in place of every `show_doc`, from the exported module: no cell of the page is run."

    def begin(self):  # where one cell exports several names, nbdev has put the last one first
        cells = [list(group) for _, group in groupby(self.nb.cells, lambda cell: getattr(cell, "has_sd", False))]
        self.nb.cells[:] = [cell for group in cells for cell in (reversed(group) if getattr(group[0], "has_sd", False) else group)]

    def __call__(self, cell):
        if m := re.search(r"^show_doc\(([\w.]+)", cell.source or "", re.M):
            sym = attrgetter(m[1])(import_module(f"{get_config().lib_name}.{_default_exp(self.nb)}"))
            data = AttrDict({"text/markdown": api(sym, m[1], walk=Path(self.nb.path_).name < "12").splitlines(True)})
            cell.outputs = [AttrDict(output_type="display_data", metadata=AttrDict(), data=data)]


class show_tests(Processor):
    "On the pages of tests show the tests' code: there it is the text."

    def begin(self):
        if (_default_exp(self.nb) or "").startswith("tests."):
            for cell in self.nb.cells:
                cell.directives_.pop("export", None)


class Pages(FilterDefaults):
    def base_procs(self):
        return [show_tests, *[show_api if o is exec_show_docs else o for o in super().base_procs()]]


# ---- names of pages, and links between them --------------------------------------------------------------------------
def page_name(name: str) -> str:
    "`03_decay.ipynb` is the page `decay`, as nbdev's links and Quarto's output have it."
    return re.sub(r"\b\d+[a-zA-Z0-9]*_(\w+\.ipynb)", r"\1", name)


FENCE, LINK = re.compile(r"```python\n.*?\n```", re.S), re.compile(r"\[`([^`\n]+)`\]\([^)\s]*\)")


def rename(proc: Path) -> None:
    "Give every page its name, in the sidebar and in links too."
    for nb in list(proc.rglob("*.ipynb")):
        content = json.loads(nb.read_text())
        for cell in content["cells"]:
            if cell["cell_type"] == "markdown":
                cell["source"] = re.sub(r"\]\((?!\w+:)[^)\s]+", lambda m: page_name(m[0]), "".join(cell["source"]))
            for out in cell.get("outputs", []):
                if "text/markdown" in out.get("data", {}):  # nbdev links names inside of code, too
                    out["data"]["text/markdown"] = FENCE.sub(lambda m: LINK.sub(r"`\1`", m[0]), "".join(out["data"]["text/markdown"]))
        nb.write_text(json.dumps(content))
        nb.rename(nb.with_name(page_name(nb.name)))
    bar = proc / "sidebar.yml"
    bar.write_text(page_name(bar.read_text()))


# ---- the finished HTML -----------------------------------------------------------------------------------------------
MATH = re.compile(r"\\\((.+?)\\\)|\\\[(.+?)\\\]", re.S)
KATEX = re.compile(r"<(?:link|script)[^>]*//cdn[^>]*/katex[^>]*>(?:</script>)?|<script[^>]*>[^<]*renderMathInElement.*?</script>", re.S)
CODE = re.compile(r"(<pre.*?</pre>|<code.*?</code>|<script.*?</script>)", re.S)
PICTURE = re.compile(r'<img src="data:image/png;base64,([^"]+)"')


def mathml(m: re.Match) -> str:
    tex, display = (m[1], "inline") if m[1] else (m[2], "block")
    made = convert(html.unescape(tex), display=display)
    return re.sub(r"<mi>(?:log|ln|exp|max|min|arg|sin|cos)</mi>(?!<mo|</m)", r'\g<0><mspace width="0.17em" />', made)  # "log x", not "logx"


def picture(m: re.Match) -> str:
    "Notebooks store pictures at twice their size, for sharp screens: show them at their own."
    width = int.from_bytes(base64.b64decode(m[1][:64])[16:20]) // 2
    return f'<img loading="lazy" width="{width}" src="data:image/png;base64,{m[1]}"'


def finish(page: Path, site: Path, base: str) -> None:
    "Links to our own pages become relative, TeX becomes MathML, pictures get their size."
    text = KATEX.sub("", page.read_text())
    text = re.sub(rf'<a href="{base}/tests/[^"]*">(<code>[^<]*</code>)</a>', r"\1", text)  # `model` means no test's fixture
    up = os.path.relpath(site, page.parent)
    text = text.replace(f'href="{base}/', f'href="{"" if up == "." else up + "/"}')
    parts = CODE.split(text)
    parts[::2] = [PICTURE.sub(picture, MATH.sub(mathml, o)) for o in parts[::2]]
    page.write_text("".join(parts))


class Links(HTMLParser):
    "What a page links to, what it loads, and the anchors it has."

    def __init__(self, page: Path):
        super().__init__()
        self.hrefs: list[str] = []
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.feed(page.read_text())

    def handle_starttag(self, tag: str, attrs: list) -> None:
        for key, value in attrs:
            if key == "id":
                self.ids.append(value)
            elif key == "href" and tag == "a":
                self.hrefs.append(value)
            elif key in ("src", "href", "srcset", "poster", "data"):
                self.loads.append(value)


def faults(site: Path) -> list[str]:
    "Everything that would be dead or remote when the site is served from anywhere: links, anchors, loads, double anchors."
    pages = {p: Links(p) for p in sorted(site.rglob("*.html"))}
    found = []
    for page, links in pages.items():
        where = page.relative_to(site)
        found += [f"{where}: two anchors #{o}" for o in sorted({o for o in links.ids if links.ids.count(o) > 1})]
        found += [f"{where}: {o} is shown, no link" for o in re.findall(r"\]\([^)\s]*\.ipynb[^)]*\)", page.read_text())]
        for link in links.hrefs + links.loads:
            path, anchor = urldefrag(link)
            if urlsplit(link).scheme or link.startswith("//"):
                if (link in links.loads and not link.startswith("data:")) or ".invalid" in link:
                    found.append(f"{where}: {link} is remote")
                continue
            target = page if not path else (page.parent / unquote(path)).resolve()
            target = target / "index.html" if target.is_dir() else target
            if path.startswith("/") or not target.is_file():
                found.append(f"{where}: no page for {link}")
            elif anchor and target in pages and unquote(anchor) not in pages[target].ids:
                found.append(f"{where}: no anchor for {link}")
    for style in sorted(site.rglob("*.css")):
        remote = re.findall(r"(?:url\(|@import)\s*[\"']?((?:https?:)?//[^)\"']+)", style.read_text())
        found += [f"{style.relative_to(site)}: {o} is remote" for o in remote]
    return found


def main() -> int:
    cfg = get_config()
    (cfg.nbs_path / "sidebar.yml").write_text(yaml.safe_dump(sidebar(cfg.nbs_path), sort_keys=False, allow_unicode=True))
    refresh_quarto_yml()
    nbdev.serve.FilterDefaults = Pages
    proc = nbdev.serve.proc_nbs(cfg.nbs_path, n_workers=2, force=True)
    shutil.copytree(cfg.nbs_path, proc, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.ipynb", "_*", ".*"))
    rename(proc)
    yml = proc / "nbdev.yml"  # no public home yet: its placeholder is no address to link to
    yml.write_text("".join(line for line in yml.read_text().splitlines(True) if ".invalid" not in line))
    made = smalldocs.site.build(proc, quiet=True)
    print(*(o for o in made.warnings if "output-file is not read" not in o), sep="\n", file=sys.stderr)  # rename() sees to that
    site = proc / cfg.doc_path.name
    for page in site.rglob("*.html"):
        finish(page, site, f"{cfg.doc_host}{cfg.doc_baseurl}")
    for style in site.rglob("*.css"):
        style.write_text(re.sub(r"@import url\([^)]*https?://[^)]*\);?", "", style.read_text()))
    (site / ".nojekyll").touch()
    if found := faults(site):
        print(*found, f"docs: {len(found)} faults; docs/ is as it was", sep="\n", file=sys.stderr)
        return 1
    shutil.rmtree(cfg.doc_path, ignore_errors=True)
    shutil.move(site, cfg.doc_path)
    shutil.rmtree(proc)
    count = len(list(cfg.doc_path.rglob("*.html")))
    print(f"docs: {count} pages in {cfg.doc_path.name}/, every link leads somewhere, nothing is loaded from elsewhere")
    return 0


if __name__ == "__main__":
    sys.exit(main())
