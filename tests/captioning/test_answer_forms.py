"""Forms in which chat models put a text, and texts that only look like one."""

from __future__ import annotations

import contextlib
import json

import pytest

from captioning.captioners.answers import read_answer
from captioning.captioners.huggingface.families import ALT_TEXT_PROMPT
from core.errors import ImageError

TEXT = "A white dog sleeps on a green sofa."
THOUGHT = "The user wants alt text. I see a dog. Let me keep it under 20 words."

LABELS = [
    f"**Alt text:** {TEXT}",
    f"**Alt text**: {TEXT}",
    f"# Alt Text\n\n{TEXT}",
    f"**Alt text**\n\n{TEXT}",
    f"Alt Text -\n{TEXT}",
    f"Alt text – {TEXT}",
    f"ALT TEXT: {TEXT}",
    f"alt-text: {TEXT}",
    f"alt_text: {TEXT}",
    f"Alternative text: {TEXT}",
    f"Suggested alt text:\n\n> {TEXT}",
    f'**Suggested Alt Text (short):** "{TEXT}"',
    f"Alt text for the image: {TEXT}",
    f"The alt text for this image is:\n\n{TEXT}",
    f'A suitable alt text would be: "{TEXT}"',
    f"Alternativtext: {TEXT}",
    f"**Alternativtext:**\n\n{TEXT}",
    f"Texte alternatif : {TEXT}",
    f"Texto alternativo: {TEXT}",
    f"Testo alternativo: {TEXT}",
    f"代替テキスト：{TEXT}",
    f"替代文本：{TEXT}",
    f"대체 텍스트: {TEXT}",
    f"Caption: {TEXT}",
    f"**Description**\n\n{TEXT}",
    f"## Image Description\n{TEXT}",
    f"Final answer: {TEXT}",
    f"Answer:\n{TEXT}",
    f"Output: {TEXT}",
    f"ASSISTANT: {TEXT}",
    f"Photo: {TEXT}",
    f"Sure, here is the alt text:\n\n**{TEXT}**",
    f"Certainly! Below is a concise description:\n{TEXT}",
    f"Okay, here's an alt text for the picture: {TEXT}",
    f"Natürlich! Hier ist der Alternativtext:\n\n{TEXT}",
    f"Bien sûr ! Voici une description :\n\n{TEXT}",
    f"¡Claro! Aquí tienes el texto alternativo:\n\n{TEXT}",
    f"Certo! Ecco il testo alternativo:\n{TEXT}",
    f"以下は代替テキストです：\n\n{TEXT}",
    f"好的，这是图片的替代文本：\n{TEXT}",
    f"🖼️ Alt text: {TEXT}",
    f"Title: A dog at rest\nAlt text: {TEXT}\nCaption: Rest at home.",
    f"**Alt text:** {TEXT} **Title:** A dog",
    f'Alt: "{TEXT}" Title: "A dog"',
    f"I would describe this picture as: {TEXT}",
    f"Alright, here's one: {TEXT}",
    f"Got it! {TEXT}",
    f"As requested: {TEXT}",
    f"Let me have a look.\n\n{TEXT}",
    f"Here is the alt text\n\n{TEXT}",
    f"Here’s your alt text 👇\n\n{TEXT}",
    f"(alt text) {TEXT}",
    f"[Alt text: {TEXT}]",
    f"[Image description: {TEXT} End description]",
]
SEVERAL = [
    f"Here are three options:\n\n1. {TEXT}\n2. A dog on a sofa.\n3. A pet at rest.",
    f"Option 1: {TEXT}\nOption 2: A dog on a sofa.",
    f"**Option A (concise):** {TEXT}\n\n**Option B (detailed):** A dog, which is white, sleeps.",
    f"1. **Short:** {TEXT}\n2. **Long:** A dog, which is white, sleeps.",
    f"- {TEXT}\n- A dog on a sofa.",
    f"{TEXT}\n\nor\n\nA dog on a sofa.",
    f"Alt text 1: {TEXT}\nAlt text 2: A dog on a sofa.",
    f"### Version 1\n{TEXT}\n### Version 2\nA dog on a sofa.",
]
MARKUP = [
    f"***{TEXT}***",
    f"_{TEXT}_",
    "A **white dog** sleeps on a __green sofa__.",
    f"> {TEXT}",
    f"`{TEXT}`",
    f"```text\n{TEXT}\n```",
    f"```\n{TEXT}",
    f"~~~\n{TEXT}\n~~~",
    f"* {TEXT}",
    f"• {TEXT}",
    f"1) {TEXT}",
    f"---\n{TEXT}\n---",
    f"{TEXT}  \n",
    f"![{TEXT}](dog.jpg)",
    f"<p>{TEXT}</p>",
    f"<b>{TEXT}</b><br>",
    "A white <em>dog</em> sleeps on a green sofa.",
    f"<answer>{TEXT}</answer>",
    f"<alt_text>\n{TEXT}\n</alt_text>",
    f'<img alt="{TEXT}" src="dog.jpg" />',
    f"```html\n<img src='dog.jpg' alt='{TEXT}'>\n```",
    f'Here is the tag:\n\n```html\n<figure><img src="d.jpg" alt="{TEXT}"><figcaption>x</figcaption></figure>\n```',
    f'alt = "{TEXT}"',
    f"alt='{TEXT}'",
    f'aria-label="{TEXT}"',
    f"&quot;{TEXT}&quot;",
    rf"\boxed{{{TEXT}}}",
    rf"\"{TEXT}\"",
    f"Alt text:\\n\\n{TEXT}",
    "ĠAĠwhiteĠdogĠsleepsĠonĠaĠgreenĠsofa.",
    f'"alt_text": "{TEXT}"',
    f"| Alt text |\n|---|\n| {TEXT} |",
    f"| Alt text | {TEXT} |",
    f"✅ {TEXT}",
    f"{TEXT} 🐕",
    f"{TEXT} #dog #sofa",
    f"{TEXT}\n###",
    f'"""{TEXT}"""',
    rf"$\boxed{{\text{{{TEXT}}}}}$",
    f"{TEXT} {TEXT}",
    "▁A▁white▁dog▁sleeps▁on▁a▁green▁sofa.",
]
JSON = [
    json.dumps({"altText": TEXT}),
    json.dumps({"alt": TEXT, "title": "Dog"}, indent=2),
    json.dumps({"title": "Dog", "description": TEXT}),
    json.dumps([{"alt-text": TEXT}]),
    json.dumps({"result": {"alt_text": TEXT, "confidence": 0.9}}),
    json.dumps([TEXT, "A dog on a sofa."]),
    f"```json\n{json.dumps({'alt': TEXT})}\n```",
    f"Here is the JSON:\n```json\n{json.dumps({'alt': TEXT})}\n```\nLet me know!",
    str({"alt_text": TEXT}),
    json.dumps({"sentence": TEXT}),
]
BEHIND = [
    f"{TEXT} (8 words)",
    f"{TEXT} [8 words]",
    f"{TEXT}\n(Word count: 8)",
    f"{TEXT} – 8 words",
    f"{TEXT}\n\nWord count: 8",
    f"{TEXT} (35 characters)",
    f"{TEXT} (8 Wörter)",
    f"{TEXT}\n\n**Note:** I left out the lamp.",
    f"{TEXT}\nNote: I left out the lamp.",
    f"{TEXT} This alt text is short and says what matters.",
    f'"{TEXT}" This description focuses on the dog.',
    f"{TEXT} Let me know if you'd like another!",
    f"{TEXT}\n\nI hope this helps!",
    f"{TEXT}\nExplanation: the dog is the subject.",
    f"{TEXT} I can't tell which breed it is.",
    f"{TEXT} Hinweis: Der Hund ist weiß.",
]
THOUGHTS = [
    f"<thinking>{THOUGHT}</thinking>{TEXT}",
    f"<thoughts>\n{THOUGHT}\n</thoughts>\n\n{TEXT}",
    f"<reason>{THOUGHT}</reason>{TEXT}",
    f"<seed:think>{THOUGHT}</seed:think>{TEXT}",
    f"<|begin_of_thought|>{THOUGHT}<|end_of_thought|>{TEXT}",
    f"<|START_THINKING|>{THOUGHT}<|END_THINKING|><|START_RESPONSE|>{TEXT}<|END_RESPONSE|>",
    f"<scratchpad>{THOUGHT}</scratchpad>\n<answer>{TEXT}</answer>",
    f"[THINKING]{THOUGHT}[/THINKING]\n{TEXT}",
    f"<think type='slow'>{THOUGHT}</think>{TEXT}",
    f"&lt;think&gt;{THOUGHT}&lt;/think&gt;{TEXT}",
    f"<unused94>thought\n{THOUGHT}<unused95>{TEXT}",
    f"{THOUGHT}</think>\n\n{TEXT}",
    f"<think></think>\n\n{TEXT}",
    f"<think/>{TEXT}",
    f"{TEXT}<think>{THOUGHT}</think>",
    f"<think>{THOUGHT}</think>\n<|begin_of_box|>{TEXT}<|end_of_box|>",
    f"<details><summary>Thinking</summary>{THOUGHT}</details>\n\n{TEXT}",
    f"Thought for 3 seconds\n\n{TEXT}",
    f"**Thinking:**\n{THOUGHT}\n\n**Answer:**\n{TEXT}",
    f"Thought: {THOUGHT}\nFinal Answer: {TEXT}",
]
TEMPLATES = [
    f"{TEXT}<|im_end|>",
    f"{TEXT}<|im_end|>\n<|im_start|>user\nAnd this one?<|im_end|>",
    f"<|im_start|>assistant\n{TEXT}<|im_end|>",
    f"<start_of_turn>model\n{TEXT}<end_of_turn>",
    f"{TEXT}<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nThanks",
    f"<|start_header_id|>assistant<|end_header_id|>\n\n{TEXT}<|eot_id|>",
    f"{TEXT}</s>",
    f"<s>[INST] Describe it [/INST] {TEXT}</s>",
    f"{TEXT}<|endoftext|>Question: what is it?",
    f"{TEXT}<｜end▁of▁sentence｜>",
    f"{TEXT}<end_of_utterance>",
    f"<|assistant|>\n{TEXT}<|end|>",
    f"USER: <image>\nDescribe it. ASSISTANT: {TEXT}",
    f"{TEXT}\n\nUser: What else?",
    f"<|channel|>analysis<|message|>{THOUGHT}<|end|><|start|>assistant<|channel|>final<|message|>{TEXT}<|return|>",
    f"<|channel|>final<|message|>{TEXT}",
    f"analysis{THOUGHT}assistantfinal{TEXT}",
    f"<|channel>thought\n{THOUGHT}<channel|>{TEXT}",
    f"assistant\n{TEXT}",
    f"<loc_12><loc_40>{TEXT}",
]


