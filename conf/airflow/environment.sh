# What Airflow must know of this project; sourced by `make demo` and `make airflow` in the project's root.
# On a cluster set the same variables for the scheduler and its workers, with your own database and Spark connection.
# Logs and the database are its user's alone; Airflow gives its log files permissions of its own.
umask "${ANPRLAKE_STORAGE__UMASK:-077}"
export AIRFLOW__CORE__DAEMON_UMASK="0o${ANPRLAKE_STORAGE__UMASK:-077}"
export AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS=0o700
export AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS=0o600
export AIRFLOW_HOME="${AIRFLOW_HOME:-$PWD/.cache/airflow}"
export AIRFLOW__CORE__DAGS_FOLDER="$PWD/dags"
export AIRFLOW__CORE__PLUGINS_FOLDER="$PWD/conf/airflow/plugins"
export AIRFLOW__CORE__LOAD_EXAMPLES=False
export AIRFLOW__CORE__PARALLELISM=4
export AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION=True
# Only for one person on one machine: everybody who can open the page may do everything.
export AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS=True
export AIRFLOW__API__HOST=127.0.0.1
export AIRFLOW__USAGE_DATA_COLLECTION__ENABLED=False
# The cluster's master goes here ("host": "yarn", "k8s://…", "spark://…"); conf/spark has everything else.
if [ -z "${AIRFLOW_CONN_SPARK_DEFAULT:-}" ]; then
  export AIRFLOW_CONN_SPARK_DEFAULT='{"conn_type": "spark", "host": "local[2]", "extra": {"deploy-mode": "client"}}'
fi
export SPARK_CONF_DIR="$PWD/conf/spark"
export PYSPARK_PYTHON="$PWD/.venv/bin/python"
export PATH="$PWD/.venv/bin:$PATH"
