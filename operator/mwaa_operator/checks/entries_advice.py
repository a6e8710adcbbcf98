"""What no check can see, and people ask: findable by a code all the same; see `catalogue`."""

from __future__ import annotations

from collections.abc import Mapping

from .entry import Entry

OPTIONS = "Using Apache Airflow configuration options on Amazon MWAA"
STARTUP = "Using a startup script with Amazon MWAA"
TROUBLE = "Troubleshooting Amazon Managed Workflows for Apache Airflow"
FAQ = "Amazon MWAA frequently asked questions"

ADVICE: Mapping[str, Entry] = {
    "OptionsOverrideTheFile": Entry(
        "Which setting wins",
        "An option in `airflowConfigurationOptions` overrides what `airflow.cfg` says; everything else in that file stays "
        "as it is.",
        "MWAA sets options as environment variables (`core.parallelism` becomes `AIRFLOW__CORE__PARALLELISM`), which "
        "Airflow reads first. Nobody can edit `airflow.cfg` on MWAA, and one in the DAG folder does harm.",
        "Set options in the spec, and put no `airflow.cfg` into the DAG folder.",
        OPTIONS,
    ),
    "StartupScriptLimits": Entry(
        "How long a startup script may take",
        "The guide names no limit for the time or the size of a startup script.",
        "The ten minutes of the guide are for installing requirements, and do not speak of the script. It runs at every "
        "start of every container, so that a slow one slows down scaling.",
        "Keep it short; let it do nothing that a package or a wheel can do.",
        STARTUP,
    ),
    "StartupScriptOrder": Entry(
        "When the startup script runs",
        "On every scheduler, worker and web server it runs first: before the requirements are installed, and before "
        "Airflow starts.",
        "It may set what pip reads, such as an index; it cannot use packages from requirements.txt.",
        "Put into it what both need; ask `MWAA_AIRFLOW_COMPONENT` where it must differ.",
        STARTUP,
    ),
    "TryItLocally": Entry(
        "Try code before AWS does",
        "A change of plugins, requirements or startup script takes AWS 10 to 30 minutes, and much longer when it fails.",
        "AWS publishes the images of MWAA as aws-mwaa-local-runner (and, for newer versions, aws-mwaa-docker-images) on "
        "GitHub.",
        "Run DAGs, plugins and requirements there first. It has all components in one image: what differs between them "
        "does not show.",
        "Testing DAGs, custom plugins, and Python dependencies",
    ),
    "WhereRequirementsRun": Entry(
        "Where requirements are installed",
        "On schedulers and workers always; on the web server from Airflow 2.2.2 on, not in 1.10.12 and 2.0.2.",
        "Old web servers have limited ways out, and install neither plugins nor packages.",
        "Take 2.2.2 or newer for plugins of the user interface, and give a private web server wheels.",
        "Installing Python dependencies",
    ),
    "EndpointsAreCharged": Entry(
        "VPC endpoints cost money",
        "AWS charges every interface endpoint by the hour and zone, and by the byte: those of MWAA itself too, one with a "
        "public web server and two with a private one.",
        "A network without internet needs nine or ten more. A gateway endpoint for S3 is free.",
        "Share one VPC among several environments, or compare the price with that of NAT gateways.",
        "Managing access to service-specific Amazon VPC endpoints on Amazon MWAA",
    ),
    "ClientVpnCaveats": Entry(
        "Connecting with AWS Client VPN",
        "The connection stands, and the private web server cannot be reached.",
        "Other VPNs on the same machine take the route, and the client reads a new profile only when it starts.",
        "Disconnect other VPNs, start AWS VPN Client anew, choose the profile under File, Manage Profiles, and connect.",
        "Tutorial: Configuring private network access using an AWS Client VPN",
    ),
    "BastionRefusesSsh": Entry(
        "The bastion refuses SSH",
        "`Permission denied (publickey)` when a tunnel through the bastion is opened.",
        "Mostly the key, its file rights or the user are wrong.",
        "Use the user `ec2-user` and a key with the mode 400. The Systems Manager automation `AWSSupport-TroubleshootSSH` "
        "finds and mends the rest.",
        "Tutorial: Configuring private network access using a Linux Bastion Host",
    ),
    "TokenOfTheStart": Entry(
        "A CodeArtifact token gets old",
        "A startup script that fetches a token for CodeArtifact does so when a container starts, and never again.",
        "The token lives for 12 hours at most: packages that are installed later find it expired.",
        "Install at the start only; have the environment restarted on a schedule where something installs later.",
        "Refreshing a CodeArtifact token",
    ),
    "CallsWithoutTrail": Entry(
        "Calls that CloudTrail does not show",
        "`GetEnvironment` and `PublishMetrics` leave no event in CloudTrail.",
        "MWAA does not record them: the operator's own looking is invisible there, and its absence says nothing.",
        "Look for `CreateEnvironment`, `UpdateEnvironment` and `DeleteEnvironment`.",
        "Viewing audit logs in AWS CloudTrail",
    ),
    "TaskStorage": Entry(
        "How much a task may store",
        "Each container has 10 GB, for all its tasks together, and `/tmp` is not shared between tasks.",
        "The next task may run elsewhere, or in a container that is new.",
        "Keep results in S3, and pass their names on.",
        FAQ,
    ),
    "AnotherVpc": Entry(
        "Reaching things in another VPC",
        "An environment is in one VPC, and what it needs is in another one, or in another account's.",
        "It cannot be moved, and sharing a VPC needs customer-managed endpoints.",
        "Connect the VPCs by a transit gateway or by peering, add the routes, and let the environment's group in there.",
        FAQ,
    ),
    "PluginMenuOfOldVersions": Entry(
        "The plugin menu shows one plugin",
        "In Airflow 2.0.2 the menu Admin, Plugins shows MWAA's own plugin only, which signs users in.",
        "Its web server installs no plugins; schedulers and workers have them.",
        "Nothing is wrong. Take 2.2.2 or newer for plugins of the user interface.",
        FAQ,
    ),
    "DmsAndTheMetadataDatabase": Entry(
        "DMS on the metadata database",
        "The operators of AWS DMS can be used, and not on the metadata database.",
        "It belongs to MWAA, in MWAA's account.",
        "Read what you need through Airflow's REST API.",
        FAQ,
    ),
    "ConnectionTypeMissing": Entry(
        "A type of connection is missing in the menu",
        "Airflow's page for connections does not offer the type that you want.",
        "The provider is not installed on the web server. The type only chooses the form: hooks read the fields.",
        "Install the provider, or take another form, such as HTTP, and give the fields that the hook reads.",
        TROUBLE,
    ),
    "LostTasksBlockScaleDown": Entry(
        "Workers do not scale down",
        "Tasks that were lost count as running, so that workers are kept for them.",
        "MWAA scales by queued and running tasks; a task whose worker has gone is neither ended nor taken up.",
        "Clear such tasks in Airflow's pages, or mark them as failed or successful. Equal `minWorkers` and `maxWorkers` "
        "switch scaling off.",
        TROUBLE,
    ),
    "WebserverScaling": Entry(
        "When web servers are added",
        "MWAA adds web servers, up to `maxWebservers`, when their CPUs are busy for more than 70 percent or they have more "
        "than 15 active connections, and takes them away again, down to `minWebservers`, as traffic falls.",
        "These numbers are AWS's (`CPUUtilization` and `ActiveConnectionCount`) and cannot be set. Airflow before 2.2.2 has "
        "one web server.",
        "Choose `minWebservers` for the usual traffic, and `maxWebservers` for the peaks.",
        "Configuring Amazon MWAA web server automatic scaling",
    ),
    "BackfillOfOldVersions": Entry(
        "`dags backfill` fails",
        "In Airflow 2.0.2 the command fails on the command line.",
        "It reads all DAGs on the web server, which has neither plugins nor requirements there.",
        "Run `airflow dags backfill ID` in a BashOperator, or take a newer version.",
        TROUBLE,
    ),
    "AirflowOne": Entry(
        "Trouble with Airflow 1.10.12",
        "Providers do not install, DAGs are broken for want of packages, or operators with extra links break the web "
        "server.",
        "It wants `apache-airflow-backport-providers-*`; `boto` for DynamoDB; the extras postgres, slack and gcp pinned to "
        "1.10.12; `cython` before `pyarrow`; `asn1crypto` and an old Snowflake connector; and `operator_extra_links = "
        "None` for BigQuery and Qubole. Its support ended on 21 February 2024, and it can no longer be created.",
        "Make an environment with a supported version, and move the DAGs there.",
        TROUBLE,
    ),
}
