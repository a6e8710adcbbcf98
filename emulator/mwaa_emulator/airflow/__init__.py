"""A real Apache Airflow behind each emulated environment."""

from mwaa_emulator.airflow.local import LocalAirflow

__all__ = ["LocalAirflow"]
