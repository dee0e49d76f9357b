"""The compliance report: one document of counts, dates and names, as a page and as JSON; no vehicle and no camera."""
