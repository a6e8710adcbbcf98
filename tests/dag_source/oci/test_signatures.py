"""Only what one of the keys has signed is delivered."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mwaa_operator.api.dag_source import DagSourceSpec
from mwaa_operator.core.errors import Trouble
from mwaa_operator.kinds.dag_source import DagSourceKind

from .conftest import Oci
from .served import Registry, public, sha256

KEY, OTHER = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
FILES = {"a.py": "A = 1\n"}


def keys(*pems: str) -> frozenset[str]:
    return frozenset(f"cosign {pem}" for pem in pems)


def test_what_is_signed_is_delivered_with_either_key(oci: Oci) -> None:
    oci.registry.sign("signed", oci.registry.push("signed", "v1", FILES), KEY)
    for wanted in (keys(public(KEY)), keys(public(OTHER), public(KEY))):
        assert dict(oci.fetch(oci.origin("signed", options=wanted)).files) == {"a.py": b"A = 1\n"}


@pytest.mark.parametrize(
    ("sign", "said"),
    [
        (lambda registry, digest: None, "no signature at all"),
        (lambda registry, digest: registry.sign("unsigned", digest, OTHER), "no signature that one of these keys"),
        (lambda registry, digest: registry.sign("unsigned", digest, KEY, names=sha256(b"x")), "no signature that one"),
        (lambda registry, digest: registry.sign("unsigned", digest, KEY, type="another"), "no signature that one"),
        (lambda registry, digest: registry.sign("unsigned", digest, KEY, signature="!"), "no signature that one"),
        (lambda registry, digest: registry.sign("unsigned", digest, KEY, signature="AAAA"), "no signature that one"),
    ],
    ids=["none", "another key", "another digest", "another type", "no base64", "no signature"],
)
def test_what_is_not_signed_is_not(oci: Oci, sign: Callable[[Registry, str], None], said: str) -> None:
    # each digest is another one: signatures lie under it
    digest = oci.registry.push("unsigned", "v1", {"a.py": repr(id(sign))})
    sign(oci.registry, digest)
    problem = oci.refused(oci.origin("unsigned", options=keys(public(KEY))))
    assert (problem.trouble, problem.reason) == (Trouble.REFUSED, "VerificationFailed")
    assert said in problem.message and digest in problem.message


def test_a_signature_holds_for_one_digest_although_the_tag_moves(oci: Oci) -> None:
    oci.registry.sign("moved", oci.registry.push("moved", "v1", FILES), KEY)
    oci.registry.push("moved", "v1", {"a.py": "A = 'evil'\n"})
    assert oci.refused(oci.origin("moved", options=keys(public(KEY)))).reason == "VerificationFailed"


def test_a_key_of_another_kind_is_named(oci: Oci) -> None:
    oci.registry.push("signed", "v2", FILES)
    form = (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    pem = ed25519.Ed25519PrivateKey.generate().public_key().public_bytes(*form).decode()
    for wrong, said in ((pem, "is no key of ECDSA"), ("-----BEGIN PUBLIC KEY-----\nAA==\n", "is no public key")):
        problem = oci.refused(oci.origin("signed", tag="v2", options=keys(wrong)))
        assert problem.message.startswith("spec.oci.verify.publicKeys: one of them") and said in problem.message


def test_what_a_spec_says_is_what_the_fetcher_is_asked_for(oci: Oci) -> None:
    oci.registry.sign("spec", oci.registry.push("spec", "v1", {"dags/a.py": "A = 1\n"}), KEY)
    wanted = {"url": f"{oci.registry.url}/spec", "tag": "v1", "path": "dags", "insecure": True}
    for key, good in ((KEY, True), (OTHER, False)):
        block = {**wanted, "verify": {"publicKeys": [f"\n{public(key)}\n"]}, "secretRef": {"name": "pull"}}
        spec = DagSourceSpec.model_validate({"bucketRef": {"name": "b"}, "oci": block})
        [origin] = DagSourceKind().origins(spec)
        assert DagSourceKind().secrets(spec) == ("pull",)
        if good:
            assert dict(oci.fetch(origin).files) == {"a.py": b"A = 1\n"}
        else:
            assert oci.refused(origin).reason == "VerificationFailed"
