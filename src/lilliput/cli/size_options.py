"""The options of `lilliput size`, in the panels that its help shows."""

from pathlib import Path
from typing import Annotated

import typer

_INPUT = "What it reads"
_VIEW = "What it shows"
_CODE = "Functions and lines"
_REFERENCES = "What would go away"
_RAM = "RAM while it runs"
_CHANGE = "Changes"
_OUTPUT = "Output"

FirmwareArgument = Annotated[
    Path | None, typer.Argument(metavar="FIRMWARE", show_default=False, help="The linker's output: .elf, .axf, .out.")
]

MapOption = Annotated[
    Path | None, typer.Option("--map", metavar="FILE", help="The linker's map.", rich_help_panel=_INPUT)
]
BinOption = Annotated[
    Path | None,
    typer.Option(
        "--bin", metavar="FILE", help="What is flashed; must be equal, byte for byte.", rich_help_panel=_INPUT
    ),
]
FlashOption = Annotated[
    list[str] | None,
    typer.Option("--flash", metavar="[ORIGIN:]LENGTH", help="The chip's flash, as 512K.", rich_help_panel=_INPUT),
]
RamOption = Annotated[
    list[str] | None,
    typer.Option("--ram", metavar="[ORIGIN:]LENGTH", help="The chip's RAM, as 0x20000000:64K.", rich_help_panel=_INPUT),
]
RulesOption = Annotated[
    list[Path] | None,
    typer.Option("--rules", metavar="FILE.toml", help="More rules for groups.", rich_help_panel=_INPUT),
]

SectionsOption = Annotated[
    bool, typer.Option("--sections", help="Flash and RAM of every section.", rich_help_panel=_VIEW)
]
ArchivesOption = Annotated[
    bool, typer.Option("--archives", help="Flash and RAM of every library.", rich_help_panel=_VIEW)
]
ObjectsOption = Annotated[
    bool, typer.Option("--objects", help="Flash and RAM of every object file.", rich_help_panel=_VIEW)
]
SymbolsOption = Annotated[bool, typer.Option("--symbols", help="Flash and RAM of every symbol.", rich_help_panel=_VIEW)]
TopOption = Annotated[
    int, typer.Option("--top", metavar="N", min=0, help="Rows of each table; 0 for all.", rich_help_panel=_VIEW)
]
ExtractModelOption = Annotated[
    Path | None,
    typer.Option(
        "--extract-model", metavar="FILE.tflite", help="Write the model found in flash.", rich_help_panel=_VIEW
    ),
]

FunctionsOption = Annotated[bool, typer.Option("--functions", help="Bytes of every function.", rich_help_panel=_CODE)]
LinesOption = Annotated[bool, typer.Option("--lines", help="Bytes of every source line.", rich_help_panel=_CODE)]
InlinedOption = Annotated[bool, typer.Option("--inlined", help="Bytes of every inlined call.", rich_help_panel=_CODE)]
SourceOption = Annotated[
    str | None,
    typer.Option("--source", metavar="NAME", help="One function's source and machine code.", rich_help_panel=_CODE),
]
SourceFolderOption = Annotated[
    list[Path] | None,
    typer.Option("--source-folder", metavar="DIR", help="Where to look for sources.", rich_help_panel=_CODE),
]

RetainedOption = Annotated[
    bool, typer.Option("--retained", help="What would go away with everything.", rich_help_panel=_REFERENCES)
]
WithoutOption = Annotated[
    str | None,
    typer.Option(
        "--without", metavar="PATTERN", help="What would go away with what matches.", rich_help_panel=_REFERENCES
    ),
]
WhyOption = Annotated[
    str | None,
    typer.Option("--why", metavar="SYMBOL", help="What keeps a symbol in the image.", rich_help_panel=_REFERENCES),
]

StackOption = Annotated[
    bool, typer.Option("--stack", help="Worst-case stack of every entry point, and reserved RAM.", rich_help_panel=_RAM)
]
EntryOption = Annotated[
    list[str] | None, typer.Option("--entry", metavar="NAME", help="One more entry point.", rich_help_panel=_RAM)
]
SuOption = Annotated[
    list[Path] | None,
    typer.Option("--su", metavar="PATH", help="A .su file of the compiler, or a folder of them.", rich_help_panel=_RAM),
]

DiffOption = Annotated[
    Path | None,
    typer.Option("--diff", metavar="OLD", help="Compare with an ELF or a saved JSON.", rich_help_panel=_CHANGE),
]
DiffRecordedOption = Annotated[
    str | None,
    typer.Option(
        "--diff-recorded",
        metavar="REVISION",
        help="Compare with the latest recorded of a branch or commit.",
        rich_help_panel=_CHANGE,
    ),
]
DiffMapOption = Annotated[
    Path | None, typer.Option("--diff-map", metavar="FILE", help="The map of OLD.", rich_help_panel=_CHANGE)
]
BudgetOption = Annotated[
    Path | None,
    typer.Option("--budget", metavar="FILE.toml", help="Fail when a limit is exceeded.", rich_help_panel=_CHANGE),
]
RecordOption = Annotated[
    bool, typer.Option("--record", help="Store the result in the database.", rich_help_panel=_CHANGE)
]
HistoryOption = Annotated[
    bool, typer.Option("--history", help="Show what was recorded, of FIRMWARE or of all.", rich_help_panel=_CHANGE)
]
DatabaseOption = Annotated[
    str,
    typer.Option(
        "--database",
        metavar="URL",
        envvar="LILLIPUT_DATABASE",
        help="A SQLite file, or any URL of SQLAlchemy.",
        rich_help_panel=_CHANGE,
    ),
]
CommitOption = Annotated[
    str | None, typer.Option("--commit", help="Commit to record, instead of git's.", rich_help_panel=_CHANGE)
]
BranchOption = Annotated[
    str | None,
    typer.Option("--branch", help="Branch to record, instead of git's, or to show.", rich_help_panel=_CHANGE),
]

JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object.", rich_help_panel=_OUTPUT)]
CsvOption = Annotated[bool, typer.Option("--csv", help="All symbols as CSV.", rich_help_panel=_OUTPUT)]
MarkdownOption = Annotated[
    bool, typer.Option("--markdown", help="The tables in Markdown, for a comment.", rich_help_panel=_OUTPUT)
]
