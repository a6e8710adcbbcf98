"""What an environment's own logs say, or that they say nothing; see `catalogue`."""

from __future__ import annotations

from collections.abc import Mapping

from .entry import Entry

SOURCE = "Troubleshooting: CloudWatch Logs and CloudTrail errors in Amazon MWAA"

LOGS: Mapping[str, Entry] = {
    "LogsEmpty": Entry(
        "A log that stays empty",
        "A log is enabled, its group exists, and some time after the environment got AVAILABLE nothing has been written.",
        "The execution role writes the logs. Without the right the components run and say nothing, and a failure to install "
        "requirements stays unseen.",
        "Allow the role `logs:CreateLogStream`, `logs:CreateLogGroup`, `logs:PutLogEvents`, `logs:GetLogEvents`, "
        "`logs:GetLogRecord`, `logs:GetLogGroupFields` and `logs:GetQueryResults` on `airflow-{environment}-*`, "
        "`logs:DescribeLogGroups` on `*`, and `s3:GetObject*`, `s3:GetBucket*` and `s3:List*` on the bucket. An "
        "ExecutionRole has all of them.",
        SOURCE,
    ),
    "TaskTimeLimit": Entry(
        "A task ran for longer than 12 hours",
        "The scheduler says that a task was killed externally while the task says that it runs.",
        "The message of a task is hidden from other workers for 12 hours at most. Then it is given to another one, and the "
        "first loses it.",
        "Split it into shorter tasks. What only waits belongs into a sensor or a deferrable operator: those hold no worker.",
        SOURCE,
    ),
}
