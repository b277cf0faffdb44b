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
import textwrap
import time
import urllib.request

import nbformat
import pytest
from playwright.sync_api import expect, sync_playwright

from w2vlib.utils.files import project_root

ROOT = project_root()
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARTEFACTS = ROOT / "test-artefacts"
TOKEN = "for-these-tests-alone"
PATIENCE = 240_000  # milliseconds, for a whole notebook
expect.set_options(timeout=20_000)  # milliseconds; neighbours may be noisy

pytestmark = pytest.mark.skipif(
    BROWSER is None, reason="needs a browser: apt-get install chromium (Debian), or put chromium on the PATH"
)


@pytest.fixture(scope="module")
def lab_folder(tmp_path_factory, small_notebooks):
    """Copies of the notebooks with small parameters."""
    folder = tmp_path_factory.mktemp("lab")
    for path in small_notebooks.glob("*.ipynb"):
        shutil.copy(path, folder)
    return folder


@pytest.fixture(scope="module")
def server(lab_folder):
    """JupyterLab, with Notebook beside it, in the folder of the notebooks."""
    folder = lab_folder
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
    env = {
        **os.environ,
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
    }
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
    page.wait_for_function(
        "() => (window.jupyterapp || window.jupyterlab || window._JUPYTERLAB) !== undefined"
    )
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


def picture(page, box, name):
    ARTEFACTS.mkdir(exist_ok=True)
    page.wait_for_timeout(300)
    box.screenshot(path=ARTEFACTS / f"{name}.png")


def _page(name):
    """A fixture: the notebook with all cells run, the same page for all tests that ask for it."""

    @pytest.fixture(scope="module")
    def page(chromium, server):
        page = opened(chromium, server, name)
        run_all(page)
        yield page
        page.close()

    return page


derivations = _page("01_derivations")
vectors = _page("04_word_vectors")
preprocessing = _page("05_preprocessing")


def loss_shown(box):
    return float(re.search(r"steps: ([\d.]+) nats", box.inner_text())[1])


def press(slider, key, times=1):
    """Move a slider by the keyboard."""
    handle = slider.locator('[role="slider"]')
    handle.focus()
    for _ in range(times):
        handle.press(key)


def control(box, label):
    """A control by the text of its label."""
    return box.locator(".widget-inline-hbox", has=box.page.locator(f'label:text-is("{label}")'))


def test_gradients_are_stepped_down_by_hand(derivations):
    box = derivations.locator(".w2v")
    before = loss_shown(box)
    box.get_by_role("button", name="take a step", exact=True).click()
    expect(box).to_contain_text("after 1 steps")
    after = loss_shown(box)
    assert after < before
    box.get_by_role("button", name="take ten steps").click()
    expect(box).to_contain_text("after 11 steps")
    assert loss_shown(box) < after
    errors = re.findall(r"\d\.\de[-+]\d+", box.inner_text())
    assert len(errors) == 5 and all(float(error) < 1e-6 for error in errors)  # v_i, u_o and three negatives
    picture(derivations, box, "01-gradients")


def test_gradients_follow_what_is_chosen(derivations):
    box = derivations.locator(".w2v")
    box.get_by_label("centre word").select_option("market")
    expect(box.locator(".js-plotly-plot").first).to_contain_text("v_i market")
    expect(box).to_contain_text("after 0 steps")
    press(control(box, "dimensions"), "ArrowRight", 3)
    expect(box.locator(".js-plotly-plot").first).to_contain_text("projected")
    press(control(box, "negatives K"), "ArrowRight", 2)
    expect(box).to_contain_text("∂J/∂u_5")
    first = loss_shown(box)
    box.get_by_role("button", name="other negatives").click()
    derivations.wait_for_function(
        f"() => !document.querySelector('.w2v').innerText.includes('{first:.4f} nats')"
    )


def test_a_cell_that_runs_again_keeps_its_choices_and_leaks_nothing(derivations):
    derivations.locator(".w2v").get_by_label("centre word").select_option("profit")
    cell = derivations.locator(".jp-CodeCell", has=derivations.locator(".w2v"))
    cell.locator(".jp-Placeholder-content").first.click()  # unfold it
    cell.locator(".jp-InputArea-editor").click()
    models = """async () => {
        const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
        const ask = kernel.requestExecute({code: 'from ipywidgets.widgets.widget import _instances; print(len(_instances))'});
        let text = ''; ask.onIOPub = m => { if (m.header.msg_type === 'stream') text += m.content.text; };
        await ask.done; return parseInt(text);
    }"""
    counts = []
    for _ in range(3):
        derivations.keyboard.press("Control+Enter")
        derivations.wait_for_timeout(2500)
        expect(derivations.locator(".w2v")).to_have_count(1)
        expect(derivations.locator(".w2v").get_by_label("centre word")).to_have_value("profit")
        counts.append(derivations.evaluate(models))
    assert counts[0] == counts[1] == counts[2] > 10


