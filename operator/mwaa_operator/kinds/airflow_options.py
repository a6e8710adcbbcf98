"""The one map of Airflow's options that a spec asks for in four places: as it is, from Secrets, typed, and as e-mail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..api.airflow_options import SecretKey, ValueSource, is_value, short_cuts, text
from ..api.environment import EnvironmentSpec
from ..checks.airflow_options import LAZY_LOAD
from ..core.kind import Context, Object
from ..core.need import EndsBy, Need
from ..core.part import Missing
from ..core.secret import Secret
from ..resources.mwaa import option_value
from .environment_artefacts import has_plugins


def secret_keys(spec: EnvironmentSpec) -> Iterator[tuple[str, str, SecretKey]]:
    """Give the field, the option and the entry of every value that comes from a Secret."""
    for option, source in spec.airflow_configuration_options_from.items():
        yield f"airflowConfigurationOptionsFrom[{option}]", option, source.secret_key_ref
    for field, option, value in short_cuts(spec.email):
        if isinstance(value, ValueSource):
            yield f"email.{field}", option, value.secret_key_ref


def declared(spec: EnvironmentSpec) -> dict[str, str]:
    """Give the options whose values stand in the spec."""
    typed = [*short_cuts(spec.options), *short_cuts(spec.email)]
    given = {option: text(value) for _, option, value in typed if not isinstance(value, ValueSource)}
    return {**spec.airflow_configuration_options, **given}


def fields(spec: EnvironmentSpec) -> Iterator[tuple[str, str]]:
    """Give the field and the option of every option that is not in `airflowConfigurationOptions`."""
    for option in spec.airflow_configuration_options_from:
        yield f"airflowConfigurationOptionsFrom[{option}]", option
    for block, given in (("options", spec.options), ("email", spec.email)):
        for field, option, _ in short_cuts(given):
            yield f"{block}.{field}", option


def options(obj: Object[EnvironmentSpec], context: Context) -> dict[str, str | Secret] | Missing | None:
    """Give all options: None leaves those of AWS as they are, an empty map takes all of them away."""
    spec = obj.spec
    values, missing = dict(declared(spec)), []
    for field, option, key in secret_keys(spec):
        found = _value(f"spec.{field}", key, context)
        if isinstance(found, Need):
            missing.append(found)
        else:
            values[option] = found
    if missing:
        message = "; ".join(need.message for need in missing)
        return Missing(Need(missing[0].reason, message, missing[0].ends_by, "ReferencesResolved"))
    if LAZY_LOAD not in values and loads_eagerly(obj, context) and (_is_declared(spec) or "environmentArn" not in obj.facts):
        values[LAZY_LOAD] = "False"
    if not values and not _is_declared(spec):
        return None
    return {option: option_value(obj.owner.address, option, value) for option, value in values.items()}


def loads_eagerly(obj: Object[EnvironmentSpec], context: Context) -> bool:
    """Tell whether plugins must be loaded at the start of each process (guide 02, section 6.1)."""
    version = obj.spec.airflow_version or str(obj.facts.get("airflowVersion") or "")
    return has_plugins(obj, context) and version.startswith("2.")


def leaves_lazy_load(obj: Object[EnvironmentSpec], context: Context) -> bool:
    """Tell whether plugins should be loaded at the start and nothing says so: options in AWS are not touched then."""
    return loads_eagerly(obj, context) and not _is_declared(obj.spec) and "environmentArn" in obj.facts


def _is_declared(spec: EnvironmentSpec) -> bool:
    maps = {"airflow_configuration_options", "airflow_configuration_options_from"}
    return bool(spec.model_fields_set & maps) or spec.options is not None or spec.email is not None


def _value(path: str, key: SecretKey, context: Context) -> str | Need:
    """Read one entry of a Secret. No message has any of its value."""
    data: Mapping[str, bytes] | None = context.secrets.get(key.name)
    if data is None:
        return Need(
            "DependencyNotFound",
            f"{path}: Secret {key.name} does not exist in this namespace. Create it, or correct the name.",
        )
    if key.key not in data:
        return Need(
            "DependencyNotFound",
            f"{path}: Secret {key.name} has no entry {key.key}. Add it, or correct the key.",
        )
    try:
        value = data[key.key].decode("ascii")
    except UnicodeDecodeError:
        value = ""
    if not is_value(value):
        return Need(
            "OptionValueUnfit",
            f"{path}: the entry {key.key} of Secret {key.name} is empty, or has a line break or a letter beyond ASCII, and "
            "AWS takes none of them. Write it anew; `printf %s` instead of `echo` leaves no line break behind.",
            EndsBy.USER,
        )
    return value
