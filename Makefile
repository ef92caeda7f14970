# Two commands for a newcomer: `make demo` and `make test`. Both set up .venv first.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
C_FILES := $(shell find src -name '*.[ch]')

.PHONY: demo test check numbers golden clean

demo: $(READY)
	$(BIN)/lilliput inspect examples/digits/digits.tflite
	$(BIN)/lilliput compile examples/digits/digits.tflite -o build/demo --target cortex-m4
	$(BIN)/lilliput verify examples/digits/digits.tflite --target cortex-m4 --data examples/digits/test_set.npz

test: check
	$(BIN)/pytest -n auto --dist worksteal

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/clang-format --dry-run --Werror $(C_FILES)
	$(BIN)/python tools/check_kernels.py
	$(BIN)/python tools/write_supported_operators.py --check

# docs/numbers.md: every figure that the documentation quotes. Needs arm-none-eabi-gcc and the shared models.
numbers: $(READY)
	UPDATE_GOLDEN=1 $(BIN)/pytest -n auto tests/end_to_end/test_sizes.py
	$(BIN)/python tools/write_numbers.py

# Accept changed golden files; read their diff like code.
golden: $(READY)
	UPDATE_GOLDEN=1 $(BIN)/pytest -n auto -m "not slow"
	$(BIN)/python tools/write_supported_operators.py

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Lilliput needs Python 3.11 or newer; set PYTHON=")'
	@echo "Setting up .venv: downloads some hundred megabytes of packages, once."
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[develop]'
	touch $(READY)

clean:
	rm -rf .venv build .pytest_cache .ruff_cache .hypothesis .import_linter_cache
