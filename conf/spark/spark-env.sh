# Sourced by Spark's own scripts before they start Java, on each host: files of the driver and of executors are private.
umask "${ANPRLAKE_STORAGE__UMASK:-077}"
