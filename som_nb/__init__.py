"A Kohonen self-organizing map, from one triple loop to a tracked and served model."
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from som_nb.som import SelfOrganizingMap
    from som_nb.vectorized import MiniSam

__version__ = "0.1.0"
__all__ = ["MiniSam", "SelfOrganizingMap", "__version__"]

_homes = {"MiniSam": "som_nb.vectorized", "SelfOrganizingMap": "som_nb.som"}


def __getattr__(name: str):
    "Import a name the first time it is asked for (PEP 562), so that `import som_nb` costs nothing."
    if name not in _homes:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_homes[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