@pytest.mark.parametrize("answer", LABELS + SEVERAL + MARKUP + JSON + BEHIND + THOUGHTS + TEMPLATES)
def test_what_stands_around_the_text_is_taken_off(answer):
    assert read_answer(answer, ALT_TEXT_PROMPT, cut_off=False).strip(".") == TEXT.strip(".")


@pytest.mark.parametrize(
    "text",
    [
        'A sign reads "Alt text: none" above a door.',
        'A whiteboard with the words "Let me know" and "I need help".',
        "Sure-footed goats on a slope.",
        "(c) Detail of an arch.",
        "$5 for a cup, says a sign.",
        "Photo of the year: a fox in the snow.",
        "Here and there a red roof stands out of the fog.",
        "Let there be light: a stained glass window.",
        "Three dogs, two cats and a bird share a garden.",
        "1 euro coin on a wooden table.",
        "A form with an alt text field and a button.",
        "A screenshot of a settings page: the language is set to French.",
        "A bar chart: sales rise from 10 to 40 between 2019 and 2023.",
        "Two women (left and right) shake hands.",
        "A 5* hotel by the sea.",
        "The text on the sign says that dogs must be kept on a lead.",
        "A man thinking at a desk.",
        "The thinker, a bronze sculpture, in a park.",
        "A label that says 12 words.",
        "A book by J. R. R. Tolkien on a shelf.",
        "A keyboard with the keys Ctrl_L and snake_case_name on a screen.",
        "A person holds up a sign with 5 < 6 written on it.",
        "Alt und neu: two houses side by side.",
        "Sorry sight: a broken umbrella in the rain.",
        "No parking sign on a fence.",
        "No images hang on the white gallery wall.",
        "Ein Hund schläft auf einem grünen Sofa.",
        "No hay nadie en la playa al amanecer.",
        "画像には誰もいない海岸が写っています。",
        "이미지에는 사람이 없는 해변이 있습니다.",
        "Как новая: белая машина у дома.",
        "Please do not feed the animals, says a sign at a zoo.",
        "The image is not in focus, but shows a red car.",
        "The photo shows a broken window.",
        "There is no one in the picture.",
        "A cake with the word love, decorated as a heart.",
        "Here, a dog runs.",
        "We the People: the first page of the Constitution.",
        "An AI robot paints a picture.",
        "In this image we can see a dog on a sofa.",
    ],
)
def test_a_text_that_only_looks_like_such_a_form_is_kept(text):
    assert read_answer(text, ALT_TEXT_PROMPT, cut_off=False) == text


