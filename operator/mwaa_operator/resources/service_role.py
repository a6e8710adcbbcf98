"""MWAA's service-linked role, with which AWS itself works in an account (guide part 1, section 12)."""

from __future__ import annotations

SERVICE = "airflow.amazonaws.com"
NAME = "AWSServiceRoleForAmazonMWAA"
