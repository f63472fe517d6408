"""The audit on one sheet, for a client: a page to print, and the same in Markdown. No word of models and drafts."""