@pytest.mark.parametrize(
    "answer",
    [
        "I apologize, but I am not able to see any image in our chat.",
        "I don't see an image attached to your message.",
        "I'd be happy to help! Please share the picture first.",
        "Hello! It seems the photo did not upload. Could you try again?",
        "No image was attached.",
        "The attachment appears to be missing.",
        "Image not found.",
        "Unfortunately, I cannot identify people in pictures.",
        "[No image provided]",
        "I will not describe this picture, since it shows a real person.",
        "This request violates our usage policies.",
        "You haven't uploaded a picture yet.",
        "Es tut mir leid, aber ich kann dieses Bild nicht beschreiben.",
        "Es wurde kein Bild bereitgestellt. Bitte laden Sie eines hoch.",
        "Leider kann ich keine Bilder sehen.",
        "Je suis désolé, mais je ne peux pas voir l'image.",
        "Aucune image n'a été fournie.",
        "Veuillez fournir l'image à décrire.",
        "Lo siento, pero no puedo ver la imagen.",
        "No se ha proporcionado ninguna imagen.",
        "No puedo describir a esta persona.",
        "Mi dispiace, ma non posso visualizzare l'immagine.",
        "Non è stata fornita alcuna immagine.",
        "Desculpe, mas não consigo ver a imagem.",
        "Não foi fornecida nenhuma imagem.",
        "Het spijt me, maar ik kan de afbeelding niet zien.",
        "Er is geen afbeelding bijgevoegd.",
        "Przepraszam, ale nie mogę zobaczyć obrazu.",
        "Nie załączono obrazu.",
        "Tyvärr kan jag inte se bilden.",
        "К сожалению, я не могу просматривать изображения.",
        "Изображение не загружено.",
        "申し訳ありませんが、画像を確認できません。",
        "画像が添付されていないようです。画像をアップロードしてください。",
        "抱歉，我无法查看图片。",
        "请上传图片，我才能描述。",
        "您似乎没有上传图片。",
        "죄송하지만 이미지를 볼 수 없습니다.",
        "이미지가 제공되지 않았습니다.",
        "Ich sehe kein Bild in Ihrer Nachricht.",
        "Das Bild konnte nicht geladen werden.",
        "Malheureusement, aucune photo n'est jointe.",
        "Je n'ai pas accès à l'image.",
        "Por favor, adjunta la imagen.",
        "Parece que no has subido ninguna foto.",
        "Purtroppo non vedo nessuna immagine.",
        "L'immagine non è disponibile.",
        "Infelizmente não posso descrever pessoas.",
        "Por favor, envie a imagem.",
        "Helaas kan ik hier niet bij helpen.",
        "Ik zie geen afbeelding.",
        "Niestety nie widzę obrazu.",
        "Proszę przesłać zdjęcie.",
        "Jag ser ingen bild.",
        "Jeg kan ikke se billedet.",
        "Пожалуйста, загрузите изображение.",
        "画像を表示できません。",
        "図は提供されていません。画像を添付してください。",
        "没有检测到图片。",
        "對不起，我看不到圖片。",
        "이미지를 업로드해 주세요.",
        "Lütfen görseli yükleyin.",
        "Üzgünüm, görseli göremiyorum.",
        "عذراً، لا أستطيع رؤية الصورة.",
        "<think>Is it allowed?</think>\n**I'm unable to help with that.**",
        '{"alt_text": "I\'m sorry, I can\'t describe this image."}',
        "Alt text:\n\nNo image provided.",
    ],
)
def test_declining_is_no_text_in_any_language(answer):
    with pytest.raises(ImageError) as caught:
        read_answer(answer, ALT_TEXT_PROMPT, cut_off=False)
    assert caught.value.code == "refused"


