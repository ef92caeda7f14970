"""Run `lilliput size` and three other tools on one firmware, side by side, and print what each takes and reports.

    .venv/bin/python benchmarks/size/compare.py [--units 7] [--runs 5]

Builds an ELF file of 2 MB with debug information, installs the tools of requirements.txt into a virtual environment of
their own, and runs all of them in turn, so that a busy machine is busy for all. Times are medians. Needs
arm-none-eabi-g++ with newlib and libstdc++.
"""

import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from firmware import build

FOLDER = Path(__file__).parent
ENVIRONMENT = FOLDER.parents[1] / "build" / "benchmark-tools"

_FPVGCC_WORK = """\
import logging, sys, time
logging.disable()
from fpvgcc import fpv
begin = time.process_time()
fpv.process_map_file(sys.argv[1])
print(time.process_time() - begin)
"""
_LILLIPUT_WORK = """\
import sys, time
from pathlib import Path
import lilliput
from lilliput.firmware.report import SizeOptions
begin = time.process_time()
lilliput.size(sys.argv[2], SizeOptions(map_file=Path(sys.argv[1])))
print(time.process_time() - begin)
"""


@dataclass(frozen=True, slots=True)
class Tool:
    """A command; `totals` finds flash and RAM bytes in what it prints, `work` prints the seconds without start-up."""

    name: str
    command: tuple[str, ...]
    totals: Callable[[str], tuple[int, int] | None]
    work: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of one run: as a clock sees it, and of the processor."""

    elapsed: float
    processor: float


def _lilliput_totals(output: str) -> tuple[int, int]:
    report = json.loads(output)
    return report["flash_bytes"], report["ram_bytes"]


def _membrowse_totals(output: str) -> tuple[int, int]:
    regions = json.loads(output)["memory_layout"]
    return regions["FLASH"]["used_size"], regions["RAM"]["used_size"]


def _fpvgcc_totals(output: str) -> tuple[int, int] | None:
    match = re.search(r"TOTALS\s*\|\s*\d*\s*\|\s*(\d+)\s*\|\s*(\d+)", output)
    return (int(match[1]), int(match[2])) if match else None


def tools(elf: Path) -> list[Tool]:
    """All tools with the arguments that ask for as much as each can tell about the whole firmware."""
    bin_folder = ENVIRONMENT / "bin"
    lilliput = str(Path(sys.executable).with_name("lilliput"))
    map_file, script = str(elf.with_suffix(".map")), str(elf.with_name("memory.ld"))
    objdump = shutil.which("arm-none-eabi-objdump") or ""
    puncover = ("--non-interactive", "--generate-report", "--report-filename", str(elf.with_name("puncover")))
    puncover += ("--gcc-tools-base", objdump.removesuffix("objdump"), "--src_root", str(elf.parent))
    return [
        Tool(
            "lilliput size",
            (lilliput, "size", str(elf), "--map", map_file, "--json"),
            _lilliput_totals,
            (sys.executable, "-c", _LILLIPUT_WORK, map_file, str(elf)),
        ),
        Tool("lilliput size, with lines", (lilliput, "size", str(elf), "--map", map_file, "--lines"), lambda _: None),
        Tool("puncover", (f"{bin_folder}/puncover", *puncover, str(elf)), lambda _: None),
        Tool(
            "membrowse",
            (f"{bin_folder}/membrowse", "report", str(elf), script, "--map-file", map_file, "--json", "--all-symbols"),
            _membrowse_totals,
        ),
        Tool(
            "fpvgcc",
            (f"{bin_folder}/fpvgcc", map_file, "--sar"),
            _fpvgcc_totals,
            (f"{bin_folder}/python", "-c", _FPVGCC_WORK, map_file),
        ),
    ]


def run(command: tuple[str, ...]) -> tuple[Times, str]:
    """Run a command and give its times, those of its children included, and what it printed."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    result = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1"})
    elapsed, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Times(elapsed, processor), result.stdout


def main() -> None:
    """Build, run, print."""
    arguments = argparse.ArgumentParser(description="Compare lilliput size with other tools.")
    arguments.add_argument("--units", type=int, default=7, help="units of the firmware; 7 give 2.5 MB")
    arguments.add_argument("--runs", type=int, default=5, help="runs of each tool")
    options = arguments.parse_args()
    if not ENVIRONMENT.is_dir():
        venv.create(ENVIRONMENT, with_pip=True)
        install = (f"{ENVIRONMENT}/bin/python", "-m", "pip", "install", "-q", "-r", str(FOLDER / "requirements.txt"))
        subprocess.run(install, check=True)
    with TemporaryDirectory() as folder:
        elf = build(Path(folder), options.units)
        flashed = elf.with_suffix(".bin").stat().st_size
        print(f"ELF {elf.stat().st_size:,} bytes, map {elf.with_suffix('.map').stat().st_size:,} bytes,", end=" ")
        print(f"objcopy -O binary {flashed:,} bytes\n")
        _compare(tools(elf), options.runs)


def _compare(candidates: list[Tool], runs: int) -> None:
    times: dict[str, list[Times]] = {each.name: [] for each in candidates}
    work: dict[str, list[float]] = {each.name: [] for each in candidates}
    totals: dict[str, tuple[int, int] | None] = {}
    for _ in range(runs):
        for each in candidates:
            taken, output = run(each.command)
            times[each.name].append(taken)
            totals[each.name] = each.totals(output)
            if each.work:
                work[each.name].append(float(run(each.work)[1]))
    first = median(each.processor for each in times[candidates[0].name])
    print("| tool | command, s | processor, s | times lilliput | work alone, s | flash | RAM |")
    print("|---|---|---|---|---|---|---|")
    for name, taken in times.items():
        processor = median(each.processor for each in taken)
        alone = f"{median(work[name]):.3f}" if work[name] else "-"
        flash, ram = totals[name] or (0, 0)
        sums = f"{flash:,} | {ram:,}" if flash else "- | -"
        elapsed = median(each.elapsed for each in taken)
        print(f"| {name} | {elapsed:.2f} | {processor:.2f} | {processor / first:.1f} | {alone} | {sums} |")


if __name__ == "__main__":
    main()
