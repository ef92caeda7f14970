# ruff: noqa: A005 (the folder mirrors lilliput.encodings)