def test_a_training_is_gone_through_started_and_stopped(chromium, server):
    page = opened(chromium, server, "03_training")
    run_all(page)
    box = page.locator(".w2v")
    plots = box.locator(".js-plotly-plot")
    expect(plots.first).to_contain_text("iteration 2,000")
    page.wait_for_timeout(500)
    picture(page, box, "03-training")

    box.get_by_label("neighbours of").fill("good, man, xyzzy")
    box.get_by_label("neighbours of").press("Enter")
    expect(box.locator(".w2v-message")).to_contain_text("Not in the text: xyzzy")
    expect(box.locator("table")).to_contain_text("man")

    box.get_by_label("iterations").fill("1000000")
    box.get_by_label("iterations").press("Tab")
    box.get_by_role("button", name="start a training").click()
    points = "() => document.querySelectorAll('.w2v .js-plotly-plot')[1].data[1].x?.length ?? 0"
    page.wait_for_function(f"() => ({points})() > 3")
    early = page.evaluate("() => Math.max(...document.querySelectorAll('.w2v .js-plotly-plot')[1].data[1].x)")
    later = "() => Math.max(...document.querySelectorAll('.w2v .js-plotly-plot')[1].data[1].x)"
    page.wait_for_function(f"() => ({later})() > {early}")  # it grows
    box.get_by_role("button", name="stop").click()
    expect(box.locator(".w2v-message")).to_contain_text(re.compile(r"Stopped after [\d,]+ iterations"))
    expect(box.get_by_role("button", name="start a training")).to_be_enabled()
    picture(page, box, "03-training-stopped")

    box.get_by_label("iterations").fill("600")
    box.get_by_label("iterations").press("Tab")
    box.get_by_role("button", name="start a training").click()
    expect(box.locator(".w2v-message")).to_contain_text("Trained 600 iterations")
    expect(plots.first).to_contain_text("iteration 600")
    handle = control(box, "iteration").locator('[role="slider"]').bounding_box()
    middle = handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] - 60, middle[1], steps=6)
    page.mouse.up()
    expect(plots.first).not_to_contain_text("iteration 600")
    press(control(box, "iteration"), "Home")
    expect(plots.first).to_contain_text("iteration 60,")
    expect(box.locator("table")).to_contain_text("after 60 iterations")
    box.locator(".widget-play button").first.click()
    expect(plots.first).to_contain_text("iteration 180,")  # it goes on by itself
    page.close()


def test_words_are_typed_completed_and_compared(vectors):
    box = vectors.locator(".w2v").first
    word = box.get_by_label("word", exact=True)
    word.fill("")
    word.press_sequentially("kin")
    expect(box.locator("datalist option[value=king]").first).to_be_attached()
    word.press_sequentially("g")
    captions = box.locator("caption")
    expect(captions.nth(0)).to_contain_text("published recipe: neighbours of king")
    expect(captions.nth(1)).to_contain_text("SkipGram, dim 100: neighbours of king")
    expect(box.locator(".js-plotly-plot").nth(1)).to_contain_text("king")
    vectors.wait_for_timeout(500)
    picture(vectors, box, "04-words")

    word.fill("kingq")
    expect(box.locator(".w2v-message")).to_contain_text("'kingq' is not in the vocabulary")
    expect(box.locator(".w2v-message")).to_contain_text("Did you mean king")
    word.fill("good")
    expect(box.locator(".w2v-message")).to_be_empty()

    box.get_by_label("is to b").fill("woman")
    box.get_by_label("as c").fill("king")
    expect(box).to_contain_text("woman − man + king")
    expect(box).to_contain_text("3CosMul")


def test_an_answer_to_a_key_press_is_timed(vectors):
    """For the record, not for a verdict: milliseconds from the key to the table, in test-artefacts."""
    box = vectors.locator(".w2v").first
    answer = """([input, word]) => new Promise(done => {
        const table = input.closest('.w2v'), begin = performance.now();
        const seen = new MutationObserver(() => {
            if (table.querySelector('caption')?.textContent.endsWith('neighbours of ' + word)) { seen.disconnect(); done(performance.now() - begin); }
        });
        seen.observe(table, {childList: true, subtree: true, characterData: true});
        input.value = word; input.dispatchEvent(new Event('input', {bubbles: true}));
    })"""
    handle = box.get_by_label("word", exact=True).element_handle()
    times = [
        vectors.evaluate(answer, [handle, word]) for word in ("man", "woman", "great", "queen", "good") * 3
    ]
    assert len(times) == 15
    (ARTEFACTS / "key-press.json").write_text(
        json.dumps({"median_ms": sorted(times)[7], "all_ms": times}, indent=1)
    )


