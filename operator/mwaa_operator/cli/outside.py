"""What went wrong outside, as a user at a shell hears it: the operator's own advice is for its installation. Pure."""

from __future__ import annotations

from ..core.errors import Problem, Trouble

RETRIED = " It is tried again."
OF_OPERATOR, OF_USER = "to the operator's role", "to your user or role"
CREDENTIALS = (
    "no AWS credentials were found. Set AWS_PROFILE (and sign in: `aws sso login`), or AWS_ACCESS_KEY_ID and "
    "AWS_SECRET_ACCESS_KEY."
)


def told(problem: Problem) -> str:
    """Say what is wrong, where, and what the user can do."""
    text = problem.message.replace(OF_OPERATOR, OF_USER)
    if problem.reason == "NoCredentials":
        return f"{text.split(': ')[0]}: {CREDENTIALS}"
    if problem.reason in ("BadCredentials", "CredentialsExpired"):
        return f"{text.rstrip('.')}. Renew your AWS credentials (AWS_PROFILE, `aws sso login`)."
    if problem.trouble is not Trouble.UNAVAILABLE:
        return text
    if problem.reason == "KubernetesUnavailable":
        return f"{text.rstrip('.')}. Is the cluster up (`kubectl cluster-info`)? Another one: --context, --kubeconfig."
    return f"{text.removesuffix(RETRIED).rstrip('.')}. Check the region and your network, and repeat the command."
