"""The plan as JSON says all that the pictures show."""

import json

from lilliput.reports.plan_json import plan_report
from lilliput.reports.plan_picture import picture_of
from tests.plans import two_convolutions


def test_steps_segments_buffers_and_rectangles_are_there() -> None:
    graph, placed = two_convolutions(input_by_rows=True)
    report = plan_report(picture_of(graph, placed))
    assert json.loads(json.dumps(report)) == report
    assert report["segments"] == [[0, 1]]
    assert report["steps"][:3] == [[-1, 0], [-1, 1], [0, 0]]
    assert report["input_by_rows"] is True
    assert (report["arena_bytes"], report["peak_bytes"]) == (94, max(report["live_bytes"]))
    assert report["live_bytes"][report["peak_step"]] == report["peak_bytes"]
    assert [(each["tensors"], each["row_bytes"], each["rows_kept"]) for each in report["buffers"]] == [
        (["t0"], 8, 3),
        (["t3"], 8, 3),
        (["t6"], 8, 4),
        ([], 6, 1),
    ]
    image = report["occupants"][0]
    assert (image["what"], image["tensor"], image["node"], image["rows"]) == ("input", "t0", None, 4)
    assert image["rectangles"][0] == [0, 0, 8, 0, 5]
    assert sum(each["peak_bytes"] for each in report["occupants"]) == report["peak_bytes"]
