"""What `verify` tells people and programs about wrong code, other oracles and odd files."""

import json
from dataclasses import replace

import pytest

from lilliput.oracles import Oracle
from lilliput.reports.to_json import verify_report
from lilliput.reports.to_terminal import print_verification
from lilliput.verification import Comparison, Disagreement, Mismatch, Verification

NOWHERE = Mismatch("cortex-m0plus", None, "", "", input_set=2, index=7, expected=255, actual=1)
AT_NODE = Mismatch("host", 5, "fully_connected", "dense", input_set=0, index=3, expected=0, actual=9)


def wrong(verification: Verification, mismatch: Mismatch) -> Verification:
    comparison = Comparison("outputs", mismatch.where, compared_bytes=1000, mismatched_bytes=1234)
    return replace(verification, comparisons=(comparison,), first_mismatch=mismatch)


def last_line(verification: Verification, capsys: pytest.CaptureFixture[str]) -> str:
    print_verification(verification)
    return capsys.readouterr().out.splitlines()[-1]


def test_the_text_names_the_node_of_the_first_wrong_byte(
    verification: Verification, capsys: pytest.CaptureFixture[str]
) -> None:
    assert last_line(wrong(verification, AT_NODE), capsys) == (
        "NOT exact: 1,234 bytes differ; first on host, operator 5 FULLY_CONNECTED, input 0, byte 3: 9 instead of 0"
    )


def test_the_text_names_the_outputs_when_no_node_was_found(
    verification: Verification, capsys: pytest.CaptureFixture[str]
) -> None:
    assert last_line(wrong(verification, NOWHERE), capsys) == (
        "NOT exact: 1,234 bytes differ; first on cortex-m0plus, the outputs, input 2, byte 7: 1 instead of 255"
    )


def test_json_has_null_when_no_node_was_found(verification: Verification) -> None:
    assert json.loads(json.dumps(verify_report(wrong(verification, NOWHERE))))["first_mismatch"] == {
        "node": None,
        "operator": "",
        "name": "",
        "index": 7,
        "input": 2,
        "where": "cortex-m0plus",
        "expected_byte": 255,
        "actual_byte": 1,
    }


def test_another_oracle_that_parts_is_a_note(verification: Verification, capsys: pytest.CaptureFixture[str]) -> None:
    litert = Oracle("litert", "2.1", "litert")
    parting = replace(verification, disagreements=(Disagreement(litert, 1920, 1100, 4),))
    print_verification(parting)
    out = capsys.readouterr().out
    expected = "differs from TensorFlow Lite Micro in 1,100 of 1,920 output bytes, first at operator 4"
    assert f"\nnote: LiteRT (BUILTIN_REF) {expected}\n" in out
    assert verify_report(parting)["oracle_disagreements"] == [
        {
            "oracle": {"name": "litert", "version": "2.1", "contract": "litert"},
            "compared_bytes": 1920,
            "differing_bytes": 1100,
            "first_node": 4,
        }
    ]


def test_oracles_that_agree_are_no_note(verification: Verification, capsys: pytest.CaptureFixture[str]) -> None:
    agreeing = (Disagreement(Oracle("litert", "2.1", "litert"), 1920, 0, None),)
    print_verification(replace(verification, disagreements=agreeing))
    assert "note:" not in capsys.readouterr().out


def test_warnings_of_the_file_are_repeated_as_they_are(
    verification: Verification, capsys: pytest.CaptureFixture[str]
) -> None:
    """Square brackets, of which names of tensors are full, must not be taken for markup."""
    warning = f'tensor 3 "conv[bold]{"x" * 100}" is odd'
    graph = verification.build.graph
    source = replace(graph.source, warnings=(warning,))
    build = replace(verification.build, graph=replace(graph, source=source))
    print_verification(replace(verification, build=build))
    assert f"\nwarning: {warning}\n" in capsys.readouterr().out
    assert verify_report(replace(verification, build=build))["warnings"] == [warning]


def test_the_nodes_stand_with_their_instructions(
    verification: Verification, capsys: pytest.CaptureFixture[str]
) -> None:
    print_verification(verification)
    lines = capsys.readouterr().out.splitlines()
    for node in verify_report(verification)["nodes"]:
        (row,) = [
            line.split() for line in lines if line.split()[:3] == [str(node["index"]), node["operator"], node["name"]]
        ]
        assert row[3:6] == [f"{node[key]:,}" for key in ("weight_bytes", "macs", "instructions")]
