"""Image files from the web to upright RGB pictures, in a process apart.

`sniff` says what the bytes are, `raster` (with `bitmap` and `repair`) and `svg` (with `drawing`) read them, `colours`
(with `coding_points`) makes them RGB on white, `child` does all that within limits, and `process` is how the rest of
the program asks for it.
"""
