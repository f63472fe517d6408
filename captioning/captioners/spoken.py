"""What a chat model said aloud: without its thoughts, the marks of its template and the turns after its own.

Servers hand all of that through where they know a model's template less well than they believe. Pure.
"""

from __future__ import annotations

import re

_THINKING = (
    r"(?:think|thinking|thoughts?|reason|reasoning|reflection|reflect|rationale|scratch_?pad|ponder(?:ing)?|cot"
    r"|analysis|chain_of_thought|inner_?monologue|internal_\w{1,20})"
)
# <think>, </thought>, <seed:think>, <|begin_of_thought|>, <|START_THINKING|>, ◁think▷, [THINK]; <unused94> of MedGemma.
_THOUGHT = re.compile(
    rf"""
      [<◁⟨〈《【＜‹]\s*[|｜]?\s*(?P<end>/|end_?(?:of_?)?)?(?:begin_?(?:of_?)?|start_?(?:of_?)?)?(?:[a-z]{{1,12}}[:._-]?)??
      {_THINKING}(?:(?P<ended>[_-](?:end|stop|close))|[_-]\w{{1,12}})?
      (?:\s[^<>]{{0,80}}?)?(?P<nothing>/)?\s*[|｜]?\s*[>▷⟩〉》】＞›]
    | \[\s*(?P<end_>/)?\s*{_THINKING}(?:[_-]\w{{1,12}})?\s*\]
    | <unused94>(?:thought)? | (?P<unused><unused95>)
    | <\|channel>\s*(?:thought|analysis) | (?P<channel><channel\|>)
    """,
    re.I | re.X,
)
_CHANNEL = re.compile(
    r"<\|channel\|>\s*(\w+)[^<]{0,80}(?:<\|constrain\|>[^<]{0,40})?<\|message\|>([^<]*(?:<(?!\|)[^<]*)*)"
)
# The same where a server took the marks away and left the words: "analysisThe user ...assistantfinalA dog".
_BARE_FINAL = re.compile(r"assistant\s?final\s?(?=[^\sa-z])")
_BARE_CHANNEL = re.compile(r"(?:analysis|commentary)(?=[A-Z])")
_BARE_ALONE = re.compile(r"(?:assistant)?final(?=[A-Z\"“])")
# What ends a turn, or begins one.
_TURN = re.compile(
    r"<\|(?:im_(?:end|start)|end|start|return|eo[tm]_id|endoftext|end_?of_?(?:text|turn|sentence)|eos|eoa|eot|user|system"
    r"|assistant|human|(?:start|end)_header_id|header_(?:start|end)|im_sep|(?:start|end)_of_role|(?:START|END)_OF_TURN_TOKEN|(?:USER|CHATBOT|SYSTEM)_TOKEN)\|>"
    r"|<｜(?:(?:begin|end)▁of▁sentence|User|Assistant)｜>|<(?:end|start)_of_(?:turn|utterance)>|<end_of_utterance>|</s>|<eos>"
    r"|<turn\|>|<\|turn>|\[/?INST\]|</?SYS>>|<<SYS>>|<\|endofprompt\|>",
    re.I,
)
# Where the mark itself says whose turn begins.
_OTHERS_TURN = re.compile(r"<[|｜](?:user|system|human|(?:user|system)_token)[|｜]>", re.I)
_SPEAKER = re.compile(r"\W*(?:assistant|model|bot|chatbot|gpt|ai)\W*", re.I)
_OTHER_SPEAKER = re.compile(r"\s*(?:user|human|system|tool)\b\W*", re.I)
# Every other mark of a template.
_MARK = re.compile(
    r"<s/>|<\\s>|\[/s\]|<\|[^<>|\n]{1,60}\|>|<｜[^<>｜\n]{1,60}｜>|<s>|<(?:bos|pad|unk|sep|cls|mask|image|video|unused\d+|begin_of_\w{1,20}"
    r"|(?:start|end)_of_\w{1,20}|(?:loc|seg)_?\d+|image_soft_token|img|/img)>|\[(?:BOS|EOS|PAD|UNK|CLS|SEP|IMG(?:_?(?:END|BREAK))?)\]"
    r"|(?<!\w)/(?:no_)?think\b"
)
_DIALOGUE = re.compile(
    r"\s*(?:(?:user|human)\s*:.*?\b(?:assistant|gpt|model)|question\s*:[^:]{1,300}?\banswer|q\s*:[^:\n]{1,300}\n\s*a"
    r"|\#{1,4}\s*(?:instruction|question|prompt)\s*:.*?\#{1,4}\s*(?:response|answer))\s*:",
    re.I | re.S,
)
_NEXT_TURN = re.compile(r"\n[ \t]{0,8}#{0,3}[ \t]{0,8}(?:user|human|question|instruction)\s*:", re.I)
_PIECES = re.compile(r"[ĠĊ▁]")  # tokens that no tokenizer has joined
_BYTES = re.compile(r"(?:<0x[0-9A-F]{2}>)+", re.I)  # and bytes
# Where a thing stands in the picture, by models that point at it: Qwen, DeepSeek, Kosmos, Molmo, Shikra.
_PLACES = re.compile(
    r"<\|?(box|quad|bbox|det|object)(?:_start)?\|?>(?:[^<>]{0,200}|(?:<[\w/]{1,40}>){1,40})<\|?/?\1(?:_end)?\|?>"
    r"|\[\s?(?:0?\.\d{1,6}|\d{2,4})(?:,\s?(?:[01]?\.\d{1,6}|\d{2,4})){3}\s?\]",
    re.I,
)
# Where the answer begins, whatever was before it.
_ANSWER_MARK = re.compile(
    r"<\|(?:begin_of_|start_of_|start_)?(?:answer|response|final|solution|inner_suffix)\|>"
    r"|\[(?:final )?(?:answer|response)\]",
    re.I,
)
_THOUGHT_LINE = re.compile(
    r"\s*(?:[*_]{1,2}|\()(?:thinking|thoughts?|reasoning|analysis)\s*:[^\n*_()]{1,1000}(?:[*_]{1,2}|\))\s*\n(?=\s*\S)",
    re.I,
)
_OLLAMA_THOUGHT = re.compile(r"\s*Thinking\.{3}.*?\.{3}\s?done thinking\.", re.I | re.S)
# A block in front of a text, by whatever name a model gives it: <plan>, <observations>.
_BLOCK = re.compile(r"\s*<([a-z][\w-]{1,30})>.*?</\1\s*>\s*(?=\S)", re.I | re.S)
_NO_THOUGHT = re.compile(
    r"h\d|p|b|i|em|strong|span|u|div|section|article|figure|figcaption|title|summary|details|code|pre|ul|ol|li|blockquote|html|body"
    r"|head|table|ref|phrase|point|.*(?:alt|answer|response|output|result|text|caption|description|final|assistant|conclusion"
    r"|solution|image|box).*",
    re.I,
)


