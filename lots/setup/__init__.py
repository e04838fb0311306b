"""Set-up: organisations, materials, methods, qualifications and specifications."""
