"""What a chat model said aloud: without its thoughts, the marks of its template and the turns after its own.

Servers hand all of that through where they know a model's template less well than they believe. Pure.
"""

from __future__ import annotations

import re

_THINKING = (
    r"(?:think|thinking|thoughts?|reason|reasoning|reflection|reflect|rationale|scratch_?pad|ponder(?:ing)?|cot"
    r"|analysis|chain_of_thought|inner_?monologue|internal_\w{1,20})(?:[_-]\w{1,12})?"
)
# <think>, </thought>, <seed:think>, <|begin_of_thought|>, <|START_THINKING|>, ◁think▷, [THINK]; <unused94> of MedGemma.
_THOUGHT = re.compile(
    rf"""
      [<◁⟨〈《【＜‹]\s*[|｜]?\s*(?P<end>/|end_?(?:of_?)?)?(?:begin_?(?:of_?)?|start_?(?:of_?)?)?(?:[a-z]{{1,12}}[:._-]?)??
      {_THINKING}(?:\s[^<>]{{0,80}}?)?(?P<nothing>/)?\s*[|｜]?\s*[>▷⟩〉》】＞›]
    | \[\s*(?P<end_>/)?\s*(?:{_THINKING})\s*\]
    | <unused94>(?:thought)? | (?P<unused><unused95>)
    | <\|channel>\s*(?:thought|analysis) | (?P<channel><channel\|>)
    """,
    re.I | re.X,
)
_CHANNEL = re.compile(r"<\|channel\|>\s*(\w+)[^<]{0,80}<\|message\|>([^<]*(?:<(?!\|)[^<]*)*)")
# The same where a server took the marks away and left the words: "analysisThe user ...assistantfinalA dog".
_BARE_FINAL = re.compile(r"assistant\s?final\s?(?=[^\sa-z])")
_BARE_CHANNEL = re.compile(r"(?:analysis|commentary)(?=[A-Z])")
_BARE_ALONE = re.compile(r"(?:assistant)?final(?=[A-Z\"“])")
# What ends a turn, or begins one.
_TURN = re.compile(
    r"<\|(?:im_(?:end|start)|end|start|return|eo[tm]_id|endoftext|end_?of_?(?:text|turn|sentence)|eos|eoa|eot|user|system"
    r"|assistant|human|(?:start|end)_header_id|(?:START|END)_OF_TURN_TOKEN|(?:USER|CHATBOT|SYSTEM)_TOKEN)\|>"
    r"|<｜(?:end▁of▁sentence|User|Assistant)｜>|<(?:end|start)_of_(?:turn|utterance)>|<end_of_utterance>|</s>|<eos>"
    r"|<turn\|>|<\|turn>|\[/?INST\]|</?SYS>>|<<SYS>>|<\|endofprompt\|>",
    re.I,
)
_SPEAKER = re.compile(r"\W*(?:assistant|model|bot|chatbot|gpt|ai)\W*", re.I)
_OTHER_SPEAKER = re.compile(r"\s*(?:user|human|system|tool)\b\W*", re.I)
# Every other mark of a template.
_MARK = re.compile(
    r"<\|[^<>|\n]{1,60}\|>|<｜[^<>｜\n]{1,60}｜>|<s>|<(?:bos|pad|unk|sep|cls|mask|image|video|unused\d+|begin_of_\w{1,20}"
    r"|(?:start|end)_of_\w{1,20}|(?:loc|seg)_?\d+|image_soft_token|img|/img)>|\[(?:BOS|EOS|PAD|UNK|CLS|SEP)\]"
    r"|(?<!\w)/(?:no_)?think\b"
)
_DIALOGUE = re.compile(r"\s*(?:user|human)\s*:.*?\b(?:assistant|gpt|model)\s*:", re.I | re.S)
_NEXT_TURN = re.compile(r"\n\s*#{0,3}\s*(?:user|human|question|instruction)\s*:", re.I)
_PIECES = re.compile(r"[ĠĊ▁]")  # tokens that no tokenizer has joined


def said_aloud(text: str) -> tuple[str, bool]:
    """What is said to whoever asked, and whether there were thoughts beside it."""
    text, in_channels = _last_channel(text.strip())
    text, tagged = _without_thoughts(text)
    text = _own_turn(text)
    if len(_PIECES.findall(text)) > 1:
        text = text.replace("Ċ", "\n").replace("Ġ", " ").replace("▁", " ")
    return text.strip(), in_channels or tagged


def _last_channel(text: str) -> tuple[str, bool]:
    """The final one of harmony's, the format of gpt-oss. https://cookbook.openai.com/articles/openai-harmony"""
    channels = _CHANNEL.findall(text)
    if channels:
        final = [said for name, said in channels if name.lower() == "final"]
        return (final[-1] if final else ""), True
    if (ends := list(_BARE_FINAL.finditer(text))) and _BARE_CHANNEL.match(text):
        return text[ends[-1].end() :], True
    if _BARE_CHANNEL.match(text):
        return "", True
    return _BARE_ALONE.sub("", text, count=1) if _BARE_ALONE.match(text) else text, False


def _without_thoughts(text: str) -> tuple[str, bool]:
    """What stands behind the last thought; where nothing does, what stands before the first.

    Some templates write the opening tag into the prompt: the answer then holds the closing one alone. A thought that
    was cut off has no closing one.
    """
    tags = [tag for tag in _THOUGHT.finditer(text) if not tag["nothing"]]
    if not tags:
        return text, False
    closing = [bool(tag["end"] or tag["end_"] or tag["unused"] or tag["channel"]) for tag in tags]
    last = max((number for number, closes in enumerate(closing) if closes), default=None)
    start = 0 if last is None else tags[last].end()
    end = next((tag.start() for tag in tags if tag.start() >= start), len(text))
    behind = text[start:end].strip()
    if _own_turn(behind).strip() or closing[0]:
        return behind, True
    return text[: tags[0].start()].strip(), True


def _own_turn(text: str) -> str:
    """The first turn that is the model's; marks in it are spaces."""
    if _DIALOGUE.match(text):
        text = _DIALOGUE.sub("", text, count=1)
    text = text.rpartition("[/INST]")[2] or text  # the question of Llama 2 and Mistral
    text = text[: ends.start()] if (ends := _NEXT_TURN.search(text, 1)) else text
    others = False  # what comes next is somebody else's
    for turn in _TURN.split(text):
        turn = _MARK.sub(" ", turn).strip()
        if not turn or _SPEAKER.fullmatch(turn):
            others = others and not turn
            continue
        if _OTHER_SPEAKER.fullmatch(turn):
            others = True
            continue
        if others or (turn is not text and _OTHER_SPEAKER.match(turn) and "\n" in turn):
            others = False
            continue
        return re.sub(r"^(?:assistant|model)\s*(?::|\n)\s*", "", turn, flags=re.I)
    return ""
