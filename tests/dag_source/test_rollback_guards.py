"""What going back by policy does not do: forget a quarantine, or delete a large share without a word."""

from __future__ import annotations

from typing import Any

from mwaa_operator.core.annotation import ROLLBACK_TO
from mwaa_operator.core.origin import Fetched
from mwaa_operator.kinds.dag_source_providers import origin

from .test_rollback import DAG, Airflow, deliver, keys, look


async def test_the_quarantine_holds_while_constraints_are_being_read(stack: Any) -> None:
    """They are among the files, and after a restart they are not known for some seconds."""
    airflow = Airflow(stack)
    good, bad, mended = (DAG.format("a") + f"# {word}\n" for word in ("good", "bad", "mended"))
    url = "https://constraints.example.com/constraints-3.12.txt"
    text = {"constraints": b"apache-airflow-providers-amazon==9.0.0\n"}
    requirements = {"providers": {"amazon": "9.1.0"}, "constraint": url}
    spec = {"onFailure": "RollBack", "requirements": requirements}
    stack.fetched = known = {origin(url): Fetched("1", text)}
    airflow.imports(good)
    await deliver(stack, {"a.py": good}, **spec)
    airflow.fails()
    await deliver(stack, {"a.py": bad}, **spec)
    airflow.imports(good)
    await look(stack)
    before = keys()
    assert before["dags/a.py"] == good.encode() and len(before) == 2

    published = stack.published
    stack.fetched = {origin(url): Fetched(pending=True)}
    run = await look(stack)
    assert keys() == before
    assert stack.published["history"] == published["history"]
    [step] = run.plan.steps
    assert (step.part, [each.reason for each in step.needs]) == ("tree", ["ReadingConstraints"])
    assert "whether the source still has the revision that failed" in step.needs[0].message

    stack.fetched = known
    await look(stack)
    assert keys() == before
    await deliver(stack, {"a.py": mended}, **spec)
    assert keys()["dags/a.py"] == mended.encode()


async def test_the_policy_deletes_no_large_share_without_a_word(stack: Any) -> None:
    airflow = Airflow(stack)
    good, bad = (DAG.format("a") + f"# {word}\n" for word in ("good", "bad"))
    airflow.imports(good)
    [first] = await deliver(stack, {"a.py": good}, onFailure="RollBack")
    airflow.fails()
    many = {f"lib/f{number}.txt": "x" * number for number in range(1, 20)}
    [second] = await deliver(stack, {"a.py": bad, **many}, onFailure="RollBack", maxDeletePercent=100)
    assert second == first, "it may be said beforehand"

    await deliver(stack, {"a.py": bad, **many}, onFailure="Keep")
    stack.spec = {**stack.spec, "onFailure": "RollBack"}
    run = await stack.once()
    assert run.problems["tree"].reason == "TooManyDeletions"
    assert f"rollback NAME --to {first}" in run.problems["tree"].message
    assert len(keys()) == 20
    stack.annotations = {ROLLBACK_TO: first}
    await look(stack)
    assert set(keys()) == {"dags/a.py"}
