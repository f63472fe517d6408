"""What readers are called."""

RAPIDOCR = "rapidocr"
TESSERACT = "tesseract"
TROCR = "trocr"

TROCR_MODEL = "microsoft/trocr-base-printed"  # unless caption.trocr names another