def said_aloud(text: str) -> tuple[str, bool]:
    """What is said to whoever asked, and whether there were thoughts beside it."""
    text = _BYTES.sub(lambda run: bytes.fromhex(run[0][3:-1].replace("><0x", "")).decode("utf-8", "replace"), text)
    text, in_channels = _last_channel(text.strip())
    if (marks := list(_ANSWER_MARK.finditer(text))) and text[marks[-1].end() :].strip():
        in_channels, text = in_channels or marks[-1].start() > 0, text[marks[-1].end() :]
    text = _THOUGHT_LINE.sub("", text, count=1) if _THOUGHT_LINE.match(text) else text
    text, tagged = _without_thoughts(text)
    text = _own_turn(_PLACES.sub("", text))
    start = 0
    while (block := _BLOCK.match(text, start)) is not None and not _NO_THOUGHT.fullmatch(block[1]):
        start, tagged = block.end(), True
    text = text[start:]
    if len(_PIECES.findall(text)) > 1:
        text = text.replace("Ċ", "\n").replace("Ġ", " ").replace("▁", " ")
    return text.strip("ĠĊ▁ \n\t"), in_channels or tagged


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
    text = _OLLAMA_THOUGHT.sub("", text, count=1) if _OLLAMA_THOUGHT.match(text) else text
    tags = [tag for tag in _THOUGHT.finditer(text) if not tag["nothing"]]
    if not tags:
        return text, False
    closing = [any(tag[name] for name in ("end", "ended", "end_", "unused", "channel")) for tag in tags]
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
    for mark, turn in _turns(text):
        others = others or _OTHERS_TURN.fullmatch(mark) is not None
        turn = _MARK.sub(" ", turn).strip()
        if not turn or _SPEAKER.fullmatch(turn):
            others = others and not turn
            continue
        if _OTHER_SPEAKER.fullmatch(turn):
            others = True
            continue
        if others or (turn != text and _OTHER_SPEAKER.match(turn) and "\n" in turn):
            others = False
            continue
        return re.sub(r"^(?:assistant\s*(?::|\n)|model\s*\n)\s*", "", turn, flags=re.I)
    return ""


def _turns(text: str) -> list[tuple[str, str]]:
    """What is said, each with the mark before it."""
    marks = list(_TURN.finditer(text))
    starts, ends = [0, *(mark.end() for mark in marks)], [*(mark.start() for mark in marks), len(text)]
    return [
        (mark, text[start:end]) for mark, start, end in zip(["", *(m[0] for m in marks)], starts, ends, strict=True)
    ]
