"""Legal holds: what they keep of days, files and findings, and its copy in the evidence zone."""
