"""Write README.md from `nbs/index.ipynb` with its stored outputs, as `nbdev_readme` does, with no Quarto."""
import base64
import re
from pathlib import Path

from execnb.nbio import read_nb

ROOT = Path(__file__).parent.parent
DIRECTIVE = re.compile(r"^#\|.*\n?", re.M)
HIDDEN = re.compile(r"^#\|\s*(hide|export|exporti|default_exp)\b", re.M)
PAGE_LINK = re.compile(r"\]\((?!\w+:|#|/)([^)\s]+\.ipynb)")
IMAGES = ROOT / "index_files"


def output(cell_id: str, i: int, out: dict) -> str:
    "One stored output as Markdown; a picture goes to `index_files/`."
    data = out.get("data", {})
    if "image/png" in data:
        IMAGES.mkdir(exist_ok=True)
        png = IMAGES / f"{cell_id}-{i}.png"
        png.write_bytes(base64.b64decode("".join(data["image/png"])))
        return f"![]({png.relative_to(ROOT).as_posix()})"
    if "text/markdown" in data:
        return "".join(data["text/markdown"])
    text = "".join(data.get("text/plain", out.get("text", ""))).rstrip()
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())


def main() -> None:
    for old in IMAGES.glob("*.png"):
        old.unlink()
    parts = ["<!-- Made from nbs/index.ipynb by `make docs`: edit that, not this. -->"]
    for cell in read_nb(ROOT / "nbs/index.ipynb").cells:
        if HIDDEN.search(cell.source):
            continue
        if cell.cell_type == "markdown":
            parts.append(PAGE_LINK.sub(r"](nbs/\1", cell.source))
            continue
        if "#| echo: false" not in cell.source:
            parts.append(f"```python\n{DIRECTIVE.sub('', cell.source).strip()}\n```")
        parts += [output(cell.id, i, o) for i, o in enumerate(cell.get("outputs", []))]
    (ROOT / "README.md").write_text("\n\n".join(p for p in parts if p) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
