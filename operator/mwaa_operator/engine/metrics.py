"""What is counted, in Prometheus terms."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from .queue import Key, Queue

PREFIX = "mwaa_operator"


class Metrics:
    """All metrics of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._runs = Counter(f"{PREFIX}_reconcile_total", "Runs by outcome", ["kind", "outcome"], registry=self.registry)
        self._seconds = Histogram(f"{PREFIX}_reconcile_seconds", "Duration of runs", ["kind"], registry=self.registry)
        self._depth = Gauge(f"{PREFIX}_queue_depth", "Keys that are due and wait for a worker", registry=self.registry)
        self._running = Gauge(f"{PREFIX}_reconcile_active", "Runs under way", registry=self.registry)
        self._aws = Counter(
            f"{PREFIX}_aws_calls_total", "AWS calls by result", ["service", "operation", "code"], registry=self.registry
        )
        self._aws_seconds = Histogram(
            f"{PREFIX}_aws_call_seconds", "Duration of AWS calls", ["service"], registry=self.registry
        )
        self._writes = Counter(
            f"{PREFIX}_kubernetes_writes_total", "Writes to the Kubernetes API", ["what"], registry=self.registry
        )
        self.leading = Gauge(f"{PREFIX}_leading", "1 while this process holds the lease", registry=self.registry)

    def watch_queue(self, queue: Queue) -> None:
        """Show the queue as it is at each scrape."""
        self._depth.set_function(lambda: queue.depth)
        self._running.set_function(lambda: queue.running)

    def reconciled(self, key: Key, outcome: str, seconds: float) -> None:
        """Count a run."""
        self._runs.labels(key.kind, outcome).inc()
        self._seconds.labels(key.kind).observe(seconds)

    def called(self, service: str, operation: str, code: str, seconds: float) -> None:
        """Count an AWS call."""
        self._aws.labels(service, operation, code).inc()
        self._aws_seconds.labels(service).observe(seconds)

    def wrote(self, what: str) -> None:
        """Count a write to Kubernetes: `status`, `finalizers`, `event` or `lease`."""
        self._writes.labels(what).inc()
