"""The jobs of the ANPR data lake: what runs on Spark, and the command `anprlake`."""
