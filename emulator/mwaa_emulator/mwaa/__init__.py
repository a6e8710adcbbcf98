"""The Amazon MWAA service, generated from botocore's service model."""