def test_claims_are_filtered_sorted_and_opened_by_keyboard(vectors):
    box = vectors.locator(".w2v").nth(1)
    expect(box).to_contain_text("21 of 21 tests")
    box.get_by_label("verdict").select_option("inconclusive")
    expect(box).not_to_contain_text("21 of 21 tests")
    listed = box.get_by_label("open")
    texts = [text.replace("\xa0", " ") for text in listed.locator("option").all_inner_texts()]
    assert texts and all("inconclusive" in text for text in texts)
    box.get_by_label("verdict").select_option("all")
    box.get_by_label("with words").fill("queen")
    expect(listed.locator("option").first).to_contain_text("queen", ignore_case=True)
    listed.focus()
    listed.press("End")
    opened_ = listed.locator("option").last.inner_text().split()[0]
    expect(box.locator("caption")).to_have_text(opened_)
    expect(box.locator(".js-plotly-plot")).to_be_visible()
    picture(vectors, box, "04-claims")
    box.get_by_label("with words").fill("nothing says so")
    expect(box.locator(".w2v-message")).to_contain_text("No claim passes")
    box.get_by_label("with words").fill("")
    box.get_by_label("sorted by").select_option("verdict")
    expect(box).to_contain_text("21 of 21 tests")


def test_a_sentence_is_edited_under_every_scheme(preprocessing):
    box = preprocessing.locator(".w2v").first
    expect(box.locator("table").first.locator("tbody tr")).to_have_count(12)
    sentence = box.get_by_label("sentence")
    sentence.fill("The Zyzzyx fund lost $ 250 in 1987")
    expect(box.locator("table").first).to_contain_text("<money> in <date>")
    expect(box.locator("table").first).to_contain_text("The <unk> fund lost $ <unk> in <unk>")
    numbers = box.locator("table").nth(1)
    expect(numbers.locator("tbody tr")).to_have_count(2)
    expect(numbers).to_contain_text("1e2")
    preprocessing.wait_for_timeout(500)
    picture(preprocessing, box, "05-preprocessing")
    sentence.fill("")
    expect(box.locator(".w2v-message")).to_contain_text("Type a sentence.")
    claims = preprocessing.locator(".w2v").nth(1)
    expect(claims).to_contain_text("21 of 21 tests")


def test_gradient_checks_run_in_the_browser(chromium, server):
    page = opened(chromium, server, "02_gradient_checks")
    run_all(page)
    expect(page.locator(".w2v")).to_contain_text("relative difference")
    page.close()


SLOW_MODULES = """() => {
    const url = URL.createObjectURL;
    URL.createObjectURL = (blob) => {
        const real = url.call(URL, blob);
        if (blob.size < 1e6) return real;
        const late = `await new Promise((done) => setTimeout(done, 4000)); export { default } from "${real}";`;
        return url.call(URL, new Blob([late], { type: "text/javascript" }));
    };
}"""


def test_charts_show_their_data_where_modules_load_slowly(chromium, server, lab_folder):
    code = """
        from w2vlib.replication import published_recipe
        from w2vlib.widgets import explore_training

        text = [["the", "king", "sat"], ["the", "queen", "sat"]] * 5
        run = published_recipe.reproduce(
            text, iterations=2000, dim=3, subsample=1, checkpoint_every=1000, progress=False
        )
        explore_training(run, text, {"royal": ["king", "queen"], "sat": ["sat"]})
    """
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(textwrap.dedent(code))])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, lab_folder / "toy.ipynb")
    page = opened(chromium, server, "toy")
    page.evaluate(SLOW_MODULES)
    run_all(page)
    plots = page.locator(".w2v .js-plotly-plot")
    expect(plots.first).to_contain_text("iteration 2,000")
    expect(plots.first).to_contain_text("queen")
    expect(plots.nth(1)).to_contain_text("the run shown")
    press(control(page.locator(".w2v"), "iteration"), "Home")
    expect(plots.first).to_contain_text("iteration 1,000")
    page.close()


def test_notebook_7_shows_the_same(chromium, server):
    page = opened(chromium, server, "01_derivations", "notebooks")
    run_all(page)
    box = page.locator(".w2v")
    before = loss_shown(box)
    box.get_by_role("button", name="take a step", exact=True).click()
    expect(box).to_contain_text("after 1 steps")
    assert loss_shown(box) < before
    picture(page, box, "01-notebook-7")
    page.close()
