# make report   the PDF report (CORPUS=bundled | ptb | nltk:NAME | path | raw:path, ARGS="-p NAME VALUE")
# make test     every test          make lint    style of code and notebooks
# make lab      JupyterLab on the notebooks      make bench   comparisons with gensim and plain NumPy
# make docs     the API reference (docs/build/index.html)      make coverage   lines run by the tests
# make pictures   the pictures in the README, of the last report
# make fuzz    10,000 damaged files per format, kernels for more kinds of processors, and the cases that make test leaves out
# make lock    constraints.txt: the newest versions that pyproject.toml allows
# make clean    remove all generated files, the environment included

PYTHON ?= $(shell command -v python3.11 || command -v python3)
CORPUS ?= bundled
BIN := .venv/bin
ENV := .venv/.installed
DOCS := .venv/.installed-docs

.PHONY: report test lint lab bench docs pictures coverage fuzz lock clean env
.DEFAULT_GOAL := report

report: $(ENV)
	$(BIN)/w2v report --corpus "$(CORPUS)" $(ARGS)

# One thread of OpenBLAS in each process: there are more processes than processors, and its threads wait busily.
test: export OPENBLAS_NUM_THREADS ?= 1
test: $(ENV)
	$(BIN)/python tests/compile_kernels.py
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(ENV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/nbstripout --verify --keep-id --extra-keys "metadata.papermill cell.metadata.papermill" notebooks/*.ipynb

lab: $(ENV)
	$(BIN)/jupyter lab notebooks

bench: $(ENV)
	$(BIN)/python -m benchmarks.published
	$(BIN)/python -m benchmarks.trainer
	$(BIN)/python -m benchmarks.dims
	$(BIN)/python -m benchmarks.scaling
	$(BIN)/python -m benchmarks.large
	$(BIN)/python -m benchmarks.quality
	$(BIN)/python -m benchmarks.quality --subwords

docs: $(DOCS)
	rm -rf docs/api docs/build
	$(BIN)/sphinx-build -W --keep-going -q -d docs/build/.doctrees docs docs/build

pictures: $(ENV)
	$(BIN)/python docs/pictures.py

# Compiled kernels cannot be measured.
coverage: $(ENV)
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(ARGS)
	$(BIN)/coverage combine
	$(BIN)/coverage report
	$(BIN)/coverage html

fuzz: $(ENV)
	W2VLIB_FUZZ=10000 $(BIN)/python -m pytest tests/hardening/test_damaged_files.py tests/models/test_one_hash.py $(ARGS)
	W2VLIB_FUZZ=200 $(BIN)/python -m pytest -m nightly --numprocesses auto --maxprocesses 4 --dist loadfile $(ARGS)

# In an environment of its own, so that nothing else that is installed gets into the list.
lock:
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	"$(PYTHON)" -m venv "$$folder" && \
	"$$folder/bin/pip" install --quiet --disable-pip-version-check $(ARGS) --upgrade setuptools && \
	"$$folder/bin/pip" install --quiet --disable-pip-version-check --no-build-isolation $(ARGS) -e ".[cluster,docs,nltk,test]" && \
	{ echo "# Made by make lock: the newest versions that pyproject.toml allows. Do not edit."; \
	  "$$folder/bin/pip" freeze --all --exclude pip --exclude-editable; } > "$$folder/constraints.txt" && \
	mv "$$folder/constraints.txt" constraints.txt

env: $(ENV)

$(DOCS): $(ENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation -c constraints.txt -e ".[docs]"
	@touch $(DOCS)

$(ENV): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 is needed and was not found: install python3 and python3-venv."; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || \
	  { echo "Python 3.11 to 3.13 is needed, and $(PYTHON) has another version: set PYTHON=/path/to/python3.11."; exit 1; }
	@"$(PYTHON)" -m venv .venv || { echo "Could not make .venv: install python3-venv (apt install python3-venv)."; exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt setuptools
	$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation -c constraints.txt -e ".[cluster,nltk,test]"
	@ln -sf "$$($(BIN)/python -c 'import pathlib, pypandoc; print(pathlib.Path(pypandoc.__file__).resolve().parent / "files" / "pandoc")')" $(BIN)/pandoc
	@touch $(ENV)

clean:
	rm -rf .venv report/build docs/api docs/build htmlcov .coverage* build dist *.egg-info .pytest_cache .ruff_cache .hypothesis test-artefacts
	find w2vlib tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
