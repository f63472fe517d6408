"""A small site with real pictures and honest mistakes, for a first audit without a network.

`site/README.md` lists what is wrong with it and what an audit should say.
"""
