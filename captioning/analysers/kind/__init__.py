"""What kind of picture one is, and what an ImageNet classifier sees in it; trained by `benchmarks/kinds.py`.

`captioning.analysers.kind.analyser.KindAnalyser` is its front; `weights/MODEL_CARD.md` says how good it is.
"""
