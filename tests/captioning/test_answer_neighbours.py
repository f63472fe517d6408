"""More forms in which chat models put a text: labels of other languages, series, loose JSON, marks and thoughts."""

from __future__ import annotations

import pytest

from captioning.captioners.answers import read_answer
from captioning.captioners.huggingface.families import ALT_TEXT_PROMPT
from core.errors import ImageError

TEXT = "Two children fly a kite on a hill."
LABELS = """
Textalternative: TEXT
Alternativ-Text: TEXT
ALT-Attribut: TEXT
Attribut alt : TEXT
Texte de remplacement : TEXT
Texte alternatif proposé : TEXT
Description de l'image : TEXT
Descripción de la imagen: TEXT
Atributo alt: TEXT
Descrizione dell'immagine: TEXT
Descrição da imagem: TEXT
Voorgestelde alt-tekst: TEXT
Описание изображения: TEXT
Opis obrazu: TEXT
Alternativ tekst: TEXT
画像の説明：TEXT
代替テキスト案：TEXT
图像描述：TEXT
이미지 설명: TEXT
Alternatif metin: TEXT
النص البديل: TEXT
वैकल्पिक पाठ: TEXT
Văn bản thay thế: TEXT
Teks alternatif: TEXT
Vaihtoehtoinen teksti: TEXT
Alternativní text: TEXT
Εναλλακτικό κείμενο: TEXT
טקסט חלופי: TEXT
Selbstverständlich! TEXT
Gerne! Hier mein Vorschlag: TEXT
Avec plaisir ! Voici : TEXT
Proposition : TEXT
Propuesta: TEXT
Recommendation: TEXT
**Recommended:** TEXT
You could use: "TEXT"
How about: TEXT
Try this: TEXT
One option: TEXT
Visual description: TEXT
Img alt: TEXT
ALT tag text: TEXT
Screen reader text: TEXT
Text alternative: TEXT
text_alternative: TEXT
Accessibility text: TEXT
Alt text | TEXT
Alt text > TEXT
GPT: TEXT
Bot: TEXT
"""
SERIES = [
    "How about this?\n\nTEXT",
    "Hmm.\n\nTEXT",
    "A) TEXT\nB) Children on a hill.",
    "a. TEXT\nb. Children.",
    "i. TEXT\nii. Children.",
    "**1.** TEXT\n**2.** Children.",
    "1: TEXT\n2: Children.",
    "TEXT\nOR\nChildren.",
    "TEXT\noder\nKinder.",
    "First option: TEXT\nSecond option: Children.",
    "Short: TEXT\nMedium: Children.\nLong: Children on a hill.",
    "Kurz: TEXT\nLang: Kinder.",
    "Opción 1: TEXT\nOpción 2: Niños.",
    "Opzione 1: TEXT\nOpzione 2: Bambini.",
    "Opção 1: TEXT\nOpção 2: Crianças.",
    "Optie 1: TEXT\nOptie 2: Kinderen.",
    "Opcja 1: TEXT\nOpcja 2: Dzieci.",
    "Вариант 1: TEXT\nВариант 2: Дети.",
    "案1：TEXT\n案2：子供。",
    "选项1：TEXT\n选项2：孩子。",
    "옵션 1: TEXT\n옵션 2: 아이들.",
    "| # | Alt text |\n|---|---|\n| 1 | TEXT |\n| 2 | Children. |",
    "| Style | Caption | Words |\n|:-:|---|--:|\n| Short | TEXT | 8 |",
]
FIELDS = [
    '{"short_description": "TEXT", "long_description": "Children"}',
    '{"alt_text": "TEXT"',
    '{"alt_text": "TEXT',
    '{alt_text: "TEXT"}',
    '{"alt_text": “TEXT”}',
    "{\n  alt: 'TEXT'\n}",
    '{"alt": "TEXT", // short\n}',
    '{"1": "TEXT", "2": "Children"}',
    '{"de": "Kinder", "en": "TEXT"}',
    '{"image_alt_text": "TEXT"}',
    "alt_text: >-\n  TEXT",
    "<figure role='img' aria-label=\"TEXT\"></figure>",
    '<Image src="a.png" alt={"TEXT"} />',
    "```jsx\n<img src='a' alt={`TEXT`} />\n```",
    'const alt = "TEXT";',
    "![TEXT]",
    r"\text{TEXT}",
    r"$\text{TEXT}$",
    r"Two \textbf{children} fly a kite on a hill.",
    r"\u0054wo children fly a kite on a hill.",
]
BEHIND = [
    "TEXT TEXT TEXT TEXT",
    "TEXT\n" * 30,
    "TEXT (38/125 characters)",
    "TEXT（共8个字）",
    "TEXT (8 slov)",
    "TEXT (30 Zeichen inkl. Leerzeichen)",
    "TEXT [end of text]",
    "TEXT END",
    "TEXT\nEND OF DESCRIPTION",
    "‚TEXT‘",
    "``TEXT''",
    '"TEXT',
    'TEXT"',
    '“TEXT"',
    "→ TEXT",
    "=> TEXT",
    "~ TEXT",
]
THOUGHTS = [
    "<|thought_begin|>I see a hill.<|thought_end|>TEXT",
    "<|reasoning_start|>I see a hill.<|reasoning_end|>TEXT",
    "<|thought|>I see a hill.<|answer|>TEXT",
    "<|inner_prefix|>A hill.<|inner_suffix|>TEXT",
    "<observation>A hill and a kite can be seen.</observation>\nTEXT",
    "<plan>1. Look. 2. Write.</plan>\n<answer>TEXT</answer>",
    "### Reasoning\nA hill.\n\n### Answer\nTEXT",
    "[Reasoning]\nA hill.\n[Answer]\nTEXT",
    "=== Thinking ===\nA hill.\n=== Answer ===\nTEXT",
    "思考：画像には丘。\n回答：TEXT",
    "思考过程：用户想要。\n\n答案：TEXT",
    "Überlegung: Ein Hügel.\nAntwort: TEXT",
    "Pensamiento: una colina.\nRespuesta: TEXT",
    "Réflexion : une colline.\nRéponse : TEXT",
    "Thinking...\nA hill, then.\n...done thinking.\n\nTEXT",
    "> **Thinking**\n> A hill.\n\nTEXT",
    "*Thinking: a hill*\n\nTEXT",
]
MARKS = [
    "<|start_of_role|>assistant<|end_of_role|>TEXT<|end_of_text|>",
    "<|im_start|>assistant<|im_sep|>TEXT<|im_end|>",
    "<|header_start|>assistant<|header_end|>\n\nTEXT<|eot|>",
    "<|user|>\nDescribe<|end|>\n<|assistant|>\nTEXT",
    "<|system|>\nBe short.<|end|>\n<|user|>\nHi<|end|>\n<|assistant|>\nTEXT<|end|>",
    "Question: Describe. Answer: TEXT",
    "Q: What is it?\nA: TEXT",
    "### Instruction:\nDescribe\n\n### Response:\nTEXT",
    "<|channel|>final <|constrain|>text<|message|>TEXT<|return|>",
    "TEXT<｜begin▁of▁sentence｜>User: more",
    "TEXT<0x0A>",
    "TEXTĠ",
    "[IMG]TEXT",
    "[IMG_BREAK][IMG_END]TEXT",
    "TEXT[/s]",
    "TEXT\0\0",
    "Two <ref>children</ref><box>[[1,2,3,4]]</box> fly a kite on a hill.",
    "Two <|object_ref_start|>children<|object_ref_end|><|box_start|>(1,2),(3,4)<|box_end|> fly a kite on a hill.",
    "Two <phrase>children</phrase><object><patch_index_0044><patch_index_0863></object> fly a kite on a hill.",
    "Two <|ref|>children<|/ref|><|det|>[[12, 30, 400, 500]]<|/det|> fly a kite on a hill.",
    "Two children[0.12, 0.3, 0.4, 1.0] fly a kite on a hill.",
]


