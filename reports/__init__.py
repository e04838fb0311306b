"""What we say about lots: certificates, the check page, figures and charts."""
