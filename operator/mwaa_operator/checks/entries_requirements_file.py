"""What each code about a requirements.txt means, wherever it lies; see `catalogue`."""

from __future__ import annotations

from collections.abc import Mapping

from .entry import Entry

PYTHON = "Installing Python dependencies"
BEST = "Managing Python dependencies in requirements.txt"
PROVIDERS = "Apache Airflow v2 provider packages installed on Amazon MWAA environments"
TROUBLE = "Troubleshooting: CloudWatch Logs and CloudTrail errors in Amazon MWAA"

REQUIREMENTS_FILE: Mapping[str, Entry] = {
    "ConstraintMissing": Entry(
        "requirements.txt has no constraints",
        "The file has no `--constraint` line, and Airflow is 2.7.2 or newer. A warning: MWAA puts in a line of its own.",
        "The constraints of Airflow name versions that were tested together. Without your own line you do not see which "
        "ones are meant.",
        "Begin the file with the constraints of your version of Airflow and of Python. A file that installs wheels only "
        "(`--no-index`) needs none.",
        PYTHON,
    ),
    "ConstraintOfOtherVersion": Entry(
        "The constraints are of another Airflow or Python",
        "The `--constraint` line names another version of Airflow than the environment's, or another Python "
        "than that version "
        "runs on. A warning.",
        "pip finds conflicts, and the update is rolled back after 20 minutes or more; or the wrong versions are installed.",
        "Name the constraints of the environment's version; change both together.",
        PYTHON,
    ),
    "ConstraintInDagFolder": Entry(
        "The constraints lie in the DAG folder",
        "The `--constraint` line names a file below `/usr/local/airflow/dags`, and the web server installs "
        "the requirements too "
        "(from Airflow 2.2.2 on). A warning.",
        "MWAA copies the DAG folder to schedulers and workers. The guide uses such a file, and does not say whether the web "
        "server has it.",
        "See in the log of the web server that the installation went well; otherwise give wheels in plugins.zip.",
        PROVIDERS,
    ),
    "ExtrasOfOtherVersion": Entry(
        "Extras of another Airflow",
        "A line such as `apache-airflow[extra]==X` pins another version than the environment's. A warning.",
        "pip would replace Airflow itself, and the web server answers 502.",
        "Pin the extras to the environment's version.",
        BEST,
    ),
    "RequirementsNotPinned": Entry(
        "Packages without a version",
        "Some lines have no `==`. A warning. With constraints that is no fault of a package that they name: "
        "all providers of "
        "Airflow are among those, and are not counted.",
        "Each new container takes the newest version of that day: workers differ, and one day the install fails.",
        "Pin every package with `==`, to what the constraints have where they name it.",
        BEST,
    ),
    "AlreadyInBaseImage": Entry(
        "A library that every environment has",
        "The file lists boto, boto3, botocore or psycopg2-binary. A warning.",
        "They are part of the base install; another version may break the AWS connections of Airflow itself.",
        "Take the line out.",
        BEST,
    ),
    "RequirementsLineTooLong": Entry(
        "A line that is not looked into",
        "A line has more than 4,096 characters, without those of a comment. A warning: no rule has read it, and whether all "
        "can be installed together was not found out.",
        "Nobody writes such a line by hand, and pip reads it all the same.",
        "Put each package on a line of its own. Hashes may stand on lines of their own, each but the last with a backslash "
        "at its end.",
        PYTHON,
    ),
    "RequirementsLarge": Entry(
        "A long list of packages",
        "The file lists more than 100 packages. A warning: nobody knows the size before they are downloaded.",
        "The installation must end within 10 minutes, or AWS rolls the change back; less than 1 GB in all is advised.",
        "Leave out what other packages bring along, or give wheels in plugins.zip.",
        PYTHON,
    ),
    "WheelsLarge": Entry(
        "More than 1 GB of wheels",
        "The wheels that a DagSource packs into plugins.zip have more than 1 GB. A warning.",
        "The installation must end within 10 minutes, or AWS rolls the change back; less than 1 GB in all is advised.",
        "Take out what the DAGs do not import.",
        PYTHON,
    ),
    "ProviderPreinstalled": Entry(
        "A provider that every environment has",
        "The file lists a provider package that environments of this version have already: unpinned, in the "
        "same version or in "
        "an older one. A warning. `status.providers` of an Environment lists them.",
        "It is not needed, and another version contradicts the constraints or replaces what MWAA was built with.",
        "Take the line out.",
        PROVIDERS,
    ),
    "ProviderOverrideUndocumented": Entry(
        "A newer provider, which AWS does not document",
        "The file wants a newer version of a preinstalled provider than the environment has. The guide "
        "documents that for the "
        "amazon provider, and for Airflow 2.5.1, 2.6.3, 2.7.2 and 2.8.1 only. A warning.",
        "MWAA itself uses this package; whether a newer one works with that version nobody has said.",
        "Try it in an environment that nobody needs, or update Airflow.",
        PROVIDERS,
    ),
    "ProviderAgainstConstraints": Entry(
        "A newer provider against Airflow's own constraints",
        "The file pins a newer version of a preinstalled provider, and its constraints are those that "
        "Airflow publishes, which "
        "have the old one. A warning.",
        "pip refuses both at once, and AWS rolls the change back after half an hour.",
        "Use a constraints file with the new version: `requirements.providers` of a DagSource makes it and puts it among "
        "the DAGs.",
        PROVIDERS,
    ),
    "ProviderTooNew": Entry(
        "A provider that wants a newer Airflow",
        "The file asks for a provider that is made for a later Airflow than the environment's, such as "
        "databricks 2 on Airflow "
        "2.0.2; or for the newest one, without constraints. A warning.",
        "pip may replace Airflow itself; tasks end without logs (`Could not read remote logs`).",
        "Ask for the extra of the very version, such as `apache-airflow[databricks]==2.0.2`, or use constraints.",
        TROUBLE,
    ),
    "WatchtowerReplaced": Entry(
        "A pin of watchtower, which has no effect",
        "The file lists watchtower, and Airflow is 2 or newer. A warning.",
        "MWAA installs watchtower 2.0.1 after the requirements, so that none of them breaks the logs in "
        "CloudWatch. The advice "
        "to pin 1.0.6 is for Airflow 1.",
        "Take the line out.",
        PROVIDERS,
    ),
    "BackportDowngradesWatchtower": Entry(
        "A backport provider takes back watchtower",
        "The file lists an `apache-airflow-backport-providers` package without `watchtower==1.0.6`, or "
        "Airflow is 2. A warning.",
        "Such packages are for Airflow 1.10, and bring an older watchtower: CloudTrail shows "
        "ResourceAlreadyExistsException for "
        "log streams.",
        "With Airflow 2 take the package without `backport`. With 1.10.12 add `watchtower==1.0.6`.",
        TROUBLE,
    ),
    "PrivateWebserverNoInternet": Entry(
        "A private web server cannot install from outside",
        "The web server is private, and the file takes packages from PyPI, another index or a URL. A "
        "warning: an index within "
        "the VPC may work.",
        "From Airflow 2.2.2 on the web server installs the same file, and has no way there.",
        "Put wheels into plugins.zip; begin the file with `--find-links /usr/local/airflow/plugins` and `--no-index`.",
        BEST,
    ),
    "WheelTagUnfit": Entry(
        "A wheel for another Python or system",
        "A wheel's name says that it is for another Python than the environment's version runs on, or for "
        "another system: before "
        "Airflow 2.9.2 that is Amazon Linux 2 (glibc 2.26), from then on Amazon Linux 2023 (glibc 2.34), "
        "both x86_64. A warning.",
        "pip passes it over, and with `--no-index` the installation fails.",
        "Build or download it for that Python and system, such as with `pip download --python-version 3.11 --platform "
        "manylinux2014_x86_64 --only-binary=:all:`.",
        BEST,
    ),
}
