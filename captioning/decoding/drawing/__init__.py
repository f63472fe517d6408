"""What is done to a drawing (SVG) before resvg draws it, so that it comes out as in a browser.

`markup` makes a tree of the bytes, `cascade` applies what resvg does not know of CSS (with `sheets`, `expressions`,
`colours` and `transforms`), `labels` sets the HTML in it as text, `photos` mends the pictures inside, and `fonts` are
those that texts are drawn with on a machine without any.
"""
