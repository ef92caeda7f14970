"""Whatever a model file calls its tensors, generated comments stay comments."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lilliput.codegen.header import comment
from lilliput.ir import Graph
from tests.cases.builder import GraphBuilder
from tests.codegen.programs import accept, generated, write

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
HOSTILE = (
    '*/ #error "out" /*',
    "*\\ #error out",
    "/\\* open",
    "\\\\*/*\\",
    "a\n#error new line\r\n#error again",
    "??/\n#error trigraph ??/",
    "*??/\n/ #error spliced",
    "// line \\\n#error continued",
    "\x1b[31mred\x00\u2028\u202e漢字é",
    "%s%n" * 100,
)


def with_names(name: str) -> Graph:
    """A small graph in which everything is called `name`."""
    builder = GraphBuilder()
    source = builder.input((2, 3), scale=0.5)
    graph = builder.graph(builder.node("relu", [source], builder.computed((2, 3), scale=0.5)))
    return replace(
        graph,
        source=replace(graph.source, name=name),
        tensors=tuple(replace(tensor, name=name) for tensor in graph.tensors),
        nodes=tuple(replace(node, origin=replace(node.origin, name=name)) for node in graph.nodes),
    )


@given(st.text(alphabet=st.sampled_from("*/\\?a\n é\"'")) | st.text())
def test_quoted_text_neither_ends_nor_opens_nor_breaks_a_comment(text: str) -> None:
    quoted = comment(text)
    assert not any(sign in quoted for sign in ("*/", "/*", "\n", "\r", "\\"))
    assert quoted.isascii()
    assert quoted.isprintable()


@pytest.mark.parametrize("name", HOSTILE)
def test_names_change_nothing_but_comments(name: str) -> None:
    plain, hostile = generated(with_names("harmless")), generated(with_names(name))
    assert _COMMENT.sub("", hostile.source) == _COMMENT.sub("", plain.source)
    assert _COMMENT.sub("", hostile.header) == _COMMENT.sub("", plain.header)
    assert hostile.example_main == plain.example_main


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_hostile_names_compile_without_a_warning(compiler: str, tmp_path: Path) -> None:
    for number, name in enumerate(HOSTILE):
        write(generated(with_names(name)), tmp_path / str(number))
    accept(compiler, tmp_path, "-fsyntax-only", *sorted(tmp_path.glob("*/*.c")))
