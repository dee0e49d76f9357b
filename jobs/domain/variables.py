"""Variables of the environment that begin as settings do and are none."""

CONF_VARIABLE = "ANPRLAKE_CONF"
"""The folder of the settings."""
AHEAD_VARIABLE = "ANPRLAKE_AHEAD"
"""Of a rehearsal, which runs nights and purges of days that have not come."""
