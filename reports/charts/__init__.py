"""Charts: one geometry, drawn as SVG on pages and by reportlab in PDF files."""
