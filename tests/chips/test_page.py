"""docs/chips.md shows what its commands print, and its example of a file of chips works."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lilliput import chips
from lilliput.cli.app import app

PAGE = (Path(__file__).parents[2] / "docs" / "chips.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("command", "output"), re.findall(r"^```console\n\$ lilliput (.*)\n([^`]*)```", PAGE, re.M))
def test_the_page_shows_what_its_commands_print(command: str, output: str) -> None:
    result = CliRunner(env={"COLUMNS": "100"}).invoke(app, shlex.split(command))
    assert result.exit_code == 0, result.output
    assert result.stdout.rstrip() == output.rstrip()


def test_the_example_of_a_file_of_chips_works(tmp_path: Path) -> None:
    (example,) = re.findall(r"^```toml\n([^`]*)```", PAGE, re.M)
    (tmp_path / "chips.toml").write_text(example, encoding="utf-8")
    assert chips.find_one("ACME board", chips_file=tmp_path / "chips.toml").ram_bytes == 56 << 10