@pytest.mark.parametrize(
    "answer",
    [
        "Okay, the user wants alt text. I should describe the dog. It is white.",
        "The user has sent a picture of a dog and asks for a sentence.",
        "We need to describe a dog on a sofa for this page.",
        "A white dog {{breed}} sleeps.",
        "A white dog <tool_call>describe</tool_call",
        "A dog [insert breed] on a sofa.",
        "A dog with the prompt is: write alt text.",
        "Alt text:",
        "Here is the alt text:",
        "A white dog ��� on a sofa �.",
    ],
)
def test_what_cannot_be_cleaned_is_an_error_of_the_answer(answer):
    with pytest.raises(ImageError) as caught:
        read_answer(answer, ALT_TEXT_PROMPT, cut_off=False)
    assert caught.value.code == "not_clean"


@pytest.mark.parametrize(
    "answer",
    [
        f"<think>{THOUGHT}",
        f"<think>{THOUGHT}</think>",
        f"<|channel|>analysis<|message|>{THOUGHT}<|end|>",
        f"analysis{THOUGHT.replace('The', 'The')}",
        f"◁think▷{THOUGHT}",
        f"**Thinking:**\n{THOUGHT}",
    ],
)
def test_thoughts_alone_are_no_answer(answer):
    with pytest.raises(ImageError) as caught:
        read_answer(answer, ALT_TEXT_PROMPT, cut_off=False)
    assert caught.value.code == "only_thoughts"


