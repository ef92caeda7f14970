"""The command line: one module a subcommand."""

from lilliput.cli.app import main

__all__ = ["main"]
