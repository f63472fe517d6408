"""What must not be left in a caption: marks of templates, markup, a model's talk with itself or with its user. Pure."""

from __future__ import annotations

import re

from rules.text.leftovers import is_leftover

_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|«[^»]*»|「[^」]*」|„[^“”]*[“”]|(?<!\w)'[^']*'(?!\w)|(?<!\w)‘[^’]*’(?!\w)")
_MARKS = re.compile(
    r"""
      <\|?/?[a-z!|][^<>]{0,60}>? | [|｜]> | [◁▷] | <｜
    | \[/?(?:inst|think|sys|image|insert|your|end|eos|bos|pad|unk)\b[^\]]{0,40}\]?
    | `{2,} | \*\*+ | ~~ | (?<!\w)__\w | ^\#{1,6}\s | \]\( | !\[
    | \\[nrtu"x*_] | \\(?:text|boxed|n)\b
    | \b(?:alt|alt[_-]?text|aria-label|src|caption|description)["']?\s*=\s*["'{]
    | ["'](?:alt|alt[_ -]?text|caption|description|text|answer|image|title|type|content|role)["']\s*:
    | ^[{\[]\s*["'{\[] | ["'\]}]\s*[}\]]+\s*$
    | \#{3,} | ={3,} | "{3} | \|\s*\| | \bto=\w+
    | [ĠĊ▁] | \ufffd | Ã[\x80-\xbf©¨¶¤¼] | â€
    | \b(?:word|character)\s+count\b
    | ^(?:user|human|system|assistant)\s*:
    """,
    re.I | re.X,
)
_VERBS = (
    r"(?:needs?|should|will|can['’]?t|cannot|could|must|have\ to|wants?|think|would|don['’]t|do\ not|know|assume|guess"
    r"|believe|hope|am\b|was|might|may|describe|provide|consider|start|check|apologi[sz]e|understand|recommend|suggest"
    r"|generate|created?|wrote|notice|identify)"
)
_TALK = re.compile(
    rf"""
      (?:^|[.!?:;,]\s+|\b(?:and|but|so|that|because|then|if|what|where|which)\s+)
        (?:i|we)\s+(?:also\s+|just\s+|only\s+|first\s+)?{_VERBS}
    | (?:^|[.!?]\s+)(?:let['’]?s|let\ me|i['’](?:m|ll|ve|d))\b
    | \bthe\ user(?:['’]s)?\s+(?:want|ask|is|has|need|request|provid|said|would|prompt|instruct|question|message
        |gave|upload|sent)
    | \b(?:this|the|my|your|an?|good|write|writing|create|generate|provide|as|for)\s+(?:\w+\s+)?
        alt(?:ernative)?[-\ ]?text\b
        (?!\s+(?:field|box|input|editor|setting|dialog|column|panel|label))
    | \b(?:the|my|your|this)\s+(?:prompt|instructions?)\s+(?:is|are|say|ask|want|require|state)
    | (?:^|[.!?]\s+)(?:okay|ok|alright|hmm+|wait)\s*[,.!](?:\s|$)
    | \b(?:at\ most|under|maximum\ of|no\ more\ than|less\ than|exactly)\ \d+\ (?:words|characters)\b
    | \b\d+\ words\ or\ (?:less|fewer)\b
    | \bas\ an\ ai\b | \blanguage\ model\b | \blet\ me\ know\b | \bfeel\ free\ to\b | \bhope\ this\ helps\b
    """,
    re.I | re.X,
)


def remains_of(text: str) -> str | None:
    """The first thing in a text that no text for a picture holds; None for a clean one.

    What a picture says in quotation marks is its own business, but for marks of templates.
    """
    if (mark := _MARKS.search(text)) is not None:
        return mark[0]
    spoken = _QUOTED.sub('""', text)
    if (talk := _TALK.search(spoken)) is not None:
        return talk[0].strip()
    return text if is_leftover(text) else None
