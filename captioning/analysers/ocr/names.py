"""What readers are called."""

RAPIDOCR = "rapidocr"
TESSERACT = "tesseract"
