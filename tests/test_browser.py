"""The notebooks in JupyterLab and Notebook 7, driven in a real browser as a person would.

Screenshots are left in ``test-artefacts/``.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest

from w2vlib.files import project_root

ROOT = project_root()
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARTEFACTS = ROOT / "test-artefacts"
TOKEN = "for-these-tests-alone"
PATIENCE = 240_000  # milliseconds, for a whole notebook
SMALL = {
    "01_derivations": {},
    "02_gradient_checks": {"points": 3},
    "03_training": {"iterations": 2000, "halve_every": 1000},
    "04_word_vectors": {"iterations": 700, "n_seeds": 2, "n_variant_seeds": 1, "draws": 20},
    "05_preprocessing": {"n_seeds": 1, "one_in": 3, "dim": 10, "n_pieces": 500},
}

pytestmark = pytest.mark.skipif(
    BROWSER is None, reason="needs a browser: apt-get install chromium (Debian), or put chromium on the PATH"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory, bundled):
    """JupyterLab, with Notebook beside it, on copies of the notebooks with small parameters."""
    folder = tmp_path_factory.mktemp("lab")
    text = folder / "excerpt.txt"
    chosen = bundled.sentences[::6]
    named = [s for s in bundled if {"king", "man", "woman", "queen", "good", "great"} & set(s)][:400]
    text.write_text("\n".join(map(" ".join, [*chosen, *named])), encoding="utf-8")
    for name, parameters in SMALL.items():
        notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
        cell = next(c for c in notebook.cells if "parameters" in c.metadata.get("tags", []))
        for key, value in {**parameters, "corpus": str(text)}.items():
            cell.source = re.sub(rf"(?m)^{key} = [^#\n]*", f"{key} = {value!r}  ", cell.source)
        nbformat.write(notebook, folder / f"{name}.ipynb")
    settings = folder / "settings"
    for where, what in {
        "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
        "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    }.items():
        path = settings / f"{where}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(what))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.root_dir={folder}",
        "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={TOKEN}", "--LabApp.expose_app_in_browser=True",
        "--JupyterNotebookApp.expose_app_in_browser=True", "--LabApp.extension_manager=readonly",
    ]  # fmt: skip
    env = {**os.environ, "JUPYTERLAB_SETTINGS_DIR": str(settings), "JUPYTER_CONFIG_DIR": str(folder / "config")}
    with open(folder / "server.log", "w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=env, cwd=folder)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{url}/api?token={TOKEN}").close()
                break
            except OSError:
                assert process.poll() is None, (folder / "server.log").read_text()
                time.sleep(0.25)
        else:
            pytest.fail((folder / "server.log").read_text())
        yield url
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield browser
        browser.close()


def opened(chromium, server, name, app="lab/tree"):
    page = chromium.new_page(viewport={"width": 1500, "height": 1100})
    page.set_default_timeout(30_000)
    reset = "&reset" if app.startswith("lab") else ""
    page.goto(f"{server}/{app}/{name}.ipynb?token={TOKEN}{reset}")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    return page


def run_all(page):
    """Run all cells and wait for the last; complain of errors as the page shows them."""
    page.wait_for_function("() => (window.jupyterapp || window.jupyterlab || window._JUPYTERLAB) !== undefined")
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.connectionStatus === 'connected'"
    )
    page.evaluate("() => { window.finished = false; window.jupyterapp.commands.execute('notebook:run-all-cells')"
                  ".finally(() => { window.finished = true; }); }")  # fmt: skip
    page.wait_for_function("() => window.finished", timeout=PATIENCE)
    complaints = page.locator(
        '[data-mime-type="application/vnd.jupyter.error"], [data-mime-type="application/vnd.jupyter.stderr"]'
    ).all_inner_texts()
    assert not complaints, complaints[0][-2000:]


def picture(page, name):
    ARTEFACTS.mkdir(exist_ok=True)
    explorer = page.locator(".w2v").first
    explorer.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    page.screenshot(path=ARTEFACTS / f"{name}.png")


def test_gradients(chromium, server):
    page = opened(chromium, server, "01_derivations")
    run_all(page)
    box = page.locator(".w2v")
    box.scroll_into_view_if_needed()
    picture(page, "01-gradients")
    print(box.inner_text())
