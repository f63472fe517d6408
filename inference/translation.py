"""Texts from English into other languages, by a model of Marian's, M2M100's or NLLB's family on this machine."""

from __future__ import annotations

import os
import re
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import CaptionerError
from inference.revisions import gist, resolve_revision

if TYPE_CHECKING:
    from collections.abc import Sequence

SOURCE = "en"
BATCH = 16
BEAMS = 4
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


@dataclass(frozen=True, slots=True)
class TranslatorInfo:
    """What a translation is made by."""

    model: str
    revision: str


class Translator:
    """One model, loaded when it is needed. For one thread at a time."""

    def __init__(self, model: str, device: str = "cpu") -> None:
        """Nothing is loaded yet. Raises CaptionerError where there is no such model."""
        try:
            revision = resolve_revision(model, None, local_files_only=True)
        except CaptionerError:
            revision = resolve_revision(model, None, local_files_only=False)
        self.info = TranslatorInfo(model, revision)
        self._device = device
        self._loaded: tuple[Any, Any] | None = None

    def speaks(self, language: str) -> bool:
        """Whether it translates into a language (a primary subtag). Raises CaptionerError where it cannot be loaded."""
        return language != SOURCE and self._prepared(language) is not None

    def translate(self, texts: Sequence[str], language: str) -> list[str]:
        """English texts in a language that it speaks, as the model has them: whatever a model may say."""
        prepared = self._prepared(language)
        if prepared is None:
            raise ValueError(f"{self.info.model} does not speak {language}")
        prefix, settings = prepared
        tokenizer, network = self._parts()
        import torch

        said: list[str] = []
        with torch.inference_mode():
            for start in range(0, len(texts), BATCH):
                some = [prefix + text for text in texts[start : start + BATCH]]
                inputs = tokenizer(some, return_tensors="pt", padding=True, truncation=True, max_length=MAX_TOKENS)
                tokens = network.generate(
                    **inputs.to(network.device),
                    **settings,
                    num_beams=BEAMS,
                    do_sample=False,
                    max_length=None,
                    max_new_tokens=min(MAX_TOKENS, 3 * inputs["input_ids"].shape[1] + 10),
                )
                said += tokenizer.batch_decode(tokens, skip_special_tokens=True)
        return said

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

    def _parts(self) -> tuple[Any, Any]:
        if self._loaded is None:
            self._loaded = self._load()
        return self._loaded

    def _load(self) -> tuple[Any, Any]:
        import torch
        import transformers

        library: Any = transformers
        os.environ["DISABLE_SAFETENSORS_CONVERSION"] = "1"  # else it may ask a service on the web, for minutes
        library.logging.set_verbosity_error()
        if not sys.stderr.isatty():
            library.logging.disable_progress_bar()
        name = self.info.model
        source: dict[str, Any] = {"trust_remote_code": False}
        if not Path(name).is_dir():
            source["revision"] = self.info.revision
        try:
            with warnings.catch_warnings():
                # It recommends sacremoses, for other quotation marks than captions have.
                warnings.filterwarnings("ignore", message="Recommended: pip install sacremoses")
                tokenizer = library.AutoTokenizer.from_pretrained(name, **source)
            network = library.AutoModelForSeq2SeqLM.from_pretrained(name, dtype=torch.float32, **source)
        except ImportError as error:
            raise CaptionerError(
                f'{name} needs a package that is not installed: pip install "alt-audit[translate]". ({gist(error)})'
            ) from error
        except Exception as error:
            # Models that will not do fail in as many ways as there are models; each is one line for the user.
            raise CaptionerError(
                f"{name} cannot be used to translate; take a model of Marian's family (Helsinki-NLP/opus-mt-en-de), "
                f"M2M100 or NLLB. ({gist(error)})"
            ) from error
        if network.config.model_type not in {"marian", "m2m_100"}:
            raise CaptionerError(
                f"{name} is a {network.config.model_type} model: suggest.translate takes Marian's, M2M100 and NLLB."
            )
        if network.config.model_type == "m2m_100":
            tokenizer.src_lang = "eng_Latn" if "eng_Latn" in tokenizer.get_vocab() else SOURCE
        return tokenizer, network.eval().to(self._device)
