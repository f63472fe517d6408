"""Texts that a machine wrote of a picture and that nobody read, in the languages of the word lists: what office
programs, social networks, search engines and assistants put beside or instead of a description.
"""

from __future__ import annotations

import re

# Office: a note behind the description, which begins a line there. The capital tells it from a text about such notes.
_NOTES_OF_OFFICE = re.compile(
    r"""(?:^|[\s.])(?:
      Description\s(?:automatically\s)?generated(?:\swith\s(?:very\s)?(?:low|medium|high)\sconfidence)?
    | Automatically\sgenerated\sdescription
    | Automatisch\s(?:generierte|erstellte)\sBeschreibung(?:\smit\s\w+\s(?:Zuverlässigkeit|Konfidenz))?
    | Description\sgénérée\sautomatiquement(?:\savec\s.{3,40})?
    | Descripción\sgenerada\sautomáticamente(?:\scon\s.{3,40})?
    | Descrizione\sgenerata\sautomaticamente(?:\scon\s.{3,40})?
    | Automatisch\sgegenereerde\sbeschrijving(?:\smet\s.{3,40})?
    | Descrição\sgerada\sautomaticamente(?:\scom\s.{3,40})?
    | Opis\swygenerowany\sautomatycznie(?:\sprzy\s.{3,40})?
    | (?:Zawartość|Treść)\swygenerowana\sprzez\s(?:sztuczną\sinteligencję|AI|SI)\smoże\s.{5,30}
    | AI-generated\scontent\s(?:may|might)\sbe\sincorrect
    | KI-generierte\sInhalte\skönnen\sfehlerhaft\ssein
    | (?:Le\scontenu\sgénéré|Contenu\sgénéré)\spar\sl['’]IA\speut\s.{5,25}
    | El\scontenido\sgenerado\spor\s(?:la\s)?IA\spuede\s.{5,25}
    | Il\scontenuto\sgenerato\sdall['’]IA\spotrebbe\s.{5,25}
    | Door\sAI\sgegenereerde\sinhoud\s.{5,25}
    | O\sconteúdo\sgerado\spor\sIA\spode\s.{5,25}
    )\.?$
    | (?:自動的に生成された説明|自動生成された説明)。?$
    | AI\s?(?:によって生成された|生成)コンテンツ.{0,12}(?:可能性|場合)があります。?$
    """,
    re.X,
)
_BEGINNINGS = re.compile(
    r"""
    # Facebook, Instagram, Pinterest
      (?:photo\s(?:by|shared\sby)\s.{2,80}?\bon\s.{4,30}?\.\s)?(?:may|might)\sbe\s(?:an?\s)?
        (?:art(?:work)?\sof\b|[\w'’,\s-]{0,40}?(?:image|close-?up|selfie|illustration|cartoon|meme|graphic|doodle|screenshot|photo)\s(?:of|that)\b)
    | (?:image|this)\smay\scontain(?::|\s(?:\d|an?|text|person|human|people)\b)
    | no\s(?:photo\sdescription|automatic\salt(?:ernative)?\stext)\savailable
    | (?:möglicherweise|könnte)\seine?\s(?:\w+\s)?(?:bild|grafik|foto|illustration|nahaufnahme|selfie|screenshot
        |cartoon)\b
    | bild\skönnte\senthalten: | enthält\smöglicherweise:
    | keine?\s(?:fotobeschreibung|bildbeschreibung|automatischer?\salternativtext)\sverfügbar
    | (?:il\ss['’]agit\s)?peut[\s-]être\s(?:d['’]|de\sl['’])?(?:une?\s)?(?:image|œuvre|photo|illustration
        |gros\splan|selfie|dessin)\b
    | l['’]image\scontient\speut-être\s?: | l['’]image\speut\scontenir\s?:
    | aucune?\s(?:description\sde\s(?:la\s)?photo|texte\salternatif(?:\sautomatique)?)\sdisponible
    | (?:puede\sser|es\sposible\sque\ssea)\s(?:una?\s)?(?:imagen|arte|gráfico|foto|ilustración|primer\splano|selfie
        |caricatura)\b
    | la\simagen\spuede\scontener: | no\shay\sninguna\sdescripción\sde\sla\sfoto\sdisponible
    | no\shay\stexto\salternativo\s(?:automático\s)?disponible
    | potrebbe\sessere\sun(?:['’]|a\s)?\s?(?:contenuto\sgrafico|immagine|foto|illustrazione|primo\spiano|selfie|cartone)
    | l['’]immagine\spuò\scontenere: | nessuna\sdescrizione\sdella\sfoto\sdisponibile
    | nessun\stesto\salternativo\sautomatico\sdisponibile
    | kan\seen\s(?:\w+\s)?(?:afbeelding|foto|illustratie|close-?up|selfie)\s(?:van\s.{3,80}\s)?zijn\b
    | (?:de\s)?afbeelding\skan\shet\svolgende\sbevatten:
    | geen\s(?:fotobeschrijving|automatische\salternatieve\stekst)\sbeschikbaar
    | pode\sser\s(?:uma?\s)?(?:imagem|arte|gráfico|foto|ilustração|close-?up|selfie|desenho)\b
    | a\simagem\spode\sconter: | nenhuma\sdescrição\sde\sfoto\sdisponível
    | (?:nenhum|sem)\stexto\salternativo\sautomático\sdisponível
    | może\sbyć\s(?:\w+\s)?(?:obrazem|zdjęciem|grafiką|ilustracją|zrzutem\sekranu|zbliżeniem|selfie|rysunkiem|memem)\b
    | obraz\smoże\szawierać: | brak\sdostępnego\sopisu\szdjęcia
    | 写真の説明はありません | 画像に含まれている可能性があるもの | 自動代替テキストはありません
    # LinkedIn
    | no\salt(?:ernative)?\stext\s(?:description\s)?(?:for|provided\sfor)\sthis\simage
    | kein\salt-?(?:ernativ)?text\sfür\sdieses\sbild\b
    | aucune?\s(?:description|texte)\salternatif?(?:ve)?\spour\scette\simage
    | no\shay\stexto\salternativo\spara\sesta\simagen
    | geen\salternatieve\stekst\s(?:opgegeven\s)?voor\sdeze\safbeelding
    | não\s(?:há|foi\sfornecido)\stexto\salternativo\spara\sesta\simagem
    | brak\stekstu\salternatywnego\sdla\stego\s(?:obrazu|zdjęcia)
    | この画像には?代替テキストが(?:ありません|設定されていません)
    # Pinterest
    | pin\s(?:by|von|de|di|van|door|por|użytkownika)\s.{2,60}\s(?:on|auf|sur|en|su|op|em|na)\s\w
    # Search engines
    | znalezione\sobrazy\sdla\szapytania\s | (?:podobny|powiązany)\sobraz$
    | image\sresults?\s(?:for|of)\s | bildergebnis(?:se)?\s(?:für|zu)\s | ähnliches\s(?:bild|foto)$ | related\simage$
    | résultats?\sde\srecherche\sd['’]images?\s(?:pour|de)\s | image\sassociée$ | imagen\srelacionada$
    | resultado\sde\simagen\s(?:para|de)\s | risultat[oi]\s(?:per\s)?immagin[ei]\s(?:per|di|relativ[oi])\s
    | immagine\scorrelata$ | afbeeldings?resultaat\svoor\s | gerelateerde\safbeelding$
    | resultado\sde\simagem\s(?:para|de)\s | imagem\srelacionada$ | 関連画像$
    | see\sthe\ssource\simage$ | quellbild\sanzeigen$ | (?:voir|afficher)\sl['’]image\ssource$
    | ver\s(?:la\s)?imagen\sde\sorigen$ | visualizza\s(?:l['’])?immagine\s(?:di\sorigine|origine|sorgente)$
    | (?:de\s)?bronafbeelding\s(?:bekijken|weergeven)$ | ver\sa\simagem\sde\sorigem$
    | (?:ソース画像を表示|元の画像を表示)$
    # Assistants, and models that run by themselves
    | (?:sure|certainly|of\scourse|absolutely)[!,.]\s.{0,40}\b(?:alt|description|caption)
    | here(?:'s|’s|\sis)\s(?:an?|the|your|one)\s(?:[\w-]+\s){0,4}
        (?:alt(?:ernative|ernate)?[\s-]text|image\sdescription|caption)\b
    | (?:i'm|i’m|i\sam)\s(?:sorry|unable)\b.{0,20}\b(?:i\scan|to|but)\b
    | i\scan(?:no|['’])t\s(?:assist|see|view|describe|identify|help)
    | as\san\sai\b | hier\sist\s(?:ein|der|dein|ihr)\s(?:\w+\s)?alternativtext\b
    | voici\s(?:un|le|votre)\stexte\salternatif\b
    | aquí\s(?:está|tienes)\s(?:un|el|tu)\stexto\salternativo\b | ecco\s(?:un|il)\stesto\salternativo\b
    | aqui\sestá\s(?:um|o)\stexto\salternativo\b | hier\sis\s(?:een|de)\salt(?:ernatieve\s|-?)tekst\b
    | (?:es\stut\smir\sleid|tut\smir\sleid),\s.{0,20}\bich\skann
    | sorry[!,.]?\s(?:but\s)?i\s(?:can|am\s(?:not|un)able|cannot)
    | (?:je\ssuis\s)?désolée?,?\s.{0,12}\bje\sne\speux | przepraszam,?\s.{0,12}\bnie\smogę
    | lo\ssiento,?\s.{0,12}\bno\spuedo | mi\sdispiace,?\s.{0,12}\bnon\sposso
    | het\sspijt\sme,?\s.{0,12}\bik\skan
    | (?:desculpe|lamento),?\s.{0,12}\bnão\sposso | 申し訳(?:ありません|ございません)
    | araff?es?d?\s
    """,
    re.X,
)
_ENDS = re.compile(
    r"(?:の画像検索結果|の画像結果|の画像のようです。?|\(?confidence:?\s*(?:0?\.\d+|\d{1,3}(?:\.\d+)?\s?%)\)?)$"
)
MAX_CHARS = 1000


def is_machine_description(collapsed: str, folded: str) -> bool:
    """Whether a machine wrote a text; given with its white space collapsed, and as `core.text.comparable` has it."""
    return (
        _BEGINNINGS.match(folded) is not None
        or _NOTES_OF_OFFICE.search(collapsed[-MAX_CHARS:]) is not None
        or _ENDS.search(folded[-MAX_CHARS:]) is not None
    )
