"""The bytes of a drawing as a tree that refers to nothing outside of it."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from lxml import etree

from captioning.decoding.drawing.cascade import SVG_NAMESPACE
from captioning.decoding.picture import undecodable

_DECLARED = re.compile(rb"(^\s*<\?xml[^>]*?)\s+encoding\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.I)
_UTF16 = re.compile(rb"^(?:utf-?16|ucs-?2|unicode|iso-10646-ucs-2)", re.I)
_LINKED = {"image", "use", "feImage", "textPath", "pattern", "linearGradient", "radialGradient", "filter", "mpath"}


@dataclass(slots=True)
class Found:
    """What was found in a drawing that nobody sees in it."""

    has_text: bool = False
    refers_elsewhere: bool = False
    has_sprites: bool = False


def parse(data: bytes) -> tuple[etree._Element, tuple[str, ...]]:
    """The root of the markup, as far as it can be read; without comments and with its entities resolved."""
    data = _declared_rightly(data)
    for recover in (False, True):
        parser = etree.XMLParser(
            resolve_entities="internal", no_network=True, load_dtd=False, recover=recover, remove_comments=True,
            remove_pis=True,
        )  # fmt: skip
        try:
            root = etree.fromstring(data, parser)
        except etree.XMLSyntaxError as error:
            if error.code == etree.ErrorTypes.ERR_NO_MEMORY:
                raise MemoryError from error
            reason = error.msg
            continue
        if root is not None:
            whole = not recover or b"svg>" in data[-200:]
            return root, (() if not recover else ("damaged",) if whole else ("truncated",))
    raise undecodable("corrupt", f"not well-formed: {reason}")


def _declared_rightly(data: bytes) -> bytes:
    """A file whose declaration says what its bytes are; browsers go by the bytes, libxml2 by the declaration.

    A declaration that can be read in ASCII is not in UTF-16, whatever it says; an unknown encoding is taken as UTF-8.
    """
    found = _DECLARED.match(data[:1000])
    if not found:
        return data
    name = found[2] or found[3] or b""
    try:
        is_known = not _UTF16.match(name) and bool(codecs.lookup(name.decode("ascii")))
    except (LookupError, ValueError):
        is_known = False
    return data if is_known else found[1] + data[found.end() :]


def with_namespace(root: etree._Element) -> etree._Element:
    """A drawing that does not say it is one; browsers refuse it, yet what it shows is clear."""
    markup = re.sub(r"<svg\b", f'<svg xmlns="{SVG_NAMESPACE}"', etree.tostring(root, encoding="unicode"), count=1)
    return etree.fromstring(markup)


def clean(root: etree._Element) -> Found:
    """Take out all references that lead out of the drawing."""
    facts = Found()
    for element in [*root.iter()]:
        if not isinstance(element.tag, str) or _is_undeclared(element.tag):
            element.clear()  # an entity that was not resolved, or an element of no language
            element.tag = "none"
            continue
        local = element.tag.rpartition("}")[2]
        facts.has_text = facts.has_text or local in {"text", "foreignObject"}
        facts.has_sprites = facts.has_sprites or local == "symbol"
        for name, value in element.attrib.items():
            reference = name.endswith("href")
            within = value.strip().startswith(("#", "data:"))
            if _is_undeclared(name) or (reference and not within):
                facts.refers_elsewhere = facts.refers_elsewhere or (local in _LINKED and not within)
                del element.attrib[name]
            if _is_undeclared(name) and reference and within:
                element.set("href", value)
    return facts


def _is_undeclared(name: str) -> bool:
    """Whether a name has a prefix that stands for nothing, as in drawings that were cut out of another."""
    return not name.startswith("{") and ":" in name