@pytest.mark.parametrize("answer", ["", "N/A", "None", "null.", '""', "-"])
def test_silence_is_no_error(answer):
    assert read_answer(answer, ALT_TEXT_PROMPT, cut_off=False) is None


def test_what_was_cut_off_behind_the_text_does_not_cost_it():
    assert read_answer("A dog on a sofa\n\nNote: this alt text is", ALT_TEXT_PROMPT, cut_off=True) == "A dog on a sofa"


@pytest.mark.parametrize(
    "unit",
    [
        "{",
        "[",
        '{"a":',
        "```",
        "<img ",
        "<img alt=",
        "**",
        "_",
        "1. ",
        "a\n",
        "<|",
        "<|im_start|>",
        "( 1 words",
        "(",
        "alt text ",
        "analysis",
        "◁think▷",
        "![",
        "](",
        "I see ",
        "Option 1: ",
        "<details>",
        "<p>",
        "\\boxed{",
        "&lt;",
        "A: ",
        "画像",
        "no image ",
        "\n",
        "alt= -> ",
        "answer: -> ",
        "<ab>x</ab>",
        "<plan>a</plan> ",
        "<think>a</think>",
        "<box><a><a>",
        "[0.1, 0.2, 0.3,",
        "<|answer|>",
        "| a |\n|---|\n",
        "a. x\nb. y\n",
        "<0x41>",
        '{a:"',
        "“",
    ],
)
@pytest.mark.parametrize("units", [5_000, pytest.param(50_000, marks=pytest.mark.slow)])
@pytest.mark.computes(10)
def test_very_much_of_anything_costs_no_time(unit, units):
    for answer in (unit * (20 * units // len(unit)), "A dog " + unit * units + " runs."):
        with contextlib.suppress(ImageError):
            read_answer(answer, ALT_TEXT_PROMPT, cut_off=True)
