"""The captioner that ships with the package: small, offline, silent where it does not know.

`captioning.captioners.builtin.captioner.BuiltinCaptioner` is its front; `weights/MODEL_CARD.md` says what it is good
for and `weights/NOTICE.md` on which terms its weights come.
"""
