"""Names that a camera, a phone, a stock agency or a program gives its files, told by their form.

The form is what counts: a number as long as only a database has it, a date with a time as no person writes it, the four
signs and four digits of the camera makers' rule (DCF). Names are listed only where the form alone would also fit a text
that a person wrote.
"""

from __future__ import annotations

import re

# What is said for "screenshot" by systems in the languages of the word lists, and some more.
_SCREENSHOT = (
    r"screen ?shot|screen ?recording|bildschirm(?:foto|aufnahme)|captura(?: de (?:pantalla|tela|ecrã))?"
    r"|capture(?: d['’]écran)?|schermafbeelding|schermafdruk|schermopname|schermata|cattura(?: di schermata)?"
    r"|スクリーンショット|スクショ|画面キャプチャ|画面収録"
    r"|skärmavbild|skjermbilde|skærmbillede|zrzut ekranu|nagranie ekranu|снимок экрана"
)
# What is said for "picture" by cameras, phones and office programs. With a number they name a file.
_PICTURE = (
    r"image|photo|picture|pic|bild|foto|grafik|imagen|immagine|afbeelding|imagem|obraz|zdjęcie|画像|写真"
    r"|pasted[ -]image|eingefügtes bild|image collée|imagen pegada|immagine incollata|imagem colada"
    r"|geplakte afbeelding|wklejony obraz"
    r"|clipboard|rectangle|ellipse|layer_"
    r"|ペーストした(?:イメージ|画像)|image from (?:ios|android)|clip_image|thumbnail_image|microsoftteams[- ]image"
)
_CAMERA = (
    r"img|imag|dsc[nf]?|dcim|pxl|mvi|mvimg|vid|pano|cimg|sdc|imgp|hpim|gopr|dji|fb_img|inshot|camscanner"
    r"|scan(?:ned document)?|img_e|pict|kodak|whatsapp (?:image|bild)"
)
_UNNAMED = (
    r"untitled(?:[ _](?:design|artwork|project))?|unbenannt(?:es (?:design|projekt))?"
    r"|ohne titel|design ohne titel|sans titre|design sans titre|sin título"
    r"|diseño sin título|senza titolo|progetto senza titolo|naamloos(?: ontwerp)?|zonder titel|sem título"
    r"|design sem nome|bez tytułu|bez nazwy|projekt bez nazwy|名称未設定(?:のデザイン)?"
    r"|無題(?:の(?:プロジェクト|デザイン))?|artboard|(?:neue )?zeichenfläche|plan de travail|mesa de trabajo"
    r"|tavola disegno|tekengebied|prancheta|obszar roboczy"
    r"|アートボード"
)
# Words that stand among the numbers of such a name: "at", "copy", "edited", and the like.
_AMONG = (
    r"at|am|pm|um|uhr|vom|from|à|du|de|del|las|a|le|da|alle|ore|van|om|em|as|às|wa|px|copy|kopie|copie|copia|cópia"
    r"|kopia|o|のコピー|png|burst|cover|hdr|edit(?:ed)?|bearbeitet|min|scaled|pro|d"
)
_NUMBERED = re.compile(
    rf"_?(?:{_SCREENSHOT}|{_PICTURE}|{_CAMERA}|{_UNNAMED})(?=[\s\d_.,()~-]*\d)"
    rf"(?:[\s_.,:()[\]~-]|\d|@\dx|(?:{_AMONG})(?![^\W\d_]))*$",
    re.I,
)
# The four signs and the number of the Design rule for Camera File system, as makers use them. A number that may be a
# year is a name of an event: "WWDC2024".
_DCF = re.compile(
    r"(?:20\d{6}[-_])?(?:_(?=[A-Z])[A-Z\d]{2,3}_?|[A-Z]{3}_)\d{4}"  # _DSC1234, _R5_1234, SAM_0001
    r"|(?=[A-Z]{0,2}\d)[0-9A-Z]{3}[A-Z]\d{4}"  # 017A7339, XT2A0123
    r"|P[1-9A-C][0-3]\d{5}|[LR]\d{7}|\d{3}_\d{4}"  # P1010001, L1000123, 100_1234
    r"|[A-Z]{4}0\d{3}|DSC[FN]\d{4}|IMG[P_]?\d{4}|G[HXP]\d{6}"
)
_RAW_ENDING = re.compile(r"\.(?:nef|cr[23]|crw|arw|dng|orf|raf|rw2|pef|srw|x3f|heif|insp)$", re.I)
# A date and a time in seconds, glued as programs do: people write colons.
_DATE = r"20\d\d[-._]?[01]\d[-._]?[0-3]\d"
_STAMP = re.compile(
    rf"(?:[^\s\d_-]+[\s_-]+){{0,4}}{_DATE}[T\s_,-]{{1,3}}(?:[^\W\d_]{{1,5}}(?: las|\(s\))?\s)?"
    r"[0-2]?\d([-._]?)[0-5]\d\1[0-5]\d(?!\d)"
    r"|[^\d]{4,30}\d{1,2}\W{1,3}(?:[^\W\d_]+\W+)?20\d\d\W+(?:[^\W\d_]{1,4} )?[0-2]?\d_[0-5]\d_[0-5]\d(?!\d)"
)
_STAMP_ALONE = re.compile(
    r"20\d\d[01]\d[0-3]\d[_-]\d{4,9}(?:[_~(-][\w~()-]*)?$|\d{5}IMG_\d{5}_BURST\d+\w*$|\d{5}-\d{7,10}$"
    r"|adobe scan \D{0,12}\d{1,2}\W\D{0,12}\d{2,4}(?:[ ,(]+\d+\)?)?$",
    re.I,
)
# A word, or words between hyphens, and a number that only a database has.
_NUMBER_OF_A_DATABASE = re.compile(r"_?[^\W\d_]{3,}(?:[_-][^\W\d_]+){0,6}[_-]?\d{7,}(?:[_-][\w-]*)?(?: ?\(\d+\))?$")
# ... and agencies and sources, whatever the length.
_AGENCY = re.compile(
    r"(?:shutterstock|gettyimages|adobe ?stock|istock(?:photo)?|depositphotos|dreamstime|fotolia|123rf|alamy"
    r"|big ?stock(?:photo)?|canstock(?:photo)?|thinkstock(?:photos)?|pexels|pixabay|unsplash|freepik|stocksy|vecteezy"
    r"|rawpixel|envato|panthermedia|colourbox|photocase|imago|stock[ _-]?photo)"
    r"(?:[\w-]*\d{3,}[\w-]*|[\w -]{0,30}#?\d{5,}[\w-]*)(?: ?\(\d+\))?$|alamy[_ -](?=[A-Z]*\d)[0-9A-Z]{6,8}$",
    re.I,
)
# Makers of pictures. Their names are also subjects ("Gemini 2.5"), so what follows has to be a file's.
_GENERATOR = re.compile(
    r"(?:gemini[ _]generated[ _]image|chatgpt[ _]image[ _]\S*\d|dall[·•.\- ]?e[ _-]+20\d\d|comfyui_\d"
    r"|(?:leonardo|firefly|copilot|midjourney|ideogram|grok|freepik|flux|krea|runway|whisk"
    r"|image_?fx|sdxl|canva|designer)"
    r"(?:_.*\d{4}|-\S*\d{4}|__\S|\s\d{8}|\s\(\d+\)$)|designer \(\d+\)$|oig\d\b)",
    re.I,
)
_UUID_AT_THE_END = re.compile(r"\S+[_-][0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?:[_-]\d)?$", re.I)
# Layers of design tools: with a small number they may be what is shown ("Group 3").
_LAYER = re.compile(
    r"(?:frame|group|gruppe|groupe|grupo|gruppo|groep|rectangle|rechteck|ellipse|vector|mask group|component|layer"
    r"|ebene|calque|capa|livello|laag|camada|warstwa|grupa|グループ|レイヤー|path|pfad|asset|ressource|recurso|risorsa"
    r"|アセット|clip path group|vector smart object) ?"
    r"(?:\d{4,}|\d+(?:-\d+)?@\dx.*|(?:\d{1,3} )?\(\d+\)"
    r"|\d+ ?(?:copy|kopie|copie|copia|cópia|kopia|のコピー)(?: \d+)?)$",
    re.I,
)
# What hangs a number on a word with a sign that people do not write there.
_FILE_AND_NUMBER = re.compile(
    r"(?:file|attachment|datei|fichier|archivo|allegato|arquivo|bestand|plik)[_-]\d{3,}$", re.I
)
_DOWNLOADED = re.compile(
    r"(?:new project|neues projekt) ?\(\d+\)$"
    r"|(?:download|unnamed|images|descarga|téléchargement|herunterladen|scaricato?) ?\(\d+\)$|unnamed$"
    r"|image from (?:ios|android)$|image-asset$|microsoftteams-image$|clip path group$|vector smart object$"
    r"|untitled_artwork$|(?:max|hq|mq|sd)(?:res)?default(?: \(\d+\))?$",
    re.I,
)
_FORMS = (
    _NUMBERED, _DCF, _STAMP_ALONE, _NUMBER_OF_A_DATABASE, _AGENCY, _UUID_AT_THE_END, _LAYER, _FILE_AND_NUMBER,
    _DOWNLOADED,
)  # fmt: skip
_BEGINNINGS = (_STAMP, _GENERATOR)
_A_DIGIT = re.compile(r"\d")
MAX_CHARS = 200  # longer texts are sentences


def is_default_name(text: str) -> bool:
    """Whether a text, its white space collapsed, is a name that a device or a program gave."""
    if len(text) > MAX_CHARS or not (_A_DIGIT.search(text) or "_" in text or _DOWNLOADED.match(text)):
        return _GENERATOR.match(text) is not None and "\n" not in text
    name = _RAW_ENDING.sub("", text)
    if name != text and " " not in name:
        return True
    return any(form.fullmatch(name) for form in _FORMS) or any(form.match(name) for form in _BEGINNINGS)
