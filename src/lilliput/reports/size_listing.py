"""Listing -> text for people: each source line with its bytes, and its instructions below; and the same for JSON."""

from rich.console import Console
from rich.text import Text

from lilliput.firmware.debug.listing import Block, Listing
from lilliput.firmware.saved_report import Json, fields
from lilliput.reports.size_lines import place, unread_notes

_CODE_WIDTH = 10
_SIZE_WIDTH = 14


def print_listing(listing: Listing, console: Console) -> None:
    """Print the function in the order of its addresses."""
    title = f"{listing.demangled}: {listing.size_bytes:,} bytes at {listing.address:#010x}"
    console.print(Text(title, "bold"), soft_wrap=True)
    for block in listing.blocks:
        console.print()
        for line in _block_lines(block):
            console.print(line, soft_wrap=True)
    for note in _notes(listing):
        console.print(Text(note, "dim"), soft_wrap=True)


def listing_json(listing: Listing) -> Json:
    """The function as the value of the report's key `listing`."""
    return {
        **{key: value for key, value in fields(listing).items() if key != "blocks"},
        "blocks": [_block_json(block) for block in listing.blocks],
    }


def _block_lines(block: Block) -> list[Text]:
    size = f"{block.size_bytes:,}"
    if block.line_bytes != block.size_bytes:
        size += f" of {block.line_bytes:,}"
    lines = [Text.assemble((size.rjust(_SIZE_WIDTH), "bold"), f"  {place(block.file, block.line)}  ", block.source)]
    lines += [
        Text(f"{'':{_SIZE_WIDTH}}  {call.callee} inlined at {place(call.call_file, call.call_line)}", "cyan")
        for call in block.inlined
    ]
    for each in block.instructions:
        code = each.code.hex().ljust(_CODE_WIDTH)
        lines.append(Text(f"{'':{_SIZE_WIDTH}}    {each.address:08x}  {code}  {each.text}".rstrip(), "dim"))
    return lines


def _notes(listing: Listing) -> list[str]:
    notes = [f"source not found: {path} (--source-folder says where to look)" for path in listing.missing_files]
    if not listing.is_disassembled:
        notes.append(f"no disassembler knows {listing.machine}: its machine code is shown as it is")
    notes += unread_notes(listing.unread)
    return ["", *notes] if notes else notes


def _block_json(block: Block) -> Json:
    instructions = [
        {"address": each.address, "code": each.code.hex(), "text": each.text} for each in block.instructions
    ]
    return {**fields(block), "inlined": [fields(call) for call in block.inlined], "instructions": instructions}