@pytest.mark.parametrize("form", [*LABELS.strip().splitlines(), *SERIES, *FIELDS, *BEHIND, *THOUGHTS, *MARKS])
def test_the_text_is_found(form):
    assert read_answer(form.replace("TEXT", TEXT), ALT_TEXT_PROMPT, cut_off=False).strip(" .") == TEXT.strip(".")


def test_bytes_that_no_tokenizer_has_joined_are():
    assert read_answer("A caf<0xC3><0xA9> at night.", ALT_TEXT_PROMPT, cut_off=False) == "A café at night."


def test_of_json_that_was_cut_off_whole_sentences_are_kept():
    assert read_answer('{"alt": "A kite flies. Two chil', ALT_TEXT_PROMPT, cut_off=True) == "A kite flies."
    with pytest.raises(ImageError, match="length"):
        read_answer('{"alt": "Two chil', ALT_TEXT_PROMPT, cut_off=True)


GOOD = """
A. Smith and B. Jones stand side by side.
I. M. Pei's glass pyramid in Paris.
V. van Gogh painted this room.
A: the letter in blue on white.
3: a number on a door.
Or: the element gold in French.
END of the road sign in a desert.
A sign that reads END
A 15" monitor on a desk.
A board of 15"
A map [1, 2, 3, 4] of a grid.
A chart with a range [0.1, 0.2] on its axis.
AI chip on a circuit board.
Answer key of a test on a desk.
Output voltage over time in a graph.
Question marks float over a man's head.
Medium: oil on canvas, a portrait of a woman.
Short-haired dog in the snow.
Second hand of a clock.
Last supper, painted by Leonardo.
Main entrance of a station.
Bot with two arms in a factory.
Plan of a house with three rooms.
Reason: a book cover.
A | B test in a chart.
Text alternatives for icons: a slide.
Option key on a keyboard.
Notes and coins on a table.
A form. The description field is empty.
A page. This text is in Latin.
A coin (1 word on it).
A bird (3 letters in its name: EMU).
A dictionary open at the entry "word" (two columns).
Thought bubble with a cake.
Model: a woman in a red dress.
Yes or no buttons on a form.
Try on: a woman with a hat.
A man says "You could use: a hammer".
"""


@pytest.mark.parametrize("text", GOOD.strip().splitlines())
def test_a_text_that_only_looks_like_one_of_them_is_kept(text):
    assert read_answer(text, ALT_TEXT_PROMPT, cut_off=False) == text
