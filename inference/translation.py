"""Texts from English into other languages, by a model of Marian's, M2M100's or NLLB's family on this machine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from inference.text_models import Task, TextModel

if TYPE_CHECKING:
    from collections.abc import Sequence

SOURCE = "en"
MAX_TOKENS = 128  # of a translation, whatever the model says
_NAMED = re.compile(r"-en-([a-z]{2,3})$", re.I)  # opus-mt-en-de
# What the families call languages: Marian by two or three letters, NLLB by three and the script.
_LONG = {
    "ar": "ara_Arab", "bg": "bul_Cyrl", "ca": "cat_Latn", "cs": "ces_Latn", "da": "dan_Latn", "de": "deu_Latn",
    "el": "ell_Grek", "es": "spa_Latn", "et": "est_Latn", "fi": "fin_Latn", "fr": "fra_Latn", "he": "heb_Hebr",
    "hi": "hin_Deva", "hr": "hrv_Latn", "hu": "hun_Latn", "id": "ind_Latn", "it": "ita_Latn", "ja": "jpn_Jpan",
    "ko": "kor_Hang", "lt": "lit_Latn", "lv": "lvs_Latn", "nb": "nob_Latn", "nl": "nld_Latn", "no": "nob_Latn",
    "pl": "pol_Latn", "pt": "por_Latn", "ro": "ron_Latn", "ru": "rus_Cyrl", "sk": "slk_Latn", "sl": "slv_Latn",
    "sv": "swe_Latn", "th": "tha_Thai", "tr": "tur_Latn", "uk": "ukr_Cyrl", "vi": "vie_Latn", "zh": "zho_Hans",
}  # fmt: skip


class Translator(TextModel):
    """One model, loaded when it is needed. For one thread at a time."""

    task = Task(
        does="translate",
        setting="suggest.translate",
        families="Marian's, M2M100 and NLLB",
        example="a model of Marian's family (Helsinki-NLP/opus-mt-en-de), M2M100 or NLLB",
        types=frozenset({"marian", "m2m_100"}),
    )

    def speaks(self, language: str) -> bool:
        """Whether it translates into a language (a primary subtag). Raises CaptionerError where it cannot be loaded."""
        return language != SOURCE and self._prepared(language) is not None

    def translate(self, texts: Sequence[str], language: str) -> list[str]:
        """English texts in a language that it speaks, as the model has them: whatever a model may say."""
        prepared = self._prepared(language)
        if prepared is None:
            raise ValueError(f"{self.info.model} does not speak {language}")
        prefix, settings = prepared
        return self.write(
            [prefix + text for text in texts],
            MAX_TOKENS,
            lambda read: min(MAX_TOKENS, 3 * read + 10),
            **settings,
        )

    def _prepared(self, language: str) -> tuple[str, dict[str, Any]] | None:
        """What stands before a text, and the settings for a translation into a language; None: it has no such."""
        tokenizer, network = self._parts()
        long = _LONG.get(language, "")
        if network.config.model_type == "marian":
            codes = set(tokenizer.supported_language_codes)
            if codes:
                names = (language, long[:3])
                found = next((f">>{name}<<" for name in names if f">>{name}<<" in codes), None)
                return None if found is None else (f"{found} ", {})
            named = _NAMED.search(str(self.info.model).rstrip("/"))
            target = tokenizer.target_lang or (named[1] if named else "")
            return ("", {}) if target.lower() in {language, long[:3]} - {""} else None
        ids = {name: tokenizer.convert_tokens_to_ids(name) for name in (long, f"__{language}__") if name}
        found_id = next((number for number in ids.values() if number not in (None, tokenizer.unk_token_id)), None)
        return None if found_id is None else ("", {"forced_bos_token_id": found_id})

    def _load(self) -> tuple[Any, Any]:
        tokenizer, network = super()._load()
        if network.config.model_type == "m2m_100":
            tokenizer.src_lang = "eng_Latn" if "eng_Latn" in tokenizer.get_vocab() else SOURCE
        return tokenizer, network
