"""Sphinx: one page per package, in the order the data flows, and a page of equations.

Mathematics becomes MathML, by pandoc, so that the pages need no network when they are read.
"""

import html
import importlib
import pkgutil
from pathlib import Path

import pypandoc
from docutils.nodes import SkipNode

import w2vlib
from w2vlib.gradients.equations import EQUATIONS

project = "w2vlib"
author = "the w2vlib authors"
release = version = w2vlib.__version__
extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "alabaster"
html_theme_options = {"page_width": "70rem", "sidebar_width": "14rem", "description": w2vlib.__doc__}
html_math_renderer = "mathml"
default_role = "code"
exclude_patterns = ["build"]
autodoc_member_order = "bysource"
autodoc_typehints = "none"
napoleon_google_docstring = False
napoleon_use_rtype = False
nitpicky = False

HERE = Path(__file__).parent
PACKAGES = (
    "utils", "text", "preprocessing", "models", "replication", "gradients", "evaluation", "experiments",
    "reporting", "widgets",
)  # fmt: skip


def heading(text, line="="):
    """Return a heading with its underline."""
    return f"{text}\n{line * len(text)}\n\n"


def modules_of(package):
    """Return the full names of a package's public modules, packages inside it included."""
    return [
        m.name
        for m in pkgutil.walk_packages(package.__path__, package.__name__ + ".")
        if not m.name.rpartition(".")[2].startswith("_") and not m.ispkg
    ]


def package_page(name):
    """Return the page of one package."""
    package = importlib.import_module(f"w2vlib.{name}")
    sections = [
        heading(module.removeprefix("w2vlib."), "-") + f".. automodule:: {module}\n   :members:\n"
        for module in modules_of(package)
    ]
    return heading(f"w2vlib.{name}") + package.__doc__.strip() + "\n\n" + "\n".join(sections)


def equations_page():
    """Return the page with the boxed equations of notebook 01, from the objects that are checked."""
    text = heading("Equations") + (
        "The gradients that notebook 01 derives, numbered as there. `w2v check` compares each with SymPy, "
        "autograd and finite differences.\n\n"
    )
    for equation in EQUATIONS:
        text += f"**({equation.number})** {equation.loss}\n\n.. math:: {equation.latex}\n\n"
    return text


def write_pages(app, config):
    """Write the pages that are made from the code to docs/api."""
    folder = HERE / "api"
    folder.mkdir(exist_ok=True)
    pages = {name: package_page(name) for name in PACKAGES} | {"equations": equations_page()}
    for name, text in pages.items():
        (folder / f"{name}.rst").write_text(text, encoding="utf-8")


def mathml(latex, display):
    """Return MathML (str) of a formula in LaTeX."""
    latex = latex.strip()
    source = f"$${latex}$$" if display else f"${latex}$"
    text = pypandoc.convert_text(source, "html", format="markdown", extra_args=["--mathml"])
    if "<math" not in text:
        raise ValueError(f"pandoc cannot write this formula as MathML: {html.escape(latex)}")
    return text.strip().removeprefix("<p>").removesuffix("</p>")


def visit_inline(translator, node):
    """Write an inline formula."""
    translator.body.append(mathml(node.astext(), display=False))
    raise SkipNode


def visit_block(translator, node):
    """Write a displayed formula."""
    translator.body.append(f'<div class="math">{mathml(node.astext(), display=True)}</div>')
    raise SkipNode


def escape_bars(app, what, name, obj, options, lines):
    """Escape |x|: docstrings use no substitutions of reStructuredText."""
    lines[:] = [line if "`" in line else line.replace("|", "\\|") for line in lines]


def setup(app):
    """Register the generated pages and the renderer of mathematics."""
    app.connect("autodoc-process-docstring", escape_bars)
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    app.connect("config-inited", write_pages)
