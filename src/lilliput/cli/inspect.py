"""`lilliput inspect`: what is in a model, and where its bytes and operations go."""

import json

import typer

from lilliput import tflite
from lilliput.cli.build_options import JsonOption, ModelArgument
from lilliput.inspection import inspect_graph


def inspect_command(model: ModelArgument, as_json: JsonOption = False) -> None:
    """Show a model's operators, where its bytes and operations go, and its memory over time."""
    inspection = inspect_graph(tflite.read(model))
    if as_json:
        from lilliput.reports.inspect_json import inspect_report

        typer.echo(json.dumps(inspect_report(inspection), indent=2))
        return
    from lilliput.reports.inspect_terminal import print_inspection

    print_inspection(inspection)
