"""Graph <-> Graph with `TFLM_DECODE` operators: constants stored smaller, which TFLM decodes when a node needs them.

One file a format (`lut`, `huffman` with its `huffman_code` and `huffman_tables`, `pruning`), each with `encode` and
`decode`; `header` and `channels` are what the formats share. `compress` chooses and writes, `unpack` is its inverse.
Source of the formats: tensorflow/lite/micro/compression/decode.py and lut.py, and decode.cc, decode_state_*.cc and
decode_state_*.h in tensorflow/lite/micro/kernels, as of August 2026.
"""
