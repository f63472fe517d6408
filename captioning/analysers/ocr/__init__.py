"""Text in pictures, read by rapidocr or Tesseract."""
