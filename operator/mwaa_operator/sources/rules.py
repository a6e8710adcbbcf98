"""All rules, by what they look at. A new topic is a file, and a line here for each of its rules."""

from __future__ import annotations

from . import (
    dag_ids,
    lint_arguments,
    lint_dag_arguments,
    lint_folder,
    lint_imports,
    lint_plugins,
    lint_requirements_lines,
    lint_requirements_places,
    lint_requirements_providers,
    lint_requirements_versions,
    lint_reserved,
    lint_safe_mode,
    lint_secrets,
    lint_startup,
    lint_syntax,
    lint_top_level,
)
from .lint_requirements import Requirements
from .module import Module
from .plugins_tree import Plugins
from .rule import Rule
from .startup_script import StartupScript
from .tree import Tree

OF_MODULES: tuple[Rule[Module], ...] = (
    Rule(lint_imports.version_one, since="2"),
    Rule(lint_imports.plugin_paths, since="2"),
    Rule(lint_imports.gone_with_three, since="3"),
    Rule(lint_imports.sdk, before="3"),
    Rule(lint_dag_arguments.gone_with_three, since="3"),
    Rule(lint_top_level.variables, parsed=True),
    Rule(lint_top_level.calls, parsed=True),
    Rule(lint_top_level.sleeps, parsed=True),
    Rule(lint_top_level.data, parsed=True),
    Rule(lint_secrets.secrets),
    Rule(lint_arguments.queue),
    Rule(lint_safe_mode.safe_mode),
)
"""They look at one Python file, and are asked once for each content."""
OF_TREES: tuple[Rule[Tree], ...] = (
    Rule(lint_syntax.syntax),
    Rule(dag_ids.doubled),
    Rule(lint_folder.airflow_cfg),
    Rule(lint_folder.packages),
    Rule(lint_folder.size),
)
"""They look at all files of a folder, also at those that are no Python."""
OF_REQUIREMENTS: tuple[Rule[Requirements], ...] = (
    Rule(lint_requirements_versions.constraint_missing),
    Rule(lint_requirements_versions.constraint_of_other_version),
    Rule(lint_requirements_versions.extras_of_other_version),
    Rule(lint_requirements_versions.not_pinned),
    Rule(lint_requirements_versions.in_base_image, since="2"),
    Rule(lint_requirements_versions.large),
    Rule(lint_requirements_lines.too_long),
    Rule(lint_requirements_providers.preinstalled),
    Rule(lint_requirements_providers.replaced),
    Rule(lint_requirements_providers.too_new, since="2"),
    Rule(lint_requirements_providers.watchtower, since="2"),
    Rule(lint_requirements_providers.backports),
    Rule(lint_requirements_places.needs_internet),
    Rule(lint_requirements_places.constraint_on_web_server),
    Rule(lint_requirements_places.wheel_tags),
)
"""They look at a requirements.txt, for each Airflow that installs it."""
OF_SCRIPTS: tuple[Rule[StartupScript], ...] = (
    Rule(lint_reserved.reserved),
    Rule(lint_startup.updates_python),
    Rule(lint_startup.replaces_python),
    Rule(lint_startup.lacks_sudo),
    Rule(lint_startup.needs_internet),
)
"""They look at a startup script."""
OF_PLUGINS: tuple[Rule[Plugins], ...] = (
    Rule(lint_plugins.wrapped),
    Rule(lint_plugins.without_init),
    Rule(lint_plugins.size),
    Rule(lint_plugins.modes),
    Rule(lint_plugins.pages, before="2.2.2"),
)
"""They look at plugins.zip, or at the files that it is made of."""
