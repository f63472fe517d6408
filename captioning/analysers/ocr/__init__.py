"""Text in pictures, read by rapidocr, Tesseract or TrOCR."""
