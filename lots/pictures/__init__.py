"""Small pictures beside a number: geometry alone, which templates draw as SVG."""
